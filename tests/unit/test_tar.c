/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/archive/tar.c common/archive/tar_write.c common/buf.c common/name.c common/fmt.c */
/* Claims about the tar codec. */
#include "common/archive/tar.h"

#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

/* Encodes, decodes, and applies the records: what a reader of the archive gets. */
static bool round_trip(const struct tar_entry *e, struct tar_entry *ret)
{
	struct buf out = BUF_INIT(1u << 20), records = BUF_INIT(1u << 20);
	struct tar_record record = { 0 };
	const uint8_t *at, *header;
	bool ok;

	tar_put_record(&records, "SCHILY.xattr.user.x", "\0=\n", 3);
	tar_encode(e, &records, &out);
	at = out.data + TAR_BLOCK;
	header = out.data + out.len - TAR_BLOCK;
	ok = !out.failed && out.len % TAR_BLOCK == 0 && tar_decode(out.data, ret) == TAR_OK && ret->type == TAR_PAX;
	if (ok) {
		const uint8_t *end = at + ret->size;

		ok = tar_decode(header, ret) == TAR_OK;
		while (ok && tar_next_record(&at, end, &record) == TAR_OK)
			ok = tar_apply(ret, &record);
		ok = ok && at == end && record.value_len == 3 && memcmp(record.value, "\0=\n", 3) == 0;
	}
	buf_deinit(&out);
	buf_deinit(&records);
	return ok;
}

static void check_same(const struct tar_entry *e)
{
	struct tar_entry *got = calloc(1, sizeof(*got));

	REQUIRE(got);
	REQUIRE(round_trip(e, got));
	CHECK_INT(got->type, ==, e->type);
	CHECK_STR(got->path, e->path);
	CHECK_STR(got->link, e->link);
	CHECK_INT(got->mode, ==, e->mode);
	CHECK_INT(got->uid, ==, e->uid);
	CHECK_INT(got->gid, ==, e->gid);
	CHECK_INT(got->size, ==, e->size);
	CHECK_INT(got->mtime_s, ==, e->mtime_s);
	CHECK_INT(got->mtime_ns, ==, e->mtime_ns);
	CHECK_INT(got->major, ==, e->major);
	CHECK_INT(got->minor, ==, e->minor);
	free(got);
}

TEST(what_is_encoded_is_decoded_again)
{
	static const int64_t times[] = { 0, 1, -1, -1500000000, 077777777777, 0100000000000, 1LL << 50 };
	static const uint64_t sizes[] = { 0, 1, 077777777777, 0100000000000, 1ULL << 60 };
	static const uint32_t ids[] = { 0, 07777777, 010000000, UINT32_MAX - 1 }, parts[] = { 0, 1, 500000000, 999999999 };
	struct tar_entry e = { .type = TAR_FILE, .path = "a", .mode = 07777 };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		e.mtime_s = times[i];
		e.mtime_ns = parts[i % 4];
		e.size = sizes[i % 5];
		e.uid = ids[i % 4];
		e.gid = ids[(i + 1) % 4];
		check_same(&e);
	}
	e = (struct tar_entry){ .type = TAR_CHAR, .path = "null", .major = 4095, .minor = 1048575 };
	check_same(&e);
}

TEST(names_of_every_length_come_back)
{
	static struct tar_entry e;

	for (size_t len = 1; len < TAR_PATH_SIZE; len += len < 300 ? 1 : 97) {
		e = (struct tar_entry){ .type = TAR_SYMLINK };
		memset(e.path, 'p', len);
		memset(e.link, 0xff, len);
		check_same(&e);
	}
}

static void golden(uint8_t block[TAR_BLOCK])
{
	struct buf out = BUF_INIT(1u << 16);
	struct tar_entry e = { .type = TAR_FILE, .path = "golden/file", .mode = 0644, .uid = 1000, .gid = 100, .size = 4711,
			       .mtime_s = 1700000000 };

	tar_encode(&e, NULL, &out);
	REQUIRE_INT(out.len, ==, TAR_BLOCK);
	memcpy(block, out.data, TAR_BLOCK);
	buf_deinit(&out);
}

