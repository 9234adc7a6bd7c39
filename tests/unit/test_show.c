/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/cli/show.c */
#include "host/cli/show.h"

#include <stdlib.h>
#include <time.h>

#include "tests/harness/tap.h"

static void check_mode(enum pith_file_type type, uint32_t mode, const char *expected)
{
	struct pith_file file = { .type = type, .mode = mode };
	char text[SHOW_MODE_SIZE];

	CHECK_STR(show_mode(&file, text), expected);
}

TEST(modes_look_as_in_ls)
{
	check_mode(PITH_FILE_REGULAR, 0644, "-rw-r--r--");
	check_mode(PITH_FILE_DIRECTORY, 01777, "drwxrwxrwt");
	check_mode(PITH_FILE_REGULAR, 06755, "-rwsr-sr-x");
	check_mode(PITH_FILE_REGULAR, 07000, "---S--S--T");
	check_mode(PITH_FILE_SYMLINK, 0777, "lrwxrwxrwx");
}

TEST(times_before_1970_are_rounded_down)
{
	char text[SHOW_TIME_SIZE];

	setenv("TZ", "UTC", 1);
	tzset();
	CHECK_STR(show_time(0, text), "1970-01-01 00:00:00");
	CHECK_STR(show_time(999999, text), "1970-01-01 00:00:00");
	CHECK_STR(show_time(-1, text), "1969-12-31 23:59:59");
	CHECK_STR(show_time(-1000000, text), "1969-12-31 23:59:59");
	CHECK_STR(show_time(-1000001, text), "1969-12-31 23:59:58");
}
