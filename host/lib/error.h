/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the caller's pith_error, and copies text of the guest into fixed-size members. */
#pragma once

#include "host/include/pith.h"

/* Returns code. err may be NULL. */
enum pith_code error_set(struct pith_error *err, enum pith_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set(), with os_errno, whose text ends the sentence. */
enum pith_code error_set_errno(struct pith_error *err, enum pith_code code, int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

enum pith_code error_set_no_memory(struct pith_error *err);

/*
 * Copies at most size - 1 bytes of text (NULL is empty) to dst, with control characters replaced by '?', and adds a NUL.
 */
void text_copy_printable(char *dst, size_t size, const char *text);
