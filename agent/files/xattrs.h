/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes (xattr(7)) of a file. */
#pragma once

#include "agent/protocol/schema.h"
#include "common/archive/path.h"
#include "common/buf.h"

#define XATTRS_PATH_SIZE (PATH_NAME_SIZE + 32)

/*
 * How the system calls name the file. A link, and an fd of O_PATH, has no f… call for attributes: this struct holds a
 * path below an open directory, which no other program can redirect.
 */
struct xattrs_of {
	char path[XATTRS_PATH_SIZE];
	bool is_link;
};

/* For an open file that is no link. */
void xattrs_of_fd(struct xattrs_of *ret, int fd);

/* For a link in an open directory. */
void xattrs_of_link(struct xattrs_of *ret, int dir_fd, const char *name);

/* For the path of a request that fd was opened by; the caller closes *ret_dir_fd. 0 or -errno. */
int xattrs_of_request(struct xattrs_of *ret, int root_fd, const char *path, int fd, int *ret_dir_fd);

/* Appends all attributes as pax records. Returns 0 or -errno, as the functions below. */
int xattrs_put_records(struct buf *records, const struct xattrs_of *of);

/* Writes all attributes as the members of an object `xattrs`. */
int xattrs_write(struct buf *b, const struct xattrs_of *of);

/* Sets and removes attributes; one to be removed may be missing. On failure *ret_name is the attribute that failed. */
int xattrs_change(const struct xattrs_of *of, const struct pair_list *set, const struct string_list *remove, const char **ret_name);
