/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tar format. Never: takes a header whose checksum is wrong, guesses what a field may mean. */
#include "tar.h"

#include <string.h>

#include "fmt.h"
#include "name.h"

#define NAME_BYTES 255u
#define NUMBER_TEXT 48
#define NS 1000000000
#define NUMBER_MAX (1LL << 60)	/* a byte or second more would be a lie */

struct field {
	uint16_t at, len;
};

static const struct field f_path = { 0, 100 }, f_mode = { 100, 8 }, f_uid = { 108, 8 }, f_gid = { 116, 8 }, f_size = { 124, 12 },
			  f_mtime = { 136, 12 }, f_sum = { 148, 8 }, f_link = { 157, 100 }, f_magic = { 257, 6 },
			  f_major = { 329, 8 }, f_minor = { 337, 8 }, f_prefix = { 345, 155 };

#define TYPE_AT 156
#define VERSION_AT 263

static uint32_t sum_of(const uint8_t *block)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i - f_sum.at < f_sum.len ? ' ' : block[i];
	return sum;
}

/* GNU's large numbers: two's complement, big-endian, behind a set bit. */
static bool get_binary(const uint8_t *p, size_t len, int64_t *ret)
{
	bool negative = p[0] & 0x40;
	uint64_t value = negative ? UINT64_MAX : 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = i ? p[i] : (uint8_t)((p[0] & 0x3f) | (negative ? 0xc0 : 0));

		/* What is shifted out must be the sign. */
		if (value >> 55 != (negative ? 0x1ff : 0))
			return false;
		value = value << 8 | byte;
	}
	*ret = (int64_t)value;
	return true;
}

static bool get_number(const uint8_t *block, struct field f, int64_t *ret)
{
	const uint8_t *p = block + f.at, *end = p + f.len;
	uint64_t value = 0;

	if (*p & 0x80)
		return get_binary(p, f.len, ret);
	while (p < end && *p == ' ')
		p++;
	while (p < end && *p >= '0' && *p <= '7')
		value = value << 3 | (uint64_t)(*p++ - '0');
	while (p < end && (*p == ' ' || *p == '\0'))
		p++;
	*ret = (int64_t)value;
	return p == end;
}

