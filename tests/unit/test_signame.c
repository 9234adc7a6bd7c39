/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/signame.c */
/* Claims about the names of signals. */
#include "common/signame.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

TEST(every_standard_signal_has_a_name_that_leads_back_to_it)
{
	for (int number = 1; number <= 31; number++) {
		const char *name = signame(number);

		REQUIRE(name != NULL);
		CHECK(strncmp(name, "SIG", 3) == 0);
		CHECK_INT(signame_parse(name), ==, number);
		CHECK_INT(signame_parse(name + 3), ==, number);
	}
	CHECK_STR(signame(SIGTERM), "SIGTERM");
	CHECK_STR(signame(SIGSYS), "SIGSYS");
}

TEST(every_number_from_1_to_64_is_understood)
{
	for (int number = 1; number <= 64; number++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", number);
		CHECK_INT(signame_parse(text), ==, number);
	}
}

TEST(real_time_signals_are_counted_from_their_first_and_back_from_their_last)
{
	CHECK_INT(signame_parse("SIGRTMIN"), ==, 34);
	CHECK_INT(signame_parse("RTMIN+0"), ==, 34);
	CHECK_INT(signame_parse("SIGRTMIN+3"), ==, 37);
	CHECK_INT(signame_parse("SIGRTMIN+30"), ==, 64);
	CHECK_INT(signame_parse("SIGRTMAX"), ==, 64);
	CHECK_INT(signame_parse("RTMAX-14"), ==, 50);
	CHECK_INT(signame_parse("SIGRTMAX-30"), ==, 34);
}

TEST(what_is_no_signal_has_no_name)
{
	CHECK(signame(0) == NULL);
	CHECK(signame(-1) == NULL);
	CHECK(signame(32) == NULL);
	CHECK(signame(64) == NULL);
	CHECK(signame(65) == NULL);
	CHECK(signame(2147483647) == NULL);
}

TEST(what_names_no_signal_is_0)
{
	static const char *const bad[] = {
		"", "SIG", "0", "65", "-1", "+9", " 9", "9 ", "9x", "term", "SIGterm", "SIGSIGTERM", "TERMS", "TER", "NULL",
		"99999999999999999999", "4294967305", "0x9",
		"SIGRTMIN+31", "SIGRTMAX-31", "SIGRTMIN-1", "SIGRTMAX+1", "SIGRTMIN+",
		"RTMIN3", "RTMIN+x", "RTMIN+ 3", "RTMIN+99", "SIGRT", "rtmin+3",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!CHECK_INT(signame_parse(bad[i]), ==, 0))
			tap_diag("%s", bad[i]);
}
