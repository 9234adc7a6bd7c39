/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders of a hypervisor's signs of a restore. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VMCLOCK_SIZE 112u	/* bytes up to and including the counter */

/* Reads the restore counter of the page /dev/vmclock0. False: no such page, no counter, or the page is being changed. */
bool vmclock_read(const volatile uint8_t *page, uint64_t *ret);

struct kmsg_record;

/* True: the kernel's record of a new VM generation id. Records of user space do not count. */
bool kmsg_is_new_vm(const struct kmsg_record *record);
