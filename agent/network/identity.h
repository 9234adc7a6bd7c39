/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who this guest is: host name, ids, hosts, resolver. Plain blocking calls for a job (agent/core/job.h): what they write may lie on a
 * disk that hangs.
 *
 * Each leaves alone what is as it should be, and then *ret_changed is false. 0 or -errno. Values have passed the checks of
 * identity_text.h.
 *
 * How a file gets its text: a new file in its place, at once (rename). If it is a symbolic link, that happens where the link leads, and
 * missing directories on the way are made. Where nothing can be written (a read-only root, a file that is a mount), a file of
 * /run/pith/etc is mounted over it; the next text goes into that file.
 */
#pragma once

#include <stdbool.h>

#include "agent/network/identity_text.h"

/* The kernel's, and /etc/hostname; -EROFS or the like of the file means that the kernel's is set all the same. */
int identity_set_hostname(const char *name, bool *ret_changed);

/* /etc/hosts. The host name is the kernel's: set it before. */
int identity_set_hosts(const struct pair_list *hosts, bool *ret_changed);

/* /etc/resolv.conf. */
int identity_set_dns(const struct config_dns *dns, bool *ret_changed);

/* /etc/machine-id, and D-Bus's own copy where that is a file of its own. */
int identity_set_machine_id(const char *id, bool *ret_changed);

/* What /proc/sys/kernel/random/boot_id tells from now on: a file of /run/pith is mounted over it. */
int identity_set_boot_id(const char *id, bool *ret_changed);

/* Random ones, for who is given none. 0 or -errno. */
int identity_new_machine_id(char ret[IDENTITY_MACHINE_ID_SIZE]);
int identity_new_boot_id(char ret[IDENTITY_UUID_SIZE]);
