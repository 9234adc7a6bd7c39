/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file into a buffer. */
#pragma once

struct buf;

/* Appends what is left of the file, up to the buffer's maximum. 0, -EFBIG (the file is longer, or there is no memory), or -errno. */
int read_file(int fd, struct buf *b);
