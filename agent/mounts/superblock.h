/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognising a file system by its first bytes: ext2, ext3, ext4, erofs, squashfs, xfs, btrfs. Pure: the bytes may be
 * anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of a device that a probe reads: the farthest superblock (btrfs) lies at 64 KiB. */
#define SUPERBLOCK_BYTES (68u << 10)
/* btrfs allows 255 bytes. */
#define SUPERBLOCK_LABEL_SIZE 256
#define SUPERBLOCK_UUID_SIZE 37

struct superblock {
	const char *type;
	char label[SUPERBLOCK_LABEL_SIZE];	/* "" for none; bytes are unchanged */
	char uuid[SUPERBLOCK_UUID_SIZE];	/* "" for none */
	uint32_t block_bytes;		/* of ext2, ext3 and ext4; 0 for others */
};

/* False: no known file system, and *ret is unchanged. */
bool superblock_parse(const uint8_t *bytes, size_t len, struct superblock *ret);

/* True for "LABEL=…" and "UUID=…". A UUID compares without regard to case. */
bool superblock_is_tag(const char *source);
bool superblock_matches(const struct superblock *probe, const char *tag);
