/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounts file systems with data on a disk or server, the last mounted one first. */
#pragma once

/* Bytes of /proc/self/mounts that are read: about 500 mounts. */
#define UNMOUNT_LIST_MAX (64u << 10)
/* How many times the list is read, as long as a round removes mounts. */
#define UNMOUNT_ROUNDS 16

/* Wait for one unmount; a slower unmount goes on in its child while the next ones begin. */
#define UNMOUNT_ONE_MS 1000

/* Both calls may block on a slow disk or a dead server: call them in a child. */
void unmount_all(void);

/* Thaws file systems that a snapshot froze: else processes that wait for a write could not end, and sync(2) would block. */
void unmount_thaw(void);
