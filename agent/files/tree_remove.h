/* SPDX-License-Identifier: Apache-2.0 */
/* Removal of a name and of everything below it. */
#pragma once

#include <stdbool.h>

#include "agent/files/worker_main.h"
#include "common/archive/path.h"

struct tree_removal {
	struct worker_self *work;
	bool cross;			/* empties mounted file systems too; none is unmounted */
	char failed[PATH_NAME_SIZE];	/* the name whose removal failed */
};

/* Removes a name of a directory; success if the name does not exist. 0 or -errno; -ECANCELED: the host no longer waits. */
int tree_remove(struct tree_removal *removal, int dir_fd, const char *name);
