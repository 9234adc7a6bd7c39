/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from a format without stdio: %s, %.*s, %.Ns, %c, %d, %u, %x, each also with l, ll or z, and %%. The only width is that of
 * zeros before a number: %0Nd.
 * Pure: no fd, no allocation, safe in a signal handler and in the child of a fork.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most size - 1 bytes and a NUL, and returns the number of bytes before the NUL: what does not fit is cut, never
 * counted. size must not be 0. A conversion that is not listed above ends the text.
 */
size_t fmt_text(char *buf, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t fmt_text_v(char *buf, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
