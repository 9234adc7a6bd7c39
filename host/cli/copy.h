/* SPDX-License-Identifier: Apache-2.0 */
/* What both directions of cp have in common. */
#pragma once

#include "files.h"
#include "progress.h"

#define COPY_DEPTH_MAX 128u /* folders in folders: each holds an fd and some 20 KB of stack */

struct copy {
	struct files files;
	struct progress progress;
	bool over; /* nothing more can be copied: the connection or this side has failed */
};

/* True where a pattern of --exclude matches the entry's name, or its path below the folder that is copied. */
bool copy_is_excluded(const struct string_list *patterns, const char *path);

/* The last part of a path; "" where it ends in none (/, . and ..). It is written to dst. */
bool copy_last_name(const char *path, char dst[PITH_PATH_SIZE]);

/* These three tell what went wrong, and set .over where nothing more can be copied. */
void copy_refused(struct copy *copy, const char *path, const struct pith_error *err);
void copy_failed_here(struct copy *copy, const char *path, const char *sentence, int error);
void copy_left_out(struct copy *copy, const char *path, const char *why);

/* count words from here, or -, to the path in the guest. */
void copy_up(struct copy *copy, char *const *words, size_t count, const char *to);
/* count paths of the guest to a path here, or -. */
void copy_down(struct copy *copy, char *const *words, size_t count, const char *to);
