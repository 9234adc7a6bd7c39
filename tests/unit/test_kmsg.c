/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/core/kmsg.c */
/* Claims about records of the kernel's log. */
#include "agent/core/kmsg.h"

#include <string.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

static bool parse(const char *text, char *bytes, size_t size, struct kmsg_record *ret)
{
	REQUIRE(strlen(text) < size);
	memcpy(bytes, text, strlen(text) + 1);
	return kmsg_parse(bytes, ret);
}

TEST(a_record_is_taken_apart_and_its_dictionary_is_left)
{
	char bytes[128];
	struct kmsg_record record;

	REQUIRE(parse("6,339,5140900,-;NET: Registered\n SUBSYSTEM=net\n DEVICE=x\n", bytes, sizeof(bytes), &record));
	CHECK_INT(record.level, ==, 6);
	CHECK_INT(record.sequence, ==, 339);
	CHECK_INT(record.at_us, ==, 5140900);
	CHECK(!record.is_user);
	CHECK_STR(record.text, "NET: Registered");
}

TEST(who_wrote_it_is_told_by_the_upper_bits_of_the_priority)
{
	char bytes[128];
	struct kmsg_record record;

	REQUIRE(parse("12,1,0,-,caller=T1;pith-init: a; b", bytes, sizeof(bytes), &record));
	CHECK_INT(record.level, ==, 4);
	CHECK(record.is_user);
	CHECK_STR(record.text, "pith-init: a; b");
	REQUIRE(parse("7,18446744073709551600,0,-;", bytes, sizeof(bytes), &record));
	CHECK_STR(record.text, "");
}

TEST(what_is_no_record_is_refused_and_nothing_is_written)
{
	static const char *const texts[] = {
		"", "6", "6,", "6,1,2", "6,1,2,-", ",1,2,-;x", "6,,2,-;x", "6,1,x,-;x", "-6,1,2,-;x",
		"6,1,99999999999999999999999,-;x", "6 ,1,2,-;x", ";",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct kmsg_record record = { .sequence = 77 };
		char bytes[128];

		if (!CHECK(!parse(texts[i], bytes, sizeof(bytes), &record)))
			tap_diag("%s", texts[i]);
		CHECK_INT(record.sequence, ==, 77);
	}
}
