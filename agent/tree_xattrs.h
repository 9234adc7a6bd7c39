/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes on their way to an archive. */
#pragma once

#include "buf.h"

/* As pax records; of the fd, or (path is not NULL) of what that path names, be it a link. 0 or -errno. */
int tree_put_xattrs(struct buf *records, int fd, const char *path);
