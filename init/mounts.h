/* SPDX-License-Identifier: Apache-2.0 */
/* The file systems that every process of the guest expects, and the nodes and links below /dev and /run. */
#pragma once

/* A failed row is logged by name; the others are still done. */
void mounts_early(void);

/* Moves the early mounts, with the mounts below them, into another root. A failed move is logged by name. */
void mounts_move(const char *root);
