/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the reading of archives:
 *
 *	header -> (records | long name -> padding -> header)* -> (map) -> entry -> bytes -> padding -> header … end
 *
 * Never: hands out an entry whose path leads out of the directory, or bytes outside of its file.
 */
#include "common/archive/tar_reader.h"

#include <string.h>

/* GNU's old maps: in the header, and in blocks behind it. */
#define OLD_MAP_AT 386u
#define OLD_MAP_COUNT 4u
#define OLD_MORE_AT 482u
#define OLD_SIZE_AT 483u
#define OLD_SIZE_LEN 12u
#define OLD_BLOCK_COUNT 21u
#define OLD_BLOCK_MORE_AT 504u
#define DIGITS_LIMIT (UINT64_MAX / 10 - 9)

struct input {
	const uint8_t *at;
	size_t len;
};

static enum tar_step broken(struct tar_reader *r, const char *problem)
{
	r->state = TAR_AT_BROKEN;
	r->problem = problem;
	return TAR_STEP_BROKEN;
}

static enum tar_step wrong_entry(struct tar_reader *r, const char *problem)
{
	r->is_of_entry = true;
	return broken(r, problem);
}

static size_t use(struct tar_reader *r, struct input *in, uint64_t max)
{
	size_t n = in->len < max ? in->len : (size_t)max;

	in->at += n;
	in->len -= n;
	r->consumed += n;
	return n;
}

static void go_over(struct tar_reader *r, size_t padding, enum tar_state after)
{
	r->padding = padding;
	r->after = after;
	r->state = padding ? TAR_AT_PADDING : after;
}

/* True: block is full. */
static bool fill_block(struct tar_reader *r, struct input *in)
{
	const uint8_t *from = in->at;
	size_t n = use(r, in, TAR_BLOCK - r->have);

	memcpy(r->block + r->have, from, n);
	r->have += n;
	if (r->have < TAR_BLOCK)
		return false;
	r->have = 0;
	return true;
}

static const char *apply_records(struct tar_reader *r, const struct buf *records)
{
	const uint8_t *at = records->data;
	enum tar_result result = TAR_ZERO;
	struct tar_record record;

	while (records->len && (result = tar_next_record(&at, records->data + records->len, &record)) == TAR_OK)
		if (!tar_apply(&r->entry, &record) || !sparse_apply_record(&r->map, &record))
			return "a pax record says what can not be";
	return result == TAR_ZERO ? NULL : "a pax record is broken";
}

static bool is_node(const struct tar_entry *e)
{
	return e->type == TAR_CHAR || e->type == TAR_BLOCK_DEVICE || e->type == TAR_FIFO;
}

static enum tar_step begin_old_map(struct tar_reader *r)
{
	int64_t size;

	if (!tar_get_number(r->block, OLD_SIZE_AT, OLD_SIZE_LEN, &size) || size < 0 ||
	    !sparse_add_old(&r->map, r->block + OLD_MAP_AT, OLD_MAP_COUNT))
		return wrong_entry(r, "a sparse map says what can not be");
	r->entry.type = TAR_FILE;
	r->entry.is_sparse = true;
	r->entry.real_size = (uint64_t)size;
	r->state = r->block[OLD_MORE_AT] ? TAR_AT_MAP_BLOCK : TAR_AT_ENTRY;
	return TAR_STEP_MORE;
}

static enum tar_step read_map_block(struct tar_reader *r, struct input *in)
{
	if (!fill_block(r, in))
		return TAR_STEP_MORE;
	if (!sparse_add_old(&r->map, r->block, OLD_BLOCK_COUNT))
		return wrong_entry(r, "a sparse map says what can not be");
	if (!r->block[OLD_BLOCK_MORE_AT])
		r->state = TAR_AT_ENTRY;
	return TAR_STEP_MORE;
}

static enum tar_step complete(struct tar_reader *r)
{
	struct tar_entry *e = &r->entry;
	enum tar_step step = TAR_STEP_MORE;
	const char *problem;

