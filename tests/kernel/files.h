/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that the tests of a kernel's promises share. */
#pragma once

#include <errno.h>
#include <stdbool.h>

/* errno of what came back from a system call, 0 if it succeeded. */
static inline int raw_errno(long result)
{
	return result < 0 ? errno : 0;
}

/* The file, or its first 64 KiB, holds the text. */
bool file_has(const char *path, const char *text);

/* A name in the directory begins with the text. */
bool file_in(const char *directory, const char *text);

/* 0 or -errno. */
int write_file(const char *path, const char *text);

/* A directory in a mount namespace of the test's own, so that nothing that is mounted there outlives it. */
struct scratch {
	char path[32];
	char inner[96];
};

void scratch_open(struct scratch *s);
/* A path in the directory; good until the next call. */
const char *scratch_at(struct scratch *s, const char *name);
void scratch_close(struct scratch *s);
