/* SPDX-License-Identifier: Apache-2.0 */
/* Names as JSON carries them (docs/reference/protocol.md, section 6): text, or "base64:" and the base64 of their bytes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The name in its JSON form; the caller frees it. NULL without memory. */
char *file_name_encode(const char *name);

/* Decodes the JSON form to bytes and a NUL. False if text is malformed, empty, contains a NUL, or is too long for size. */
bool file_name_decode(const char *text, char *dst, size_t size);

/* True for a relative path that stays below its directory and has at most depth parts. */
bool file_name_is_below(const char *path, unsigned depth);
