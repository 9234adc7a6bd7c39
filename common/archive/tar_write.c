/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the writing of headers. Never: writes a number or a text that does not fit, but as a pax record. */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/archive/tar.h"
#include "common/archive/tar_fields.h"
#include "common/fmt.h"
#include "common/name.h"

#define NUMBER_TEXT 48
#define VERSION_AT 263

void tar_put_record(struct buf *b, const char *key, const void *value, size_t len)
{
	size_t rest = strlen(key) + len + 3, digits = 1;
	char number[NUMBER_TEXT];

	/* The length counts its own digits. */
	for (size_t limit = 10; rest + digits >= limit; limit *= 10)
		digits++;
	fmt_text(number, sizeof(number), "%zu ", rest + digits);
	buf_append(b, number, strlen(number));
	buf_append(b, key, strlen(key));
	buf_append(b, "=", 1);
	buf_append(b, value, len);
	buf_append(b, "\n", 1);
}

/* Zero, and false, if there is no room. */
static bool put_number(uint8_t *block, struct field f, uint64_t value)
{
	bool fits = value >> (3 * (f.len - 1u)) == 0;

	for (size_t i = f.len - 1u; i-- > 0; value >>= 3)
		block[f.at + i] = (uint8_t)('0' + (fits ? value & 7 : 0));
	return fits;
}

static void put_number_or_record(uint8_t *block, struct field f, uint64_t value, const char *key, struct buf *records)
{
	char text[NUMBER_TEXT];

	if (put_number(block, f, value))
		return;
	fmt_text(text, sizeof(text), "%llu", (unsigned long long)value);
	tar_put_record(records, key, text, strlen(text));
}

static void put_text(uint8_t *block, struct field f, const char *text, const char *key, struct buf *records)
{
	size_t len = strlen(text);

	if (len > f.len && !name_is_plain(text))
		tar_put_record(records, "hdrcharset", "BINARY", 6);
	if (len > f.len)
		tar_put_record(records, key, text, len);
	/* A text that fills its field has no NUL there. */
	for (size_t i = 0; i < len && i < f.len; i++)
		block[f.at + i] = (uint8_t)text[i];
}

static void put_time(uint8_t *block, const struct tar_entry *e, struct buf *records)
{
	bool negative = e->mtime_s < 0, fits = put_number(block, f_mtime, negative ? 0 : (uint64_t)e->mtime_s);
	int64_t s = e->mtime_s;
	uint32_t ns = e->mtime_ns;
	char text[NUMBER_TEXT];

	if (fits && !negative && ns == 0)
		return;
	if (negative && ns) {
		s++;
		ns = TAR_NS - ns;
	}
	fmt_text(text, sizeof(text), "%s%lld.%09u", negative ? "-" : "", (long long)(negative ? -s : s), ns);
	tar_put_record(records, "mtime", text, strlen(text));
}

static void finish_block(uint8_t *block, char type, struct buf *out)
{
	memcpy(block + f_magic.at, "ustar", 6);
	/* Two characters without a NUL. */
	block[VERSION_AT] = '0';
	block[VERSION_AT + 1] = '0';
	block[TAR_TYPE_AT] = (uint8_t)type;
	put_number(block, (struct field){ f_sum.at, f_sum.len - 1u }, tar_sum(block));
	block[f_sum.at + f_sum.len - 1] = ' ';
	buf_append(out, block, TAR_BLOCK);
}

static void put_records(const struct buf *records, struct buf *out)
{
	static const uint8_t zeros[TAR_BLOCK];
	uint8_t block[TAR_BLOCK] = "PaxHeaders/entry";

	put_number(block, f_mode, 0644);
	put_number(block, f_uid, 0);
	put_number(block, f_gid, 0);
	put_number(block, f_size, records->len);
	put_number(block, f_mtime, 0);
	finish_block(block, TAR_PAX, out);
	buf_append(out, records->data, records->len);
	buf_append(out, zeros, tar_padding(records->len));
}

void tar_encode(const struct tar_entry *e, const struct buf *records, struct buf *out)
{
	struct buf all = BUF_INIT(out->max);
	uint8_t block[TAR_BLOCK] = { 0 };

	put_text(block, f_path, e->path, "path", &all);
	put_text(block, f_link, e->link, "linkpath", &all);
	put_number(block, f_mode, e->mode);
	put_number_or_record(block, f_uid, e->uid, "uid", &all);
	put_number_or_record(block, f_gid, e->gid, "gid", &all);
	put_number_or_record(block, f_size, e->size, "size", &all);
	put_time(block, e, &all);
	if (e->type == TAR_CHAR || e->type == TAR_BLOCK_DEVICE) {
		put_number(block, f_major, e->major);
		put_number(block, f_minor, e->minor);
	}
	if (records)
		buf_append(&all, records->data, records->len);
	if (all.len)
		put_records(&all, out);
	out->failed |= all.failed;
	buf_deinit(&all);
	finish_block(block, e->type, out);
}

void tar_set_stat(struct tar_entry *e, const struct stat *st, enum tar_type type)
{
	e->type = (char)type;
	e->mode = st->st_mode & 07777;
	e->uid = st->st_uid;
	e->gid = st->st_gid;
	e->mtime_s = st->st_mtim.tv_sec;
	e->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	e->size = type == TAR_FILE ? (uint64_t)st->st_size : 0;
	e->major = major(st->st_rdev);
	e->minor = minor(st->st_rdev);
	if (type != TAR_LINK && type != TAR_SYMLINK)
		e->link[0] = '\0';
}
