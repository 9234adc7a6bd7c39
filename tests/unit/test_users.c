/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/spawn/users.c common/fmt.c */
/* Claims about who a spec is, by the text of passwd and group files, well formed or not. */
#include "agent/spawn/users.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness/tap.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "# a comment\n"
			     "\n"
			     "alice:x:1000:1001:Alice,,,:/home/alice:/bin/zsh\n"
			     "bare:x:1002:1002\n"
			     "empty:x:1003:1003:::\n"
			     "42:x:4200:4201::/home/number:/bin/sh\n"
			     "last:x:65534:65534::/:/sbin/nologin";
static const char group[] = "root:x:0:\n"
			    "alice:x:1001:\n"
			    "audio:x:29:bob,alice\n"
			    "video:x:44:alice\n"
			    "almost:x:45:alic,alicea,xalice\n"
			    "none:x:46\n"
			    "own:x:1001:alice\n"
			    "bad:x:-3:alice\n"
			    "77:x:7700:\n"
			    "end:x:50:,alice,";

static struct user found(const char *spec)
{
	struct user user = { 0 };

	REQUIRE_INT(users_resolve(spec, passwd, group, &user), ==, USERS_OK);
	return user;
}

static enum users_result result(const char *spec, const char *passwd_text, const char *group_text)
{
	struct user user;

	memset(&user, 0x5a, sizeof(user));
	enum users_result r = users_resolve(spec, passwd_text, group_text, &user);

	/* Only written when there is one. */
	if (r != USERS_OK)
		for (size_t i = 0; i < sizeof(user); i++)
			if (!CHECK(((const unsigned char *)&user)[i] == 0x5a))
				break;
	return r;
}

TEST(a_name_is_found_with_all_its_fields)
{
	struct user user = found("alice");

	CHECK_INT(user.uid, ==, 1000);
	CHECK_INT(user.gid, ==, 1001);
	CHECK_STR(user.name, "alice");
	CHECK_STR(user.home, "/home/alice");
	CHECK_STR(user.shell, "/bin/zsh");
}

TEST(a_uid_is_the_same_user_as_its_name)
{
	struct user by_name = found("alice"), by_uid = found("1000");

	CHECK_INT(by_uid.gid, ==, 1001);
	CHECK_STR(by_uid.name, "alice");
	CHECK_INT(by_uid.group_count, ==, by_name.group_count);
	CHECK_STR(found("0").shell, "/bin/bash");
}

TEST(a_uid_without_an_entry_stands_for_itself_and_has_no_other_groups)
{
	const char *member = "trap:x:9:555\n";
	struct user user = found("555");

	CHECK_INT(user.uid, ==, 555);
	CHECK_INT(user.gid, ==, 555);
	CHECK_STR(user.name, "555");
	CHECK_STR(user.home, "/");
	CHECK_STR(user.shell, "/bin/sh");
	/* A group whose member is called 555 does not mean whoever has that number. */
	REQUIRE_INT(users_resolve("555", passwd, member, &user), ==, USERS_OK);
	CHECK_INT(user.group_count, ==, 1);
}

TEST(the_groups_are_the_own_one_and_those_that_name_the_user_each_once)
{
	struct user user = found("alice");
	static const gid_t groups[] = { 1001, 29, 44, 50 };

	REQUIRE_INT(user.group_count, ==, 4);
	CHECK_MEM(user.groups, groups, sizeof(groups));
}

TEST(a_group_that_is_listed_twice_counts_once)
{
	struct user user;

	REQUIRE_INT(users_resolve("alice", passwd, "a:x:7:alice\nb:x:7:alice\na:x:7:alice,alice\n", &user), ==, USERS_OK);
	CHECK_INT(user.group_count, ==, 2);
}

TEST(a_spec_with_a_group_replaces_the_primary_one)
{
	CHECK_INT(found("alice:video").gid, ==, 44);
	CHECK_INT(found("alice:video").groups[0], ==, 44);
	CHECK_INT(found("1000:29").gid, ==, 29);
	CHECK_INT(found("1000:31337").gid, ==, 31337);
	CHECK_INT(found("7:8").uid, ==, 7);
	CHECK_INT(found("7:8").gid, ==, 8);
}

TEST(a_name_that_is_a_number_wins_over_the_number)
{
	CHECK_INT(found("42").uid, ==, 4200);
	CHECK_STR(found("42").home, "/home/number");
	CHECK_INT(found("root:77").gid, ==, 7700);
}

TEST(missing_fields_have_defaults)
{
	CHECK_STR(found("bare").home, "/");
	CHECK_STR(found("bare").shell, "/bin/sh");
	CHECK_STR(found("empty").home, "/");
	CHECK_STR(found("empty").shell, "/bin/sh");
}

