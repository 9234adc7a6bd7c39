/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the loop around read(2). Never: opens or closes a file. */
#include "common/read_file.h"

#include <errno.h>

#include "common/buf.h"
#include "common/io.h"

int read_file(int fd, struct buf *b)
{
	uint8_t piece[4096];
	ssize_t n;

	while ((n = io_read(fd, piece, sizeof(piece))) > 0) {
		buf_append(b, piece, (size_t)n);
		if (b->failed)
			return -EFBIG;
	}
	return (int)n;
}
