/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand in a tar header, for those who read and write it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tar.h"

struct field {
	uint16_t at, len;
};

static const struct field f_path = { 0, 100 }, f_mode = { 100, 8 }, f_uid = { 108, 8 }, f_gid = { 116, 8 }, f_size = { 124, 12 },
			  f_mtime = { 136, 12 }, f_sum = { 148, 8 }, f_link = { 157, 100 }, f_magic = { 257, 6 },
			  f_major = { 329, 8 }, f_minor = { 337, 8 };

#define TAR_TYPE_AT 156
#define TAR_NS 1000000000

static inline uint32_t tar_sum(const uint8_t *block)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i - f_sum.at < f_sum.len ? ' ' : block[i];
	return sum;
}
