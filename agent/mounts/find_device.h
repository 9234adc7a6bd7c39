/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices by what is on them, and waiting for those that come. Blocking: for jobs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/mounts/superblock.h"

#define FIND_DEVICE_PATH_SIZE 280	/* "/dev/" and a name */

/*
 * The device that source means: its path as it is, or the first by name whose superblock has the tag (superblock_is_tag()). Waits for it to
 * appear up to the deadline (CLOCK_BOOTTIME). 0, or -errno: -ENOENT when there is none by then.
 */
int find_device(const char *source, int64_t deadline_us, char *ret, size_t size);

/* What is on the device. 0, or -errno; -EINVAL: nothing that we know. */
int find_device_probe(const char *path, struct superblock *ret);
