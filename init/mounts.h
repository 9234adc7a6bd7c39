/* SPDX-License-Identifier: Apache-2.0 */
/* The file systems that every process of the guest expects, and the nodes and links below /dev and /run. */
#pragma once

/* What fails is logged by name; the rest goes on. */
void mounts_early(void);

/* Takes those that are mounts along into another root, with what is mounted below them. What fails is logged by name. */
void mounts_move(const char *root);
