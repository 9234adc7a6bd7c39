/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/archive/tar.c common/archive/tar_write.c common/buf.c common/name.c common/fmt.c */
/*
 * The input is an archive: headers, and their data by the sizes that they tell. Properties: texts are ended and numbers bounded;
 * records lie within their data; a clean path has no way out, and is clean again; what was decoded comes back from an encoding.
 */
#include "common/archive/tar.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void check_clean(char *path)
{
	static char again[TAR_PATH_SIZE];

	if (!tar_clean_path(path)) {
		FUZZ_REACHED("a path that leads out");
		return;
	}
	FUZZ_REACHED("a clean path");
	memcpy(again, path, strlen(path) + 1);
	FUZZ_CHECK(tar_clean_path(again) && strcmp(again, path) == 0);
	FUZZ_CHECK(path[0] != '/' && !strstr(path, "//") && !strstr(path, "/../") && strncmp(path, "../", 3) != 0);
	FUZZ_CHECK(!path[0] || path[strlen(path) - 1] != '/');
}

static bool apply_all(struct tar_entry *e, const uint8_t *data, size_t len)
{
	const uint8_t *at = data, *end = data + len;
	struct tar_record record;
	enum tar_result result;

	while ((result = tar_next_record(&at, end, &record)) == TAR_OK) {
		FUZZ_REACHED("a record");
		FUZZ_CHECK(record.key > data && record.key + record.key_len < record.value);
		FUZZ_CHECK(record.value + record.value_len < at && at <= end);
		if (!tar_apply(e, &record)) {
			FUZZ_REACHED("a record that can not be");
			return false;
		}
	}
	return result == TAR_ZERO;
}

static void check_round_trip(const struct tar_entry *e)
{
	static struct tar_entry got;
	struct buf out = BUF_INIT(1u << 20);
	const uint8_t *header;

	tar_encode(e, NULL, &out);
	FUZZ_CHECK(!out.failed && out.len >= TAR_BLOCK && out.len % TAR_BLOCK == 0);
	header = out.data + out.len - TAR_BLOCK;
	if (out.len > TAR_BLOCK) {
		FUZZ_REACHED("an entry with records");
		FUZZ_CHECK(tar_decode(out.data, &got) == TAR_OK && got.type == TAR_PAX);
	}
	{
		size_t len = out.len > TAR_BLOCK ? (size_t)got.size : 0;

		FUZZ_CHECK(tar_decode(header, &got) == TAR_OK);
		FUZZ_CHECK(apply_all(&got, out.data + TAR_BLOCK, len));
	}
	FUZZ_CHECK(strcmp(got.path, e->path) == 0 && strcmp(got.link, e->link) == 0);
	FUZZ_CHECK(got.mode == e->mode && got.uid == e->uid && got.gid == e->gid && got.size == e->size);
	FUZZ_CHECK(got.mtime_s == e->mtime_s && got.mtime_ns == e->mtime_ns);
	buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tar_entry e;

	while (size >= TAR_BLOCK) {
		enum tar_result result = tar_decode(data, &e);
		size_t len;

		data += TAR_BLOCK;
		size -= TAR_BLOCK;
		if (result == TAR_ZERO)
			FUZZ_REACHED("the end");
		if (result == TAR_BAD)
			FUZZ_REACHED("no header");
		if (result != TAR_OK)
			break;
		FUZZ_CHECK(memchr(e.path, '\0', sizeof(e.path)) && memchr(e.link, '\0', sizeof(e.link)) && e.mode <= 07777);
		len = e.size < size ? (size_t)e.size : size;
		if (e.type == TAR_PAX)
			apply_all(&e, data, len);
		/* A name that ends in a slash and has no type is a directory: not what an encoding says. */
		if (e.type != '\0')
			check_round_trip(&e);
		check_clean(e.path);
		len += tar_padding(len) < size - len ? tar_padding(len) : size - len;
		data += len;
		size -= len;
	}
	return 0;
}
