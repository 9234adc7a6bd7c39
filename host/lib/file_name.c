/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the form of names in JSON, and the check of names from the guest.
 *
 * Never: accepts a name that leaves its directory.
 */
#include "host/lib/file_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define PREFIX "base64:"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *file_name_encode(const char *name)
{
	size_t len = strlen(name), at = PREFIX_LEN;
	char *text;

	if (strncmp(name, PREFIX, PREFIX_LEN) != 0 && utf8_is_text(name))
		return strdup(name);
	text = malloc(PREFIX_LEN + (len + 2) / 3 * 4 + 1);
	if (!text)
		return NULL;
	memcpy(text, PREFIX, PREFIX_LEN);
	for (size_t i = 0; i < len; i += 3) {
		const unsigned char *p = (const unsigned char *)name + i;
		uint32_t bits = (uint32_t)p[0] << 16;

		if (i + 1 < len)
			bits |= (uint32_t)p[1] << 8;
		if (i + 2 < len)
			bits |= p[2];
		text[at++] = digits[bits >> 18];
		text[at++] = digits[bits >> 12 & 63];
		text[at++] = (char)(i + 1 < len ? digits[bits >> 6 & 63] : '=');
		text[at++] = (char)(i + 2 < len ? digits[bits & 63] : '=');
	}
	text[at] = '\0';
	return text;
}

/* Returns the value of a base64 digit, or -1. */
static int value_of(char c)
{
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Decodes four digits to up to three bytes. Returns the number of bytes, or 0 for malformed digits. */
static size_t decode_group(const char *text, bool is_last, char out[3])
{
	uint32_t bits = 0;
	size_t used = 4;

	if (is_last && text[3] == '=')
		used = text[2] == '=' ? 2 : 3;
	for (size_t i = 0; i < used; i++) {
		int value = value_of(text[i]);

		if (value < 0)
			return 0;
		bits |= (uint32_t)value << (18 - 6 * i);
	}
	for (size_t i = 0; i < 3; i++)
		out[i] = (char)(bits >> (16 - 8 * i));
	return used - 1;
}

static bool decode_base64(const char *text, char *dst, size_t size)
{
	size_t len = strlen(text), used = 0;

	if (len == 0 || len % 4 != 0)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		char out[3];
		size_t n = decode_group(text + i, i + 4 == len, out);

		if (n == 0 || used + n >= size || memchr(out, '\0', n))
			return false;
		memcpy(dst + used, out, n);
		used += n;
	}
	dst[used] = '\0';
	return true;
}

bool file_name_decode(const char *text, char *dst, size_t size)
{
	size_t len;

	if (!text)
		return false;
	if (strncmp(text, PREFIX, PREFIX_LEN) == 0)
		return decode_base64(text + PREFIX_LEN, dst, size);
	len = strlen(text);
	if (len == 0 || len >= size)
		return false;
	memcpy(dst, text, len + 1);
	return true;
}

bool file_name_is_below(const char *path, unsigned depth)
{
	unsigned parts = 0;

	for (const char *p = path;; p++) {
		size_t len = strcspn(p, "/");

		if (len == 0 || (len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		if (++parts > depth)
			return false;
		p += len;
		if (*p == '\0')
			return true;
	}
}