	if (r->gnu_path[0])
		memcpy(e->path, r->gnu_path, sizeof(r->gnu_path));
	if (r->gnu_link[0])
		memcpy(e->link, r->gnu_link, sizeof(r->gnu_link));
	r->gnu_path[0] = r->gnu_link[0] = '\0';
	sparse_clear(&r->map);
	problem = apply_records(r, &r->globals);
	if (!problem)
		problem = apply_records(r, &r->records);
	if (problem)
		return broken(r, problem);
	r->state = TAR_AT_ENTRY;
	if (e->type == TAR_GNU_SPARSE)
		step = begin_old_map(r);
	if (step == TAR_STEP_BROKEN)
		return step;
	if (!is_node(e) && !strchr("0125", e->type)) {
		r->is_unsupported = true;
		return wrong_entry(r, "an entry of an unknown type");
	}
	problem = tar_entry_problem(e);
	if (problem)
		return wrong_entry(r, problem);
	r->left = e->size;
	if (e->is_sparse && e->sparse_major == 1) {
		r->state = TAR_AT_MAP_TEXT;
		r->number = r->numbers = r->count = 0;
		r->has_digit = false;
	}
	if (e->is_sparse && (e->sparse_major > 1 || e->type != TAR_FILE)) {
		r->is_unsupported = true;
		return wrong_entry(r, "a sparse file of an unknown kind");
	}
	return TAR_STEP_MORE;
}

static enum tar_step begin_records(struct tar_reader *r, struct buf *to, uint64_t size)
{
	if (size > to->max - to->len)
		return broken(r, "its pax records are too large");
	r->records_to = to;
	r->left = size;
	r->padding = tar_padding(size);
	r->state = TAR_AT_RECORDS;
	return TAR_STEP_MORE;
}

static enum tar_step begin_long(struct tar_reader *r, char *to, uint64_t size)
{
	if (size == 0 || size > TAR_PATH_SIZE)
		return broken(r, "a name is too long");
	r->long_to = to;
	r->left = size;
	r->state = TAR_AT_LONG;
	return TAR_STEP_MORE;
}

static enum tar_step read_header(struct tar_reader *r, struct input *in)
{
	static struct tar_entry header;

	if (!fill_block(r, in))
		return TAR_STEP_MORE;
	if (!r->begun)
		r->records.len = 0;
	r->begun = true;
	switch (tar_decode(r->block, &header)) {
	case TAR_ZERO:
		r->state = TAR_AT_END;
		return TAR_STEP_END;
	case TAR_BAD:
		return broken(r, "this is no header");
	case TAR_OK:
		break;
	}
	if (header.type == TAR_PAX)
		return begin_records(r, &r->records, header.size);
	if (header.type == TAR_PAX_GLOBAL)
		return begin_records(r, &r->globals, header.size);
	if (header.type == TAR_GNU_PATH)
		return begin_long(r, r->gnu_path, header.size);
	if (header.type == TAR_GNU_LINK)
		return begin_long(r, r->gnu_link, header.size);
	r->begun = false;
	tar_copy_entry(&r->entry, &header);
	return complete(r);
}

static enum tar_step read_records(struct tar_reader *r, struct input *in)
{
	const uint8_t *from = in->at;
	size_t n = use(r, in, r->left);

	buf_append(r->records_to, from, n);
	if (r->records_to->failed)
		return broken(r, "there is no memory for its pax records");
	r->left -= n;
	if (r->left == 0)
		go_over(r, r->padding, TAR_AT_HEADER);
	return TAR_STEP_MORE;
}

/* Its bytes and, mostly, a NUL. */
static enum tar_step read_long(struct tar_reader *r, struct input *in)
{
	const uint8_t *from = in->at;
	size_t n = use(r, in, r->left), size;

	memcpy(r->long_to + r->have, from, n);
	r->have += n;
	r->left -= n;
	if (r->left)
		return TAR_STEP_MORE;
	size = r->have;
	r->have = 0;
	if (!memchr(r->long_to, '\0', size)) {
		if (size == TAR_PATH_SIZE)
			return broken(r, "a name is too long");
		r->long_to[size] = '\0';
	}
	go_over(r, tar_padding(size), TAR_AT_HEADER);
	return TAR_STEP_MORE;
}

/* A number of the map came to its end. False: it can not be. */
static bool take_number(struct tar_reader *r)
{
	uint64_t number = r->number;
	size_t order = r->numbers++;

	r->number = 0;
	r->has_digit = false;
	if (order == 0)
		r->count = number;
	else if (order % 2)
		r->map.offset = number;
	else
		return sparse_add(&r->map, r->map.offset, number);
	return r->count <= SPARSE_PIECES_MAX;
}