TEST(the_last_line_needs_no_line_break)
{
	CHECK_INT(found("last").uid, ==, 65534);
	CHECK_INT(found("root:end").gid, ==, 50);
}

TEST(unknown_users_and_groups_are_told_apart)
{
	CHECK_INT(result("nobody", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("alic", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("alicee", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("nobody:video", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("alice:nogroup", passwd, group), ==, USERS_NO_GROUP);
	CHECK_INT(result("alice:video:x", passwd, group), ==, USERS_NO_GROUP);
	CHECK_INT(result("alice", "", ""), ==, USERS_NO_USER);
}

TEST(an_empty_name_is_nobody_also_where_a_line_has_one)
{
	static const char nameless[] = ":x:0:0:::\n\n:::\n";

	CHECK_INT(result("", nameless, nameless), ==, USERS_NO_USER);
	CHECK_INT(result(":0", nameless, nameless), ==, USERS_NO_USER);
	CHECK_INT(result("1:", nameless, ":x:0:\n"), ==, USERS_NO_GROUP);
}

TEST(malformed_lines_are_passed_over)
{
	static const char bad[] = "alice\n"
				  "alice:x\n"
				  "alice:x:\n"
				  "alice:x:1:\n"
				  "alice:x:one:1::/:/bin/sh\n"
				  "alice:x:1:0x1::/:/bin/sh\n"
				  "alice:x: 1:1::/:/bin/sh\n"
				  "alice:x:-1:1::/:/bin/sh\n"
				  "alice:x:+1:1::/:/bin/sh\n"
				  " alice:x:2:2::/:/bin/sh\n"
				  "+alice::::::\n"
				  "::::::::::::::::::::::::\n"
				  "alice:x:3:4:::::::::more:than:there:are\n";
	struct user user;

	REQUIRE_INT(users_resolve("alice", bad, "alice\nalice:x\nalice:x:nine:alice\n", &user), ==, USERS_OK);
	CHECK_INT(user.uid, ==, 3);
	CHECK_INT(user.gid, ==, 4);
	CHECK_INT(user.group_count, ==, 1);
}

TEST(ids_end_below_the_one_that_means_leave_it)
{
	struct user user;

	CHECK_INT(found("4294967294").uid, ==, UINT32_MAX - 1);
	CHECK_INT(result("4294967295", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("4294967296", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("99999999999999999999999", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("-1", passwd, group), ==, USERS_NO_USER);
	CHECK_INT(result("0:4294967295", passwd, group), ==, USERS_NO_GROUP);
	CHECK_INT(result("0:-1", passwd, group), ==, USERS_NO_GROUP);
	CHECK_INT(result("big", "big:x:4294967295:1::/:\nbig:x:1:4294967295::/:\n", group), ==, USERS_NO_USER);
	REQUIRE_INT(users_resolve("0", passwd, "x:x:4294967295:root\ny:x:99999999999:root\n", &user), ==, USERS_OK);
	CHECK_INT(user.group_count, ==, 1);
}

TEST(more_groups_than_there_is_room_for_are_left_out)
{
	static char many[8192];
	struct user user;
	size_t used = 0;

	for (int i = 0; i < 200; i++)
		used += (size_t)snprintf(many + used, sizeof(many) - used, "g%d:x:%d:alice\n", i, 2000 + i);
	REQUIRE_INT(users_resolve("alice", passwd, many, &user), ==, USERS_OK);
	REQUIRE_INT(user.group_count, ==, USERS_GROUPS);
	CHECK_INT(user.groups[0], ==, 1001);
	CHECK_INT(user.groups[USERS_GROUPS - 1], ==, 2000 + USERS_GROUPS - 2);
}

TEST(fields_too_long_to_keep_are_not_cut_but_replaced)
{
	static char text[4096];
	static char longest[USERS_TEXT_SIZE + 1];
	struct user user;

	memset(longest, 'n', USERS_TEXT_SIZE);
	snprintf(text, sizeof(text), "%s:x:5:5::/%s:/%s\n", longest, longest, longest);
	REQUIRE_INT(users_resolve("5", text, "g:x:6:,\n", &user), ==, USERS_OK);
	CHECK_STR(user.name, "5");
	CHECK_STR(user.home, "/");
	CHECK_STR(user.shell, "/bin/sh");
	CHECK_INT(user.group_count, ==, 1);
	longest[USERS_TEXT_SIZE - 1] = '\0';
	snprintf(text, sizeof(text), "%s:x:5:5::%s:\n", longest, longest);
	REQUIRE_INT(users_resolve("5", text, "", &user), ==, USERS_OK);
	CHECK_STR(user.name, longest);
	CHECK_STR(user.home, longest);
}
