/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4). Pure: no fd, no allocation. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_TEXT_SIZE (2 * SHA256_SIZE + 1)

struct sha256 {
	uint32_t state[8];
	uint64_t len;		/* bytes so far */
	uint8_t block[64];	/* the last len % 64 of them */
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);

/* The digest in hexadecimal. Ends s. */
void sha256_end(struct sha256 *s, char ret[SHA256_TEXT_SIZE]);
