/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/io.c */
/* The two ends of a stream: `load_bytes source BYTES` writes to stdout, `load_bytes sink` reads stdin to its end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

#define CHUNK (64u << 10)

static char chunk[CHUNK];

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "source") == 0) {
		unsigned long long left = strtoull(argv[2], NULL, 10);

		while (left > 0) {
			ssize_t n = io_write(STDOUT_FILENO, chunk, left < CHUNK ? (size_t)left : CHUNK);

			if (n < 0)
				return EXIT_FAILURE;
			left -= (unsigned long long)n;
		}
		return EXIT_SUCCESS;
	}
	if (argc == 2 && strcmp(argv[1], "sink") == 0) {
		ssize_t n;

		do
			n = io_read(STDIN_FILENO, chunk, CHUNK);
		while (n > 0);
		return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	return 2;
}
