/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of a file. */
#pragma once

#include "agent/protocol/schema.h"
#include "common/archive/path.h"
#include "common/buf.h"

#define XATTRS_PATH_SIZE (PATH_NAME_SIZE + 32)

/*
 * How the calls name a file. A link, and what was opened by O_PATH, has no attributes by itself: this is a path to them that nobody can
 * redirect out of the directory that is an fd.
 */
struct xattrs_of {
	char path[XATTRS_PATH_SIZE];
	bool is_link;
};

/* Of an open file that is no link. */
void xattrs_of_fd(struct xattrs_of *ret, int fd);

/* Of a link in a directory. */
void xattrs_of_link(struct xattrs_of *ret, int dir_fd, const char *name);

/* Of what a request's path names, and fd is; *ret_dir_fd is the caller's to close. 0 or -errno. */
int xattrs_of_request(struct xattrs_of *ret, int root_fd, const char *path, int fd, int *ret_dir_fd);

/* All, as pax records. 0 or -errno, as the following. */
int xattrs_put_records(struct buf *records, const struct xattrs_of *of);

/* All, as the members of an object `xattrs`. */
int xattrs_write(struct buf *b, const struct xattrs_of *of);

/* Sets and removes; what is removed may be missing. *ret_name is the one that failed. */
int xattrs_change(const struct xattrs_of *of, const struct pair_list *set, const struct string_list *remove, const char **ret_name);
