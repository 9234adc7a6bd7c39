/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of files in JSON, exactly (docs/reference/protocol.md, section 6): a name is any bytes but NUL, and stands for itself when it is
 * UTF-8; when it is not, or begins with the prefix, it is the prefix and the base64 (RFC 4648) of its bytes.
 *
 * Pure: no fd, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NAME_PREFIX "base64:"

/* Bytes, the NUL included, that name_encode() writes for a name of that length at most. */
#define NAME_ENCODED_SIZE(len) (sizeof(NAME_PREFIX) + ((len) + 2) / 3 * 4)

/* The same for bytes that may be any, and how many they are. */
bool name_decode_bytes(const char *text, char *ret, size_t *ret_len);

/* Always with the prefix; ends with a NUL. */
void name_encode_bytes(const void *bytes, size_t len, char *ret);

/* Writes the bytes and a NUL: never longer than the text. False: not base64, or a zero byte; ret is then not to be used. */
bool name_decode(const char *text, char *ret);

/* True: the name stands for itself. */
bool name_is_plain(const char *name);

/* For a name that is not plain. */
void name_encode(const char *name, char *ret);
