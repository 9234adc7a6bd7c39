/* SPDX-License-Identifier: Apache-2.0 */
/* File systems with something to lose, put away in the reverse order of their mounting. */
#pragma once

/* /proc/self/mounts is read so much at a time: some 500 mounts. */
#define UNMOUNT_LIST_MAX (64u << 10)
/* How often the list is read again while mounts go. */
#define UNMOUNT_ROUNDS 16

/* One that takes longer goes on by itself while the next ones are unmounted. */
#define UNMOUNT_ONE_MS 1000

/* Both may block on a slow disk or a dead server: run them in a child. */
void unmount_all(void);

/* What was frozen for a snapshot is written to again: else nobody who waits there could end, and sync would wait for ever. */
void unmount_thaw(void);
