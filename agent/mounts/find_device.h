/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a block device by its file system's label or UUID, and waiting for it. Blocking: for jobs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/mounts/superblock.h"

#define FIND_DEVICE_PATH_SIZE 280	/* "/dev/" and a name */

/*
 * Resolves source: a path stays as it is; for a tag (superblock_is_tag()) the first device by name whose superblock has
 * the tag. Waits for the device until deadline_us (CLOCK_BOOTTIME). 0 or -errno; -ENOENT: no such device by then.
 */
int find_device(const char *source, int64_t deadline_us, char *ret, size_t size);

/* Reads the device's superblock. 0 or -errno; -EINVAL: no file system that superblock.h knows. */
int find_device_probe(const char *path, struct superblock *ret);
