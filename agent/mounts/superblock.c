/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the offsets of superblocks.
 *
 * Never: reads beyond the bytes that were given, trusts a length in them.
 */
#include "agent/mounts/superblock.h"

#include <string.h>
#include <strings.h>

#define UUID_BYTES 16

#define EXT_AT 1024u
#define EXT_MAGIC 0xef53u
#define EXT_HAS_JOURNAL 0x4u		/* of the compatible features */
#define EXT_IS_JOURNAL 0x8u		/* of the incompatible features */
#define EXT3_INCOMPATIBLE 0x16u		/* incompatible features that ext3 knows: file types, recovery, meta groups */
#define EXT3_READ_ONLY 0x7u		/* read-only features that ext3 knows: sparse, large files, tree */
#define EXT_BLOCK_SHIFT_MAX 6u		/* 64 KiB */

#define EROFS_AT 1024u
#define EROFS_MAGIC 0xe0f5e1e2u
#define SQUASHFS_MAGIC 0x73717368u
#define SQUASHFS_MAJOR 4u
#define BTRFS_AT 65536u

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static void set_label(struct superblock *probe, const uint8_t *p, size_t size)
{
	size_t n = 0;

	while (n < size && n < sizeof(probe->label) - 1 && p[n])
		n++;
	memcpy(probe->label, p, n);
	probe->label[n] = '\0';
}

/* A UUID of zeros means none. */
static void set_uuid(struct superblock *probe, const uint8_t *p)
{
	static const char hex[] = "0123456789abcdef";
	char *to = probe->uuid;
	bool any = false;

	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[p[i] >> 4];
		*to++ = hex[p[i] & 15];
		any = any || p[i];
	}
	*(any ? to : probe->uuid) = '\0';
}

static bool probe_ext(const uint8_t *p, struct superblock *ret)
{
	uint32_t compatible = le32(p + 0x5c), incompatible = le32(p + 0x60), read_only = le32(p + 0x64), shift = le32(p + 0x18);

	if (le16(p + 0x38) != EXT_MAGIC || (incompatible & EXT_IS_JOURNAL) || shift > EXT_BLOCK_SHIFT_MAX)
		return false;
	if ((incompatible & ~EXT3_INCOMPATIBLE) || (read_only & ~EXT3_READ_ONLY))
		ret->type = "ext4";
	else
		ret->type = compatible & EXT_HAS_JOURNAL ? "ext3" : "ext2";
	ret->block_bytes = 1024u << shift;
	set_uuid(ret, p + 0x68);
	set_label(ret, p + 0x78, 16);
	return true;
}

static bool probe_erofs(const uint8_t *p, struct superblock *ret)
{
	if (le32(p) != EROFS_MAGIC)
		return false;
	ret->type = "erofs";
	set_uuid(ret, p + 48);
	set_label(ret, p + 64, 16);
	return true;
}

static bool probe_squashfs(const uint8_t *p, struct superblock *ret)
{
	ret->type = "squashfs";
	return le32(p) == SQUASHFS_MAGIC && le16(p + 28) == SQUASHFS_MAJOR;
}

static bool probe_xfs(const uint8_t *p, struct superblock *ret)
{
	if (memcmp(p, "XFSB", 4) != 0)
		return false;
	ret->type = "xfs";
	set_uuid(ret, p + 32);
	set_label(ret, p + 108, 12);
	return true;
}

static bool probe_btrfs(const uint8_t *p, struct superblock *ret)
{
	if (memcmp(p + 64, "_BHRfS_M", 8) != 0)
		return false;
	ret->type = "btrfs";
	set_uuid(ret, p + 32);
	set_label(ret, p + 299, 256);
	return true;
}

static const struct {
	size_t at, size;	/* of the bytes that fn reads */
	bool (*fn)(const uint8_t *p, struct superblock *ret);
} kinds[] = {
	{ BTRFS_AT, 299 + 256, probe_btrfs },
	{ 0, 120, probe_xfs },
	{ 0, 30, probe_squashfs },
	{ EXT_AT, 0x88, probe_ext },
	{ EROFS_AT, 80, probe_erofs },
};

bool superblock_parse(const uint8_t *bytes, size_t len, struct superblock *ret)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct superblock probe = { 0 };

		if (len < kinds[i].at || len - kinds[i].at < kinds[i].size)
			continue;
		if (!kinds[i].fn(bytes + kinds[i].at, &probe))
			continue;
		*ret = probe;
		return true;
	}
	return false;
}

bool superblock_is_tag(const char *source)
{
	return strncmp(source, "LABEL=", 6) == 0 || strncmp(source, "UUID=", 5) == 0;
}

bool superblock_matches(const struct superblock *probe, const char *tag)
{
	const char *value = strchr(tag, '=') + 1;

	if (tag[0] == 'L')
		return *value && strcmp(probe->label, value) == 0;
	return *value && strcasecmp(probe->uuid, value) == 0;
}
