/* SPDX-License-Identifier: Apache-2.0 */
/* File systems with something to lose, put away in the reverse order of their mounting. */
#pragma once

/* /proc/self/mounts is read so much at a time: some 500 mounts. */
#define UNMOUNT_LIST_MAX (64u << 10)
/* How often the list is read again while mounts go. */
#define UNMOUNT_ROUNDS 16

/* May block on a slow disk or a dead server: run it in a child. */
void unmount_all(void);
