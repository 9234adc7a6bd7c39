/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a name with all that is below it. */
#pragma once

#include <stdbool.h>

#include "agent/files/worker_main.h"
#include "common/archive/path.h"

struct tree_removal {
	struct worker_self *work;
	bool cross;			/* also what is mounted there: emptied, not unmounted */
	char failed[PATH_NAME_SIZE];	/* the name at which it ended */
};

/* Removes a name of a directory; one that is gone is removed. 0 or -errno; -ECANCELED: the host waits no more. */
int tree_remove(struct tree_removal *removal, int dir_fd, const char *name);
