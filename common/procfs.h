/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

/* As io_read_text() and io_write_text(), for paths that begin with /proc. Where root in the guest has unmounted it, it is mounted again. */
ssize_t procfs_read_text(const char *path, char *buf, size_t size);
int procfs_write_text(const char *path, const char *text);

/* A new fd that reads it, or -errno. */
int procfs_open(const char *path);
