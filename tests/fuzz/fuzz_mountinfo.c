/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/mounts/mountinfo.c */
/*
 * The input is a line of mountinfo without a NUL. Properties: what comes back lies in the line and is ended there; undoing the escapes
 * makes nothing longer; an option that is told to be there is.
 */
#include "agent/mounts/mountinfo.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define LINE_SIZE 8192

static void check_text(const char *text, const char *line, size_t size)
{
	FUZZ_CHECK(text >= line && text <= line + size);
	FUZZ_CHECK(memchr(text, '\0', size + 1 - (size_t)(text - line)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line;
	struct mountinfo m;

	if (size >= LINE_SIZE || memchr(data, '\0', size))
		return 0;
	line = malloc(size + 1);
	if (!line)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	if (mountinfo_parse(line, &m)) {
		const char *const texts[] = { m.root, m.path, m.options, m.type, m.source, m.super };

		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			check_text(texts[i], line, size);
		FUZZ_CHECK(strlen(m.path) <= size);
		if (mountinfo_has(m.super, "ro")) {
			FUZZ_CHECK(strstr(m.super, "ro"));
			FUZZ_REACHED("a file system that is read-only");
		}
		FUZZ_REACHED("a line that is taken apart");
	} else {
		FUZZ_REACHED("a line that is none");
	}
	free(line);
	return 0;
}
