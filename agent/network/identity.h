/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's identity: host name, ids, /etc/hosts, resolver. Blocking calls for a job (agent/core/job.h), as the files
 * may lie on a disk that hangs.
 *
 * A function changes nothing if the guest has the value already; *ret_changed is false then. Each returns 0 or -errno,
 * and expects values that passed the checks of identity_text.h.
 *
 * How a file is written: a new file replaces the old one by rename(2). If the path is a symbolic link, the file that
 * the link leads to is replaced, and missing directories of its path are made. Where the file cannot be replaced (a
 * read-only root, a mount point), a file of /run/pith/etc is mounted over it, and the next text is written into the
 * mounted file.
 */
#pragma once

#include <stdbool.h>

#include "agent/network/identity_text.h"

/* Sets the kernel's host name, then writes /etc/hostname. The kernel's is set even if the file fails (-EROFS and others). */
int identity_set_hostname(const char *name, bool *ret_changed);

/* Writes /etc/hosts. The kernel's host name gets a line, so identity_set_hostname() comes first. */
int identity_set_hosts(const struct pair_list *hosts, bool *ret_changed);

/* Writes /etc/resolv.conf. */
int identity_set_dns(const struct config_dns *dns, bool *ret_changed);

/* Writes /etc/machine-id, and D-Bus's own file where it is no link. */
int identity_set_machine_id(const char *id, bool *ret_changed);

/* Sets the text of /proc/sys/kernel/random/boot_id: a file of /run/pith/etc is mounted over it. */
int identity_set_boot_id(const char *id, bool *ret_changed);

/* Makes random ids, where a request gives none. 0 or -errno. */
int identity_new_machine_id(char ret[IDENTITY_MACHINE_ID_SIZE]);
int identity_new_boot_id(char ret[IDENTITY_UUID_SIZE]);