TEST(each_flipped_bit_of_a_header_is_found_or_changes_nothing)
{
	static struct tar_entry good, got;
	uint8_t block[TAR_BLOCK];
	int passed = 0;

	golden(block);
	REQUIRE_INT(tar_decode(block, &good), ==, TAR_OK);
	for (size_t bit = 0; bit < 8 * TAR_BLOCK; bit++) {
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (tar_decode(block, &got) == TAR_OK) {
			passed++;
			CHECK_STR(got.path, good.path);
			CHECK(got.size == good.size && got.mode == good.mode && got.type == good.type);
			/* Only where the checksum's own digits have a second spelling. */
			CHECK(bit / 8 >= 148 && bit / 8 < 156);
		}
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_INT(passed, <, 8);
}

TEST(a_header_that_is_cut_and_filled_with_zeros_is_no_header)
{
	static struct tar_entry got;
	uint8_t block[TAR_BLOCK], cut[TAR_BLOCK];

	golden(block);
	for (size_t len = 0; len < 265; len++) {
		memset(cut, 0, sizeof(cut));
		memcpy(cut, block, len);
		CHECK_INT(tar_decode(cut, &got), ==, len == 0 ? TAR_ZERO : memcmp(cut, block, TAR_BLOCK) == 0 ? TAR_OK : TAR_BAD);
	}
}

TEST(pax_records_that_are_cut_or_lie_about_their_length_are_refused)
{
	static const char *const bad[] = {
		"6 a=b", "7 a=b\n", "5 a=b\n", "0 a=b\n", " a=b\n", "-6 a=b\n", "6 =ab\n", "6 abc\n", "x a=b\n",
		"99999999999999999999 a=b\n", "2 \n", "6", "6 ",
	};
	struct tar_record record;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint8_t *at = (const uint8_t *)bad[i];

		if (!CHECK_INT(tar_next_record(&at, at + strlen(bad[i]), &record), ==, TAR_BAD))
			tap_diag("%s", bad[i]);
	}
}

TEST(a_record_counts_its_own_digits)
{
	char value[1200];

	memset(value, 'v', sizeof(value));
	for (size_t len = 0; len < sizeof(value); len++) {
		struct buf b = BUF_INIT(4096);
		struct tar_record record;
		const uint8_t *at;

		tar_put_record(&b, "k", value, len);
		at = b.data;
		REQUIRE_INT(tar_next_record(&at, at + b.len, &record), ==, TAR_OK);
		CHECK_INT(record.value_len, ==, len);
		CHECK(at == b.data + b.len);
		buf_deinit(&b);
	}
}

TEST(paths_are_brought_to_one_form_or_refused)
{
	static const struct {
		const char *path, *clean;
	} rows[] = {
		{ "a", "a" }, { "./a", "a" }, { "a/", "a" }, { "a//b/./c/", "a/b/c" }, { "./", "" }, { "", "" }, { "...", "..." },
		{ "..a/b..", "..a/b.." }, { "/a", NULL }, { "..", NULL }, { "a/..", NULL }, { "a/../b", NULL }, { "./..", NULL },
		{ "//", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[64];

		strcpy(path, rows[i].path);
		if (!CHECK(tar_clean_path(path) == (rows[i].clean != NULL)))
			tap_diag("%s", rows[i].path);
		else if (rows[i].clean)
			CHECK_STR(path, rows[i].clean);
	}
}

TEST(numbers_that_can_not_be_are_refused)
{
	static const char *const bad[] = { "", "-1", "1x", " 1", "1.", "99999999999999999999", "1152921504606846977" };
	static struct tar_entry e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tar_record record = { (const uint8_t *)"size", (const uint8_t *)bad[i], 4, strlen(bad[i]) };

		if (!CHECK(!tar_apply(&e, &record)))
			tap_diag("%s", bad[i]);
	}
}
