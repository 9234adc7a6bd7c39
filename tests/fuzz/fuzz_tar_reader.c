/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/archive/tar.c common/archive/tar_reader.c common/archive/tar_sparse.c common/archive/tar_write.c common/buf.c common/name.c common/fmt.c common/io.c */
/*
 * The input is a number and an archive. Properties: the archive says the same in pieces of that number as in one; what is handed out
 * lies in the input; bytes lie in their file, ascend, and are as many as the entry stores; a path is clean.
 */
#include "common/archive/tar_reader.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define RECORDS_MAX 65536u

struct told {
	uint64_t hash;
	uint64_t entries;
	bool is_open;
	uint64_t offset, stored;	/* of the entry at hand */
};

static void mix(struct told *t, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		t->hash = (t->hash ^ p[i]) * 0x100000001b3u;
}

static void on_entry(const struct tar_reader *r, struct told *t)
{
	static char path[TAR_PATH_SIZE];

	FUZZ_CHECK(!t->is_open);
	memcpy(path, r->entry.path, sizeof(path));
	FUZZ_CHECK(memchr(path, '\0', sizeof(path)) && tar_clean_path(path) && strcmp(path, r->entry.path) == 0);
	FUZZ_CHECK(r->entry.path[0] || r->entry.type == TAR_DIR);
	FUZZ_CHECK(r->entry.type == TAR_FILE || r->file_size == 0 || r->is_sparse);
	t->is_open = true;
	t->entries++;
	t->offset = t->stored = 0;
	mix(t, r->entry.path, strlen(r->entry.path));
	mix(t, r->entry.link, strlen(r->entry.link));
	mix(t, r->records.data ? r->records.data : (const uint8_t *)"", r->records.len);
	mix(t, &r->file_size, sizeof(r->file_size));
	if (r->is_sparse)
		FUZZ_REACHED("a file with holes");
	if (r->records.len)
		FUZZ_REACHED("an entry with records");
}

static void on_bytes(const struct tar_reader *r, struct told *t, const uint8_t *piece, size_t piece_len)
{
	FUZZ_CHECK(t->is_open && r->bytes_len > 0);
	FUZZ_CHECK(r->bytes >= piece && r->bytes_len <= piece_len && (size_t)(r->bytes - piece) <= piece_len - r->bytes_len);
	FUZZ_CHECK(r->bytes_offset >= t->offset && r->bytes_len <= r->file_size && r->bytes_offset <= r->file_size - r->bytes_len);
	t->offset = r->bytes_offset + r->bytes_len;
	t->stored += r->bytes_len;
	for (size_t i = 0; i < r->bytes_len; i++) {
		uint64_t at = r->bytes_offset + i;

		mix(t, &at, sizeof(at));
		mix(t, r->bytes + i, 1);
	}
}

/* True: it is over. */
static bool take(struct tar_reader *r, struct told *t, const uint8_t *piece, size_t piece_len)
{
	const uint8_t *at = piece;
	size_t len = piece_len;

	for (;;) {
		switch (tar_reader_step(r, &at, &len)) {
		case TAR_STEP_MORE:
			FUZZ_CHECK(len == 0);
			return false;
		case TAR_STEP_ENTRY:
			on_entry(r, t);
			break;
		case TAR_STEP_BYTES:
			on_bytes(r, t, piece, piece_len);
			break;
		case TAR_STEP_ENTRY_END:
			FUZZ_CHECK(t->is_open && (r->is_sparse || t->stored == r->entry.size));
			t->is_open = false;
			break;
		case TAR_STEP_END:
			FUZZ_CHECK(!t->is_open && tar_reader_is_at_end(r));
			FUZZ_REACHED("the end");
			return true;
		case TAR_STEP_BROKEN:
			FUZZ_CHECK(r->problem);
			mix(t, r->problem, strlen(r->problem));
			if (r->is_of_entry)
				FUZZ_REACHED("an entry that can not be");
			else
				FUZZ_REACHED("a broken archive");
			return true;
		}
	}
}

static struct told read_all(const uint8_t *data, size_t size, size_t part)
{
	static struct tar_reader r;
	struct told t = { .hash = 1 };
	bool over = false;

	tar_reader_init(&r, RECORDS_MAX);
	while (size && !over) {
		size_t n = size < part ? size : part;

		over = take(&r, &t, data, n);
		data += n;
		size -= n;
	}
	tar_reader_deinit(&r);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told whole, parts;

	if (size == 0)
		return 0;
	whole = read_all(data + 1, size - 1, size);
	parts = read_all(data + 1, size - 1, (size_t)data[0] + 1);
	FUZZ_CHECK(whole.hash == parts.hash && whole.entries == parts.entries && whole.is_open == parts.is_open);
	return 0;
}
