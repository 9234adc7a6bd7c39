/* SPDX-License-Identifier: Apache-2.0 */
/* sysctls: settings of the kernel in /proc/sys. */
#pragma once

#include <stdbool.h>

/*
 * A key is "net.ipv4.ip_forward", or "net/ipv4/conf/eth0.5/forwarding" where a name has dots. Returns NULL, or what is
 * wrong, worded to follow the key; the string is static.
 */
const char *sysctl_check(const char *key);

/* True: the key is below the directory, as in sysctl_is_below(key, "net"). */
bool sysctl_is_below(const char *key, const char *directory);

/* Writes the value unless the file has it already; runs of blanks count as one. Blocking, for jobs. 0 or -errno. */
int sysctl_set(const char *key, const char *value, bool *ret_changed);
