/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file system begins with these bytes: ext2, ext3, ext4, erofs, squashfs, xfs, btrfs. Pure: the bytes may be anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a probe reads of a device: the last superblock that it knows lies at 64 KiB. */
#define SUPERBLOCK_BYTES (68u << 10)
/* btrfs allows 255 bytes. */
#define SUPERBLOCK_LABEL_SIZE 256
#define SUPERBLOCK_UUID_SIZE 37

struct superblock {
	const char *type;
	char label[SUPERBLOCK_LABEL_SIZE];	/* "" for none; its bytes as they are */
	char uuid[SUPERBLOCK_UUID_SIZE];	/* "" for none */
	uint32_t block_bytes;		/* ext: of a block, else 0 */
};

/* False: none that we know. *ret is then left alone. */
bool superblock_parse(const uint8_t *bytes, size_t len, struct superblock *ret);

/* "LABEL=…" or "UUID=…", the latter in any case of letters. */
bool superblock_is_tag(const char *source);
bool superblock_matches(const struct superblock *probe, const char *tag);
