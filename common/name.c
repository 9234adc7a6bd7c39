/* SPDX-License-Identifier: Apache-2.0 */
/* Owns base64 and the rule when it is used. Never: accepts two spellings of the same bytes after the prefix. */
#include "common/name.h"

#include <string.h>

#include "common/utf8.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* -1: no such digit. */
static int digit(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Four digits, the last one or two of which may be `=`. Returns the number of bytes, 0 if it is not base64. */
static size_t decode_group(const char *text, bool last, char ret[3])
{
	size_t count = !last || text[3] != '=' ? 3 : text[2] != '=' ? 2 : 1;
	unsigned int bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i <= count ? digit(text[i]) : 0;

		if (value < 0)
			return 0;
		bits = bits << 6 | (unsigned int)value;
	}
	/* What the padding cuts off must be zero. */
	if (bits & ((1u << (8 * (3 - count))) - 1))
		return 0;
	for (size_t i = 0; i < count; i++)
		ret[i] = (char)(bits >> (16 - 8 * i));
	return count;
}

bool name_decode_bytes(const char *text, char *ret, size_t *ret_len)
{
	size_t len = strlen(text), done = 0;

	if (strncmp(text, NAME_PREFIX, strlen(NAME_PREFIX)) != 0) {
		memcpy(ret, text, len + 1);
		*ret_len = len;
		return true;
	}
	text += strlen(NAME_PREFIX);
	len -= strlen(NAME_PREFIX);
	if (len % 4)
		return false;
	for (size_t at = 0; at < len; at += 4) {
		size_t n = decode_group(text + at, at + 4 == len, ret + done);

		if (n == 0)
			return false;
		done += n;
	}
	ret[done] = '\0';
	*ret_len = done;
	return true;
}

bool name_decode(const char *text, char *ret)
{
	size_t len;

	return name_decode_bytes(text, ret, &len) && strlen(ret) == len;
}

bool name_is_plain(const char *name)
{
	const uint8_t *p = (const uint8_t *)name;

	if (strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0)
		return false;
	while (*p) {
		size_t n = utf8_size(p);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

void name_encode_bytes(const void *bytes, size_t len, char *ret)
{
	const uint8_t *from = bytes;

	memcpy(ret, NAME_PREFIX, strlen(NAME_PREFIX));
	ret += strlen(NAME_PREFIX);
	for (size_t at = 0; at < len; at += 3) {
		size_t n = len - at < 3 ? len - at : 3;
		unsigned int bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < n ? from[at + i] : 0);
		for (size_t i = 0; i < 4; i++)
			*ret++ = (char)(i <= n ? alphabet[bits >> (18 - 6 * i) & 63] : '=');
	}
	*ret = '\0';
}

void name_encode(const char *name, char *ret)
{
	name_encode_bytes(name, strlen(name), ret);
}
