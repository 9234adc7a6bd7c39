/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the spelling of JSON. Never: writes a byte that is not UTF-8, or an unescaped control character. */
#include "jsonw.h"

#include <string.h>

static void put(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

/* The bytes of the character at p (NUL-terminated), 0 when they are not UTF-8. */
static size_t utf8_size(const uint8_t *p)
{
	size_t size = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (size == 1)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return size;
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

/* The comma, when a value stands before; then the key. */
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
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	begin(b, key);
	put(b, digits + at);
}

void jsonw_bool(struct buf *b, const char *key, bool value)
{
	begin(b, key);
	put(b, value ? "true" : "false");
}
