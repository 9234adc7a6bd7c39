/* SPDX-License-Identifier: Apache-2.0 */
/* What both directions of cp have in common. */
#pragma once

#include "host/cli/transfer/files.h"
#include "host/cli/transfer/progress.h"

#include "common/archive/tree_filter.h"

#define COPY_PARTIAL_MIN_BYTES (4u << 20) /* below that, beginning again costs nothing */
#define COPY_PARTIAL_SIZE 33u

struct copy {
	struct files files;
	struct progress progress;
	struct tree_filter filter;
	bool over; /* nothing more can be copied: the connection or this side has failed */
};

/* The last part of a path; "" where it ends in none (/, . and ..). It is written to dst. */
bool copy_last_name(const char *path, char dst[PITH_PATH_SIZE]);

/* These three tell what went wrong, and set .over where nothing more can be copied. */
void copy_refused(struct copy *copy, const char *path, const struct pith_error *err);
void copy_failed_here(struct copy *copy, const char *path, const char *sentence, int error);
void copy_left_out(struct copy *copy, const char *path, const char *why);

/* A name for what is copied in parts: the same state of the same file to the same place has the same one. */
void copy_name_partial(const char *state, const char *place, char ret[COPY_PARTIAL_SIZE]);

/*
 * After err: dials again where the connection was lost, and waits where the guest has not noticed that yet. True: the transfer is to
 * be tried again. *until is 0 at first.
 */
bool copy_dial_again(struct copy *copy, const struct pith_error *err, int64_t *until);

/* A directory with all in it. itself: its mode and time too. dir_fd is consumed. */
void copy_tree_up(struct copy *copy, int dir_fd, const char *there, bool itself);
void copy_tree_down(struct copy *copy, const char *there, int dir_fd, bool itself);

/* count words from here, or -, to the path in the guest. */
void copy_up(struct copy *copy, char *const *words, size_t count, const char *to);
/* count paths of the guest to a path here, or -. */
void copy_down(struct copy *copy, char *const *words, size_t count, const char *to);
