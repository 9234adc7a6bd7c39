/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand in a tar header, for those who read and write it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/archive/tar.h"

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
	const uint64_t even = 0x00ff00ff00ff00ff;
	uint64_t word, sums = 0;
	uint32_t sum = 0;

	/* Eight bytes at a time, in four sums of 16 bits: 128 bytes to each of them can not overflow it. */
	for (size_t i = 0; i < TAR_BLOCK; i += sizeof(word)) {
		memcpy(&word, block + i, sizeof(word));
		sums += (word & even) + (word >> 8 & even);
	}
	for (; sums; sums >>= 16)
		sum += sums & 0xffff;
	/* The field of the sum counts as blanks. */
	for (size_t i = 0; i < f_sum.len; i++)
		sum += ' ' - (uint32_t)block[f_sum.at + i];
	return sum;
}
