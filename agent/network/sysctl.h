/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the kernel below /proc/sys. */
#pragma once

#include <stdbool.h>

/*
 * "net.ipv4.ip_forward", or "net/ipv4/conf/eth0.5/forwarding" where a name has dots. NULL, or what is wrong as words to stand behind
 * the key; static storage.
 */
const char *sysctl_check(const char *key);

/* Is it below that directory: sysctl_is_below(key, "net"). */
bool sysctl_is_below(const char *key, const char *directory);

/* Writes the value unless it is that already (blanks count as one). Blocking, for jobs. 0 or -errno. */
int sysctl_set(const char *key, const char *value, bool *ret_changed);
