/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tar format. Never: takes a header whose checksum is wrong, guesses what a field may mean. */
#include "common/archive/tar.h"

#include <stddef.h>
#include <string.h>

#include "common/archive/tar_fields.h"

#define NAME_BYTES 255u
#define NUMBER_MAX (1LL << 60)	/* a byte or second more would be a lie */

static const struct field f_prefix = { 345, 155 };

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

bool tar_get_number(const uint8_t *block, size_t at, size_t len, int64_t *ret)
{
	const uint8_t *p = block + at, *end = p + len;
	uint64_t value = 0;

	if (*p & 0x80)
		return get_binary(p, len, ret);
	while (p < end && *p == ' ')
		p++;
	while (p < end && *p >= '0' && *p <= '7')
		value = value << 3 | (uint64_t)(*p++ - '0');
	while (p < end && (*p == ' ' || *p == '\0'))
		p++;
	*ret = (int64_t)value;
	return p == end;
}

static bool get_number(const uint8_t *block, struct field f, int64_t *ret)
{
	return tar_get_number(block, f.at, f.len, ret);
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

/* Names from before POSIX: no type means a file, and a slash at its end a directory. */
static char type_of(const struct tar_entry *e, char flag)
{
	size_t len = strlen(e->path);

	if (flag == '7')
		return TAR_FILE;
	if (flag)
		return flag;
	return len && e->path[len - 1] == '/' ? TAR_DIR : TAR_FILE;
}

void tar_copy_entry(struct tar_entry *to, const struct tar_entry *from)
{
	memcpy(to, from, offsetof(struct tar_entry, path));
	memcpy(to->path, from->path, strlen(from->path) + 1);
	memcpy(to->link, from->link, strlen(from->link) + 1);
}

enum tar_result tar_decode(const uint8_t block[TAR_BLOCK], struct tar_entry *ret)
{
	bool ustar = memcmp(block + f_magic.at, "ustar", 6) == 0, gnu = memcmp(block + f_magic.at, "ustar ", 6) == 0;
	int64_t sum, size;

	if (is_zero(block))
		return TAR_ZERO;
	if (!get_number(block, f_sum, &sum) || sum != (int64_t)tar_sum(block))
		return TAR_BAD;
	memset(ret, 0, offsetof(struct tar_entry, path));
	ret->path[0] = ret->link[0] = '\0';
	if (!get_u32(block, f_mode, &ret->mode) || !get_u32(block, f_uid, &ret->uid) || !get_u32(block, f_gid, &ret->gid) ||
	    !get_number(block, f_size, &size) || size < 0 || size > NUMBER_MAX || !get_number(block, f_mtime, &ret->mtime_s) ||
	    ret->mtime_s > NUMBER_MAX || ret->mtime_s < -NUMBER_MAX)
		return TAR_BAD;
	ret->mode &= 07777;
	ret->size = (uint64_t)size;
	get_path(block, ustar, ret);
	get_text(block, f_link, ret->link);
	ret->type = type_of(ret, (char)block[TAR_TYPE_AT]);
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

bool tar_is_key(const struct tar_record *r, const char *key)
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

bool tar_get_decimal(const uint8_t **at, const uint8_t *end, uint64_t *ret)
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

	return tar_get_decimal(&p, end, ret) && p == end;
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
	uint32_t ns = 0, digit = TAR_NS / 10;
	uint64_t s;

	p += negative;
	if (!tar_get_decimal(&p, end, &s))
		return false;
	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, digit /= 10)
			ns += (uint32_t)(*p - '0') * digit;
	e->mtime_s = negative ? -(int64_t)s : (int64_t)s;
	e->mtime_ns = ns;
	if (negative && ns) {
		e->mtime_s--;
		e->mtime_ns = TAR_NS - ns;
	}
	return p == end;
}

static bool apply_sparse(const struct tar_record *r, struct tar_entry *e)
{
	e->is_sparse = true;
	if (tar_is_key(r, "GNU.sparse.major"))
		return apply_u32(r, &e->sparse_major);
	if (tar_is_key(r, "GNU.sparse.realsize") || tar_is_key(r, "GNU.sparse.size"))
		return apply_number(r, &e->real_size);
	if (!tar_is_key(r, "GNU.sparse.name"))
		return true;
	e->has_real_name = true;
	return apply_text(r, e->path);
}

bool tar_apply(struct tar_entry *e, const struct tar_record *r)
{
	static const char sparse[] = "GNU.sparse.";

	if (tar_is_key(r, "path"))
		return e->has_real_name || apply_text(r, e->path);
	if (tar_is_key(r, "linkpath"))
		return apply_text(r, e->link);
	if (tar_is_key(r, "size"))
		return apply_number(r, &e->size);
	if (tar_is_key(r, "mtime"))
		return apply_time(r, e);
	if (tar_is_key(r, "uid"))
		return apply_u32(r, &e->uid);
	if (tar_is_key(r, "gid"))
		return apply_u32(r, &e->gid);
	if (r->key_len > strlen(sparse) && memcmp(r->key, sparse, strlen(sparse)) == 0)
		return apply_sparse(r, e);
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

const char *tar_entry_problem(struct tar_entry *e)
{
	static char raw[TAR_PATH_SIZE];

	memcpy(raw, e->path, strlen(e->path) + 1);
	if (!tar_clean_path(e->path)) {
		memcpy(e->path, raw, strlen(raw) + 1);
		return "its path is absolute, has .. in it, or too long a name";
	}
	if (!e->path[0] && e->type != TAR_DIR)
		return "it has no name";
	if (e->type != TAR_FILE && e->size)
		return "only a file may have bytes";
	if (e->type == TAR_LINK && (!tar_clean_path(e->link) || !e->link[0]))
		return "a link to what is not in the directory";
	if (e->type == TAR_SYMLINK && !e->link[0])
		return "a link to nothing";
	return NULL;
}
