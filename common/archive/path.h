/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens paths below a root and never outside of the root, even if other processes move directories or links meanwhile. Later
 * calls use the fds, or one name in a directory that is an fd.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define PATH_NAME_SIZE 256	/* NAME_MAX and NUL */

/* The directory that requests call /: an O_PATH fd, or -errno. */
int path_open_root(const char *root);

/* openat2(2) below the root, without magic links; -ENOSYS on a kernel that has none. The fd or -errno. */
int path_open(int root_fd, const char *path, int flags, mode_t mode);

/*
 * The directory that holds the last name of path, as an O_PATH fd, and that name. -EINVAL: the path ends in no name (/, . or ..).
 * Symbolic links on the way are followed below the root, the last name is not looked at.
 */
int path_open_parent(int root_fd, const char *path, int *ret_fd, char ret_name[PATH_NAME_SIZE]);

/* Makes the directories on the way to the last name of path that are not there. 0 or -errno. */
int path_make_parents(int root_fd, const char *path, mode_t mode);

/*
 * Opens a regular file for its bytes and nothing else, without ever opening what it is not: a FIFO would wait, a device act.
 * -ENOTSUP: it is something else. *ret_st is its state.
 */
int path_open_regular(int root_fd, const char *path, int flags, struct stat *ret_st);

/* The same for a name in a directory; a symbolic link is not followed (-ELOOP). */
int path_open_regular_at(int dir_fd, const char *name, int flags, struct stat *ret_st);

/*
 * The same in fewer calls, for reading an entry of a directory that was seen to be a regular file just now. What somebody puts in its
 * place between the two looks is opened, and closed again.
 */
int path_open_entry_at(int dir_fd, const char *name, struct stat *ret_st);

/* A directory for reading its entries. The name must be the directory itself. -EXDEV: something is mounted on it. */
int path_open_dir_at(int dir_fd, const char *name, bool cross_mounts);