static enum tar_step read_map_text(struct tar_reader *r, struct input *in)
{
	while (in->len && r->left && (r->numbers == 0 || r->numbers < 1 + 2 * r->count)) {
		uint8_t c = *in->at;

		use(r, in, 1);
		r->left--;
		if (c == '\n' ? !r->has_digit || !take_number(r) : c < '0' || c > '9' || r->number > DIGITS_LIMIT)
			return wrong_entry(r, "a sparse map says what can not be");
		if (c != '\n') {
			r->number = r->number * 10 + (uint64_t)(c - '0');
			r->has_digit = true;
		}
	}
	if (r->numbers && r->numbers == 1 + 2 * r->count) {
		size_t padding = tar_padding(r->entry.size - r->left);

		if (padding > r->left)
			return wrong_entry(r, "a sparse map says what can not be");
		r->left -= padding;
		go_over(r, padding, TAR_AT_ENTRY);
	} else if (r->left == 0) {
		return wrong_entry(r, "a sparse map says what can not be");
	}
	return TAR_STEP_MORE;
}

static enum tar_step hand_out(struct tar_reader *r)
{
	r->is_sparse = r->entry.is_sparse;
	r->file_size = r->is_sparse ? r->entry.real_size : r->entry.size;
	r->piece = 0;
	r->piece_done = 0;
	if (r->is_sparse && (!sparse_is_good(&r->map, r->file_size) || sparse_bytes(&r->map) != r->left))
		return wrong_entry(r, "a sparse map says what can not be");
	r->state = TAR_AT_BYTES;
	return TAR_STEP_ENTRY;
}

static enum tar_step read_bytes(struct tar_reader *r, struct input *in)
{
	uint64_t room = r->left;

	if (r->left == 0) {
		go_over(r, tar_padding(r->entry.size), TAR_AT_HEADER);
		return TAR_STEP_ENTRY_END;
	}
	if (in->len == 0)
		return TAR_STEP_MORE;
	r->bytes_offset = r->entry.size - r->left;
	if (r->is_sparse) {
		struct sparse_piece piece = sparse_get(&r->map, r->piece);

		/* There is one more: their sum is what was left. */
		while (r->piece_done == piece.len) {
			r->piece_done = 0;
			piece = sparse_get(&r->map, ++r->piece);
		}
		r->bytes_offset = piece.offset + r->piece_done;
		room = piece.len - r->piece_done;
	}
	r->bytes = in->at;
	r->bytes_len = use(r, in, room);
	r->piece_done += r->bytes_len;
	r->left -= r->bytes_len;
	return TAR_STEP_BYTES;
}

static enum tar_step go_on(struct tar_reader *r, struct input *in)
{
	switch (r->state) {
	case TAR_AT_HEADER:
		return read_header(r, in);
	case TAR_AT_RECORDS:
		return read_records(r, in);
	case TAR_AT_LONG:
		return read_long(r, in);
	case TAR_AT_MAP_BLOCK:
		return read_map_block(r, in);
	case TAR_AT_MAP_TEXT:
		return read_map_text(r, in);
	case TAR_AT_ENTRY:
		return hand_out(r);
	case TAR_AT_BYTES:
		return read_bytes(r, in);
	case TAR_AT_PADDING:
		r->padding -= use(r, in, r->padding);
		if (r->padding == 0)
			r->state = r->after;
		return TAR_STEP_MORE;
	case TAR_AT_END:
		return TAR_STEP_END;
	case TAR_AT_BROKEN:
		break;
	}
	return TAR_STEP_BROKEN;
}

/* Does the state go on without further bytes? */
static bool is_ready(const struct tar_reader *r)
{
	return r->state == TAR_AT_ENTRY || (r->state == TAR_AT_BYTES && r->left == 0) || r->state == TAR_AT_END ||
	       r->state == TAR_AT_BROKEN || (r->state == TAR_AT_RECORDS && r->left == 0);
}

enum tar_step tar_reader_step(struct tar_reader *r, const uint8_t **data, size_t *len)
{
	struct input in = { *data, *len };
	enum tar_step step = TAR_STEP_MORE;

	while (step == TAR_STEP_MORE && (in.len || is_ready(r)))
		step = go_on(r, &in);
	*data = in.at;
	*len = in.len;
	return step;
}

bool tar_reader_is_at_end(const struct tar_reader *r)
{
	return r->state == TAR_AT_END;
}

void tar_reader_init(struct tar_reader *r, size_t records_max)
{
	memset(r, 0, sizeof(*r));
	r->records = r->globals = BUF_INIT(records_max);
	r->map = (struct sparse_map)SPARSE_MAP_INIT;
}

void tar_reader_deinit(struct tar_reader *r)
{
	buf_deinit(&r->records);
	buf_deinit(&r->globals);
	buf_deinit(&r->map.pieces);
}
