/* SPDX-License-Identifier: Apache-2.0 */
/* Scope-bound ownership of file descriptors and heap memory. */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Closes *fd if it is open and sets it to -1; errno is kept. close() is never retried: on Linux the fd is gone either way. */
static inline void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

/* Hands the fd over to the caller's new owner. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void free_pointer(void *pointer)
{
	void **p = pointer;

	free(*p);
	*p = NULL;
}

#define _cleanup_close_ __attribute__((cleanup(close_fd)))
#define _cleanup_free_ __attribute__((cleanup(free_pointer)))

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
