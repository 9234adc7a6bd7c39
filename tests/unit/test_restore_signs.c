/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/snapshot/restore_signs.c agent/core/kmsg.c common/fmt.c */
#include "agent/snapshot/restore_signs.h"

#include <string.h>

#include "agent/core/kmsg.h"
#include "common/fmt.h"
#include "tests/harness/tap.h"

static uint8_t page[4096];

static void put(size_t at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		page[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

static void make_page(uint64_t generation)
{
	memset(page, 0, sizeof(page));
	put(0, 0x4b4c4356, 4);
	put(4, sizeof(page), 4);
	put(24, 1 << 8, 8);
	put(104, generation, 8);
}

TEST(the_counter_of_a_clock_page_is_read)
{
	uint64_t value = 0;

	make_page(0x1122334455667788);
	CHECK(restore_signs_vmclock(page, &value));
	CHECK_INT(value, ==, 0x1122334455667788);
}

TEST(a_page_without_the_mark_the_size_or_the_counter_is_none)
{
	uint64_t value = 7;

	make_page(1);
	page[0] ^= 1;
	CHECK(!restore_signs_vmclock(page, &value));
	make_page(1);
	put(4, 111, 4);
	CHECK(!restore_signs_vmclock(page, &value));
	make_page(1);
	put(24, 0, 8);
	CHECK(!restore_signs_vmclock(page, &value));
	CHECK_INT(value, ==, 7);
}

TEST(a_page_that_is_being_changed_all_the_time_is_given_up)
{
	uint64_t value;

	make_page(1);
	put(12, 3, 4);
	CHECK(!restore_signs_vmclock(page, &value));
}

static bool is_new_vm(const char *line)
{
	struct kmsg_record record;
	char bytes[128];

	fmt_text(bytes, sizeof(bytes), "%s\n", line);
	return kmsg_parse(bytes, &record) && restore_signs_kmsg(&record);
}

TEST(the_kernels_word_of_a_new_generation_id_is_known_and_nobody_elses)
{
	CHECK(is_new_vm("5,372,4139,-;random: crng reseeded due to virtual machine fork"));
	/* Written to /dev/kmsg by a program: the facility tells. */
	CHECK(!is_new_vm("13,372,4139,-;random: crng reseeded due to virtual machine fork"));
	CHECK(!is_new_vm("5,372,4139,-;random: crng reseeded on system resumption"));
	CHECK(!is_new_vm("5,372,4139,-;x: random: crng reseeded due to virtual machine fork"));
	CHECK(!is_new_vm("5,372,4139,-;random: crng reseeded due to virtual machine fork x"));
}
