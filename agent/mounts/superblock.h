/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file system begins with these bytes: ext2, ext3, ext4, erofs, squashfs, xfs, btrfs. Pure: the bytes may be anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a probe reads of a device: the last superblock that it knows lies at 64 KiB. */
#define PROBE_BYTES (68u << 10)
/* btrfs allows 255 bytes. */
#define PROBE_LABEL_SIZE 256
#define PROBE_UUID_SIZE 37

struct probe {
	const char *type;
	char label[PROBE_LABEL_SIZE];	/* "" for none; its bytes as they are */
	char uuid[PROBE_UUID_SIZE];	/* "" for none */
	uint32_t block_bytes;		/* ext: of a block, else 0 */
};

/* False: none that we know. *ret is then left alone. */
bool probe_bytes(const uint8_t *bytes, size_t len, struct probe *ret);

/* "LABEL=…" or "UUID=…", the latter in any case of letters. */
bool probe_is_tag(const char *source);
bool probe_matches(const struct probe *probe, const char *tag);
