/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/system/upgrade_check.c */
/* The file that is to take the agent's place: no byte past its end is read, and what fits has a version that is text. */
#include <string.h>

#include "agent/system/upgrade_check.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct upgrade_note note;

	switch (upgrade_check(data, size, &note)) {
	case UPGRADE_FITS:
		FUZZ_REACHED("a file that fits");
		FUZZ_CHECK(memchr(note.version, '\0', sizeof(note.version)));
		break;
	case UPGRADE_OTHER_STATE:
		FUZZ_REACHED("one of another state");
		FUZZ_CHECK(memchr(note.version, '\0', sizeof(note.version)));
		break;
	case UPGRADE_NO_AGENT:
		FUZZ_REACHED("one without the note");
		break;
	case UPGRADE_NOT_STATIC:
		FUZZ_REACHED("one with an interpreter");
		break;
	case UPGRADE_OTHER_MACHINE:
		FUZZ_REACHED("one for another machine");
		break;
	case UPGRADE_NO_PROGRAM:
		FUZZ_REACHED("no program");
		break;
	}
	return 0;
}