static bool get_u32(const uint8_t *block, struct field f, uint32_t *ret)
{
	int64_t value;

	if (!get_number(block, f, &value) || value < 0 || value >= UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* At most f.len bytes, ended by NUL only where there is room. */
static size_t get_text(const uint8_t *block, struct field f, char *to)
{
	size_t len = strnlen((const char *)block + f.at, f.len);

	memcpy(to, block + f.at, len);
	to[len] = '\0';
	return len;
}

static void get_path(const uint8_t *block, bool ustar, struct tar_entry *e)
{
	size_t len = ustar ? get_text(block, f_prefix, e->path) : 0;

	if (len)
		e->path[len++] = '/';
	get_text(block, f_path, e->path + len);
}

static bool is_zero(const uint8_t *block)
{
	for (size_t i = 0; i < TAR_BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

/* Names from before POSIX: no type means a file, and a slash at its end a folder. */
static char type_of(const struct tar_entry *e, char flag)
{
	size_t len = strlen(e->path);

	if (flag == '7')
		return TAR_FILE;
	if (flag)
		return flag;
	return len && e->path[len - 1] == '/' ? TAR_DIR : TAR_FILE;
}

enum tar_result tar_decode(const uint8_t block[TAR_BLOCK], struct tar_entry *ret)
{
	bool ustar = memcmp(block + f_magic.at, "ustar", 6) == 0, gnu = memcmp(block + f_magic.at, "ustar ", 6) == 0;
	int64_t sum, size;

	if (is_zero(block))
		return TAR_ZERO;
	if (!get_number(block, f_sum, &sum) || sum != (int64_t)sum_of(block))
		return TAR_BAD;
	*ret = (struct tar_entry){ 0 };
	if (!get_u32(block, f_mode, &ret->mode) || !get_u32(block, f_uid, &ret->uid) || !get_u32(block, f_gid, &ret->gid) ||
	    !get_number(block, f_size, &size) || size < 0 || size > NUMBER_MAX || !get_number(block, f_mtime, &ret->mtime_s) ||
	    ret->mtime_s > NUMBER_MAX || ret->mtime_s < -NUMBER_MAX)
		return TAR_BAD;
	ret->mode &= 07777;
	ret->size = (uint64_t)size;
	get_path(block, ustar, ret);
	get_text(block, f_link, ret->link);
	ret->type = type_of(ret, (char)block[TYPE_AT]);
	if ((ustar || gnu) && (ret->type == TAR_CHAR || ret->type == TAR_BLOCK_DEVICE) &&
	    (!get_u32(block, f_major, &ret->major) || !get_u32(block, f_minor, &ret->minor)))
		return TAR_BAD;
	return TAR_OK;
}

enum tar_result tar_next_record(const uint8_t **at, const uint8_t *end, struct tar_record *ret)
{
	const uint8_t *p = *at, *equals;
	size_t len = 0;

	if (p == end)
		return TAR_ZERO;
	while (p < end && *p >= '0' && *p <= '9' && len <= (size_t)(end - *at))
		len = len * 10 + (size_t)(*p++ - '0');
	if (p == *at || p == end || *p != ' ' || len > (size_t)(end - *at) || len < (size_t)(p - *at) + 2)
		return TAR_BAD;
	p++;
	end = *at + len;
	if (end[-1] != '\n')
		return TAR_BAD;
	equals = memchr(p, '=', (size_t)(end - 1 - p));
	if (!equals || equals == p)
		return TAR_BAD;
	*ret = (struct tar_record){ p, equals + 1, (size_t)(equals - p), (size_t)(end - 1 - (equals + 1)) };
	*at = end;
	return TAR_OK;
}

static bool is_key(const struct tar_record *r, const char *key)
{
	return r->key_len == strlen(key) && memcmp(r->key, key, r->key_len) == 0;
}

static bool apply_text(const struct tar_record *r, char to[TAR_PATH_SIZE])
{
	if (r->value_len >= TAR_PATH_SIZE || memchr(r->value, '\0', r->value_len))
		return false;
	memcpy(to, r->value, r->value_len);
	to[r->value_len] = '\0';
	return true;
}

/* Decimal digits from *at on; false: none, or more than NUMBER_MAX. */
static bool get_decimal(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	const uint8_t *p = *at;

	for (*ret = 0; p < end && *p >= '0' && *p <= '9'; p++) {
		*ret = *ret * 10 + (uint64_t)(*p - '0');
		if (*ret > NUMBER_MAX)
			return false;
	}
	if (p == *at)
		return false;
	*at = p;
	return true;
}

static bool apply_number(const struct tar_record *r, uint64_t *ret)
{
	const uint8_t *p = r->value, *end = p + r->value_len;

	return get_decimal(&p, end, ret) && p == end;
}

static bool apply_u32(const struct tar_record *r, uint32_t *ret)
{
	uint64_t value;

	if (!apply_number(r, &value) || value >= UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* [-]seconds[.fraction]; digits after the ninth are cut. */
static bool apply_time(const struct tar_record *r, struct tar_entry *e)
{
	const uint8_t *p = r->value, *end = p + r->value_len;
	bool negative = p < end && *p == '-';
	uint32_t ns = 0, digit = NS / 10;
	uint64_t s;

	p += negative;
	if (!get_decimal(&p, end, &s))
		return false;
	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, digit /= 10)
			ns += (uint32_t)(*p - '0') * digit;
	e->mtime_s = negative ? -(int64_t)s : (int64_t)s;
	e->mtime_ns = ns;
	if (negative && ns) {
		e->mtime_s--;
		e->mtime_ns = NS - ns;
	}
	return p == end;
}

bool tar_apply(struct tar_entry *e, const struct tar_record *r)
{
	static const char sparse[] = "GNU.sparse.";

	if (is_key(r, "path"))
		return apply_text(r, e->path);
	if (is_key(r, "linkpath"))
		return apply_text(r, e->link);
	if (is_key(r, "size"))
		return apply_number(r, &e->size);
	if (is_key(r, "mtime"))
		return apply_time(r, e);
	if (is_key(r, "uid"))
		return apply_u32(r, &e->uid);
	if (is_key(r, "gid"))
		return apply_u32(r, &e->gid);
	if (r->key_len > strlen(sparse) && memcmp(r->key, sparse, strlen(sparse)) == 0)
		e->sparse = true;
	return true;
}

bool tar_clean_path(char *path)
{
	const char *from = path;
	char *to = path;

	if (*from == '/')
		return false;
	while (*from) {
		size_t len = strcspn(from, "/");

		if (len > NAME_BYTES || (len == 2 && from[0] == '.' && from[1] == '.'))
			return false;
		if (len && !(len == 1 && from[0] == '.')) {
			if (to != path)
				*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
		from += *from == '/';
	}
	*to = '\0';
	return true;
}

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
		ns = NS - ns;
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
	block[TYPE_AT] = (uint8_t)type;
	put_number(block, (struct field){ f_sum.at, f_sum.len - 1u }, sum_of(block));
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
