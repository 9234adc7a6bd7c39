/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the spelling of JSON output. Never: writes a byte that is not UTF-8, or an unescaped control character. */
#include "agent/protocol/jsonw.h"

#include <string.h>

#include "common/utf8.h"

static void put(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

static void put_string(struct buf *b, const char *value)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *p = (const uint8_t *)value;

	put(b, "\"");
	while (*p) {
		const uint8_t *plain = p;
		size_t size;

		while (*p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
			p++;
		buf_append(b, plain, (size_t)(p - plain));
		if (!*p)
			break;
		size = utf8_size(p);
		if (size == 0) {
			put(b, "\xef\xbf\xbd");
			p++;
		} else if (size > 1) {
			buf_append(b, p, size);
			p += size;
		} else if (*p < 0x20) {
			char escape[] = { '\\', 'u', '0', '0', hex[*p >> 4], hex[*p & 15], 0 };

			put(b, escape);
			p++;
		} else {
			char escape[] = { '\\', (char)*p++, 0 };

			put(b, escape);
		}
	}
	put(b, "\"");
}

/* Writes the comma, if a value stands before, and the key. */
static void begin(struct buf *b, const char *key)
{
	uint8_t last = b->len ? b->data[b->len - 1] : '[';

	if (last != '[' && last != '{' && last != ':')
		put(b, ",");
	if (!key)
		return;
	put_string(b, key);
	put(b, ":");
}

static void put_digits(struct buf *b, uint64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put(b, digits + at);
}

void jsonw_object(struct buf *b, const char *key)
{
	begin(b, key);
	put(b, "{");
}

void jsonw_object_end(struct buf *b)
{
	put(b, "}");
}

void jsonw_array(struct buf *b, const char *key)
{
	begin(b, key);
	put(b, "[");
}

void jsonw_array_end(struct buf *b)
{
	put(b, "]");
}

void jsonw_string(struct buf *b, const char *key, const char *value)
{
	begin(b, key);
	put_string(b, value);
}

void jsonw_count(struct buf *b, const char *key, uint64_t value)
{
	begin(b, key);
	put_digits(b, value);
}

void jsonw_integer(struct buf *b, const char *key, int64_t value)
{
	if (value >= 0) {
		jsonw_count(b, key, (uint64_t)value);
		return;
	}
	begin(b, key);
	put(b, "-");
	put_digits(b, 0 - (uint64_t)value);
}

void jsonw_bool(struct buf *b, const char *key, bool value)
{
	begin(b, key);
	put(b, value ? "true" : "false");
}

void jsonw_members(struct buf *b, const void *text, size_t len)
{
	if (!len)
		return;
	begin(b, NULL);
	buf_append(b, text, len);
}

void jsonw_raw(struct buf *b, const char *key, const struct buf *json)
{
	begin(b, key);
	buf_append(b, json->data, json->len);
}
