/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of both directions of cp. */
#pragma once

#include "host/cli/transfer/files.h"
#include "host/cli/transfer/progress.h"

#include "common/archive/tree_filter.h"

#define COPY_PARTIAL_MIN_BYTES (4u << 20) /* a smaller file is sent again from its first byte */
#define COPY_PARTIAL_SIZE 33u

struct copy {
	struct files files;
	struct progress progress;
	struct tree_filter filter;
	bool over; /* the copy ends: the connection or the local system has failed */
};

/* Copies the last name of a path to dst; "" if the path ends without a name (/, . and ..). */
bool copy_last_name(const char *path, char dst[PITH_PATH_SIZE]);

/* These three report an error, and set .over if the copy cannot go on. */
void copy_refused(struct copy *copy, const char *path, const struct pith_error *err);
void copy_failed_here(struct copy *copy, const char *path, const char *sentence, int error);
void copy_left_out(struct copy *copy, const char *path, const char *why);

/* Makes the name of a partial file: equal for equal state (of the source file) and equal place (the path of the copy). */
void copy_name_partial(const char *state, const char *place, char ret[COPY_PARTIAL_SIZE]);

/*
 * After err: dials again if the connection was lost, and waits while the agent has not noticed the loss yet. True: the caller
 * tries the transfer again. Begin with *until at 0.
 */
bool copy_dial_again(struct copy *copy, const struct pith_error *err, int64_t *until);

/* Copy a directory with all its entries. itself: with the directory's own mode and time. dir_fd is consumed. */
void copy_tree_up(struct copy *copy, int dir_fd, const char *there, bool itself);
void copy_tree_down(struct copy *copy, const char *there, int dir_fd, bool itself);

/* Copies count local paths, or - (stdin), to a path of the guest. */
void copy_up(struct copy *copy, char *const *words, size_t count, const char *to);
/* Copies count paths of the guest to a local path, or - (stdout). */
void copy_down(struct copy *copy, char *const *words, size_t count, const char *to);
