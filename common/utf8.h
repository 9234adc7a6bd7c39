/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of the character at p (NUL-terminated), 0 when they are not UTF-8. */
static inline size_t utf8_size(const uint8_t *p)
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

static inline bool utf8_is_text(const char *text)
{
	size_t size;

	for (const uint8_t *p = (const uint8_t *)text; *p; p += size) {
		size = utf8_size(p);
		if (size == 0)
			return false;
	}
	return true;
}
