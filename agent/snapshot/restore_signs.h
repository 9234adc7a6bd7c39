/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders of a hypervisor's signs of a restore. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VMCLOCK_SIZE 112u	/* bytes up to and including the counter */

/* The page of /dev/vmclock0: the counter of restores. False: it is no such page, or has none, or is being changed. */
bool restore_signs_vmclock(const volatile uint8_t *page, uint64_t *ret);

struct kmsg_record;

/* What the kernel says when the VM generation id is new. It may be said by nobody else. */
bool restore_signs_kmsg(const struct kmsg_record *record);
