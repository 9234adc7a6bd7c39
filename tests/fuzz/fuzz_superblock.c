/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/mounts/superblock.c */
/*
 * The input is what lies at one of the places where superblocks are; its first byte says at which, and what is before is zeros. Properties:
 * a type comes with strings that end, nothing beyond the device is read, twice gives the same, and who has a label is found by it.
 */
#include <string.h>

#include "agent/mounts/superblock.h"
#include "tests/fuzz/fuzz.h"

static const size_t places[] = { 0, 1024, 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at, len;
	struct superblock first, second;
	char tag[SUPERBLOCK_LABEL_SIZE + 8];
	uint8_t *device;

	if (size < 1)
		return 0;
	at = places[data[0] % 3];
	len = at + size - 1;
	len = len > SUPERBLOCK_BYTES ? SUPERBLOCK_BYTES : len;
	device = calloc(1, len + 1);
	FUZZ_CHECK(device);
	memcpy(device + at, data + 1, len - at);
	memset(&first, 0x5a, sizeof(first));
	memset(&second, 0x5a, sizeof(second));
	if (superblock_parse(device, len, &first)) {
		FUZZ_CHECK(superblock_parse(device, len, &second));
		FUZZ_CHECK(strcmp(first.type, second.type) == 0 && strcmp(first.label, second.label) == 0);
		FUZZ_CHECK(strcmp(first.uuid, second.uuid) == 0 && first.block_bytes == second.block_bytes);
		FUZZ_CHECK(strnlen(first.label, sizeof(first.label)) < sizeof(first.label));
		FUZZ_CHECK(strnlen(first.uuid, sizeof(first.uuid)) < sizeof(first.uuid));
		snprintf(tag, sizeof(tag), "LABEL=%s", first.label);
		FUZZ_CHECK(superblock_matches(&first, tag) == (first.label[0] != '\0'));
		if (first.block_bytes)
			FUZZ_REACHED("an ext file system");
		if (strcmp(first.type, "btrfs") == 0)
			FUZZ_REACHED("btrfs");
		if (first.label[0] && first.uuid[0])
			FUZZ_REACHED("a label and an id");
	} else {
		FUZZ_CHECK(!superblock_parse(device, len, &second));
		FUZZ_REACHED("no file system");
	}
	free(device);
	return 0;
}
