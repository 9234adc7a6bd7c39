/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel modules that the image wants loaded at boot. */
#pragma once

/*
 * One module per line: an absolute path, and parameters after a space; `#` starts a comment line. Loaded in order; they are
 * listed with their dependencies before them. No such file means no modules.
 */
#define MODULES_LIST "/usr/lib/pith/modules"
/* Some 300 modules of the usual path length. */
#define MODULES_LIST_MAX (32u << 10)

/* What fails is logged by name; the rest goes on. */
void modules_load(void);
