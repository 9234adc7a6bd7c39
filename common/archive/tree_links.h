/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several names that were met in a tree. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "common/archive/tar.h"
#include "common/buf.h"

#define TREE_LINKS_BUCKETS 4096u

struct tree_links {
	size_t bucket[TREE_LINKS_BUCKETS];
	struct buf notes;
};

/* Their names may take so many bytes. End with buf_deinit(&links->notes). */
void tree_links_init(struct tree_links *links, size_t notes_max);

/* True: it was met already, under the name in ret. Else it is noted under path, as long as there is room. */
bool tree_links_find(struct tree_links *links, const struct stat *st, const char *path, char ret[TAR_PATH_SIZE]);
