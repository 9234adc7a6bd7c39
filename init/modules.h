/* SPDX-License-Identifier: Apache-2.0 */
/* The list of kernel modules to load at boot. */
#pragma once

/*
 * One module per line: an absolute path, and parameters after a space; `#` starts a comment line. Modules are loaded in order,
 * so the list has dependencies first. Without this file no module is loaded.
 */
#define MODULES_LIST "/usr/lib/pith/modules"
/* Bytes of the list that are read: about 300 modules. */
#define MODULES_LIST_MAX (32u << 10)

/* A module that cannot be loaded is logged by name; the others are still loaded. */
void modules_load(void);
