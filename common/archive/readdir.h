/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of a directory:
 *
 *	_cleanup_dir_ DIR *dir = readdir_open(fd, &r);
 *
 *	while (r == 0 && (entry = readdir_next(dir, &r)))
 *		r = …;
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

/* Consumes the fd, which may be the -errno of its open. *ret is 0; or -errno, and the result NULL. */
DIR *readdir_open(int fd, int *ret);

/* The next but . and ..; NULL: there is none, or the directory cannot be read, and *ret is -errno. */
const struct dirent *readdir_next(DIR *dir, int *ret);

bool readdir_is_dot(const char *name);

static inline void readdir_close(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

#define _cleanup_dir_ __attribute__((cleanup(readdir_close)))
