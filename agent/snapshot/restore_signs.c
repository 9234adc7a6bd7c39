/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the byte layout of the vmclock page and the text of the kernel's record. Never: trusts a page with wrong marks. */
#include "agent/snapshot/restore_signs.h"

#include <string.h>

#include "agent/core/kmsg.h"

#define MAGIC 0x4b4c4356u	/* "VCLK" */
#define AT_SEQUENCE 12
#define AT_FLAGS 24
#define AT_GENERATION 104
#define HAS_GENERATION (1u << 8)
/* A change by the hypervisor is short; a page that is being changed at each of 16 reads is broken. */
#define TRIES 16

static uint64_t get(const volatile uint8_t *at, int bytes)
{
	uint64_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

bool restore_signs_vmclock(const volatile uint8_t *page, uint64_t *ret)
{
	if (get(page, 4) != MAGIC || get(page + 4, 4) < VMCLOCK_SIZE)
		return false;
	for (int i = 0; i < TRIES; i++) {
		uint64_t before = get(page + AT_SEQUENCE, 4), flags, value;

		__sync_synchronize();
		flags = get(page + AT_FLAGS, 8);
		value = get(page + AT_GENERATION, 8);
		__sync_synchronize();
		if ((before & 1) || get(page + AT_SEQUENCE, 4) != before)
			continue;
		if (!(flags & HAS_GENERATION))
			return false;
		*ret = value;
		return true;
	}
	return false;
}

bool restore_signs_kmsg(const struct kmsg_record *record)
{
	return !record->is_user && strcmp(record->text, "random: crng reseeded due to virtual machine fork") == 0;
}
