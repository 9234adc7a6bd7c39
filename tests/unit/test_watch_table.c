/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/files/watch_table.c common/fmt.c */
/* Claims about the table of watches, against a plain array that does the same. */
#include "agent/files/watch_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness/tap.h"

#define MAX 50
#define NUMBERS 200

TEST(it_holds_what_it_was_given_through_10000_random_changes)
{
	char model[NUMBERS][32] = { 0 };
	struct watch_table t;
	size_t count = 0;

	REQUIRE(watch_table_init(&t, MAX) == 0);
	srand(1);
	for (int i = 0; i < 10000; i++) {
		int wd = rand() % NUMBERS;

		if (rand() % 2) {
			bool is_full = !model[wd][0] && count == MAX;

			count += !model[wd][0] && !is_full;
			if (!is_full)
				snprintf(model[wd], sizeof(model[wd]), "path%d", i);
			CHECK_INT(watch_table_set(&t, wd, is_full ? "x" : model[wd]), ==, is_full ? -ENOSPC : 0);
		} else {
			count -= model[wd][0] != '\0';
			model[wd][0] = '\0';
			watch_table_remove(&t, wd);
		}
		CHECK_INT(t.count, ==, count);
		for (int n = 0; i % 50 == 0 && n < NUMBERS; n++)
			CHECK_STR(watch_table_path(&t, n), model[n][0] ? model[n] : NULL);
	}
	watch_table_deinit(&t);
}

TEST(a_renamed_directory_takes_what_is_below_it_along_and_nothing_else)
{
	static const char *const before[] = { "", "a", "a/b", "a/b/c", "ab", "b/a", "a b" };
	static const char *const after[] = { "", "x/y", "x/y/b", "x/y/b/c", "ab", "b/a", "a b" };
	struct watch_table t;

	REQUIRE(watch_table_init(&t, MAX) == 0);
	for (int i = 0; i < 7; i++)
		REQUIRE(watch_table_set(&t, i, before[i]) == 0);
	CHECK_INT(watch_table_rename(&t, "a", "x/y"), ==, 0);
	for (int i = 0; i < 7; i++)
		CHECK_STR(watch_table_path(&t, i), after[i]);
	watch_table_deinit(&t);
}

TEST(all_watches_at_and_below_a_directory_are_found_once)
{
	struct watch_table t;
	size_t at = 0, found = 0;
	int wd, sum = 0;

	REQUIRE(watch_table_init(&t, MAX) == 0);
	watch_table_set(&t, 1, "");
	watch_table_set(&t, 2, "a");
	watch_table_set(&t, 4, "a/b");
	watch_table_set(&t, 8, "ab");
	while ((wd = watch_table_below(&t, "a", &at)) >= 0) {
		sum += wd;
		found++;
	}
	CHECK_INT(found, ==, 2);
	CHECK_INT(sum, ==, 6);
	watch_table_deinit(&t);
}
