/* SPDX-License-Identifier: Apache-2.0 */
/* Names as JSON carries them (docs/reference/protocol.md, section 6): text, or "base64:" and the base64 of their bytes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The name in its JSON form; the caller frees it. NULL without memory. */
char *file_name_encode(const char *name);

/* The bytes behind the JSON form, ending with a NUL. False where it is none, is empty, has a NUL, or is too long for size. */
bool file_name_decode(const char *text, char *dst, size_t size);

/* True for a path that stays below the directory it is relative to and has at most depth parts. */
bool file_name_is_below(const char *path, unsigned depth);
