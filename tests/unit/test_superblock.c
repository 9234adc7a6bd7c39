/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/mounts/superblock.c */
/* Claims about superblocks. The bytes are laid out here as the file systems' own documents say. */
#include "agent/mounts/superblock.h"

#include <string.h>

#include "tests/harness/tap.h"

static uint8_t bytes[SUPERBLOCK_BYTES];
static struct superblock probe;
static const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe };
#define UUID_TEXT "01234567-89ab-cdef-1032-547698badcfe"

static void put(size_t at, const void *data, size_t len)
{
	memcpy(bytes + at, data, len);
}

static void put_ext(uint8_t compatible, uint8_t incompatible, uint8_t read_only, uint8_t shift)
{
	memset(bytes, 0, sizeof(bytes));
	put(1024 + 0x38, "\x53\xef", 2);
	bytes[1024 + 0x18] = shift;
	bytes[1024 + 0x5c] = compatible;
	bytes[1024 + 0x60] = incompatible;
	bytes[1024 + 0x64] = read_only;
	put(1024 + 0x68, uuid, sizeof(uuid));
	put(1024 + 0x78, "data", 4);
}

static void check_type(const char *type)
{
	memset(&probe, 0, sizeof(probe));
	CHECK(superblock_parse(bytes, sizeof(bytes), &probe));
	CHECK_STR(probe.type, type);
}

TEST(ext_is_told_apart_by_its_features)
{
	put_ext(0, 0x02, 0x01, 0);
	check_type("ext2");
	put_ext(0x04, 0x06, 0x03, 1);
	check_type("ext3");
	CHECK_INT(probe.block_bytes, ==, 2048);
	put_ext(0x04, 0x42, 0x01, 2);
	check_type("ext4");
	CHECK_INT(probe.block_bytes, ==, 4096);
	CHECK_STR(probe.label, "data");
	CHECK_STR(probe.uuid, UUID_TEXT);
	put_ext(0x04, 0x02, 0x11, 0);
	check_type("ext4");
}

TEST(a_journal_device_and_an_impossible_block_size_are_no_file_system)
{
	put_ext(0, 0x08, 0, 0);
	CHECK(!superblock_parse(bytes, sizeof(bytes), &probe));
	put_ext(0, 0, 0, 7);
	CHECK(!superblock_parse(bytes, sizeof(bytes), &probe));
}

TEST(erofs_squashfs_xfs_and_btrfs_are_known)
{
	memset(bytes, 0, sizeof(bytes));
	put(1024, "\xe2\xe1\xf5\xe0", 4);
	put(1024 + 48, uuid, 16);
	put(1024 + 64, "erofs-label-of16", 16);
	check_type("erofs");
	CHECK_STR(probe.uuid, UUID_TEXT);
	CHECK_STR(probe.label, "erofs-label-of16");
	CHECK_INT(probe.block_bytes, ==, 0);

	memset(bytes, 0, sizeof(bytes));
	put(0, "hsqs", 4);
	bytes[28] = 4;
	check_type("squashfs");
	CHECK_STR(probe.uuid, "");
	CHECK_STR(probe.label, "");

	memset(bytes, 0, sizeof(bytes));
	put(0, "XFSB", 4);
	put(32, uuid, 16);
	put(108, "twelve bytes!", 12);
	check_type("xfs");
	CHECK_STR(probe.label, "twelve bytes");

	memset(bytes, 0, sizeof(bytes));
	put(65536 + 64, "_BHRfS_M", 8);
	put(65536 + 32, uuid, 16);
	memset(bytes + 65536 + 299, 'L', 256);
	check_type("btrfs");
	CHECK_INT(strlen(probe.label), ==, 255);
}

TEST(what_is_none_of_them_or_cut_off_is_refused_and_changes_nothing)
{
	memset(bytes, 0, sizeof(bytes));
	memset(&probe, 0x5a, sizeof(probe));
	CHECK(!superblock_parse(bytes, sizeof(bytes), &probe));
	CHECK(!superblock_parse(bytes, 0, &probe));
	put_ext(0, 0, 0, 0);
	CHECK(!superblock_parse(bytes, 1024 + 0x87, &probe));
	CHECK_INT((unsigned char)probe.label[0], ==, 0x5a);
	CHECK(superblock_parse(bytes, 1024 + 0x88, &probe));
	put(0, "hsqs", 4);
	CHECK(superblock_parse(bytes, sizeof(bytes), &probe));
	CHECK_STR(probe.type, "ext2");
}

TEST(tags_match_labels_exactly_and_ids_in_any_case)
{
	put_ext(0, 0, 0, 0);
	check_type("ext2");
	CHECK(superblock_matches(&probe, "LABEL=data"));
	CHECK(!superblock_matches(&probe, "LABEL=Data"));
	CHECK(!superblock_matches(&probe, "LABEL=dat"));
	CHECK(!superblock_matches(&probe, "LABEL="));
	CHECK(superblock_matches(&probe, "UUID=" UUID_TEXT));
	CHECK(superblock_matches(&probe, "UUID=01234567-89AB-CDEF-1032-547698BADCFE"));
	CHECK(!superblock_matches(&probe, "UUID=01234567"));
	memset(bytes + 1024 + 0x68, 0, 32);
	check_type("ext2");
	/* Nobody is found by having nothing. */
	CHECK(!superblock_matches(&probe, "LABEL="));
	CHECK(!superblock_matches(&probe, "UUID="));
	CHECK(superblock_is_tag("LABEL=x") && superblock_is_tag("UUID=x") && !superblock_is_tag("/dev/LABEL=x") &&
	      !superblock_is_tag("LABE"));
}
