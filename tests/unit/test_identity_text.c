/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/network/identity_text.c common/netlink/netaddr.c common/fmt.c */
/* Claims about what the files of a guest's identity look like. */
#include "agent/network/identity_text.h"

#include <errno.h>
#include <string.h>

#include "tests/harness/tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char long_label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

TEST(a_host_name_is_labels_and_dots_and_at_most_64_bytes)
{
	static const char *const good[] = { "a", "web-1", "web-1.example.org", "A_b", "1" };
	static const char *const wrong[] = { "", ".", "a.", ".a", "a..b", "-a", "a.-b", "a b", "a\nb", "a/b", "h\xc3\xa9", long_label };

	for (size_t i = 0; i < COUNT(good); i++)
		CHECK_STR(identity_check_hostname(good[i]), NULL);
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (!CHECK(identity_check_hostname(wrong[i])))
			tap_diag("%s", wrong[i]);
}

TEST(ids_have_their_one_spelling)
{
	CHECK_STR(identity_check_machine_id("0123456789abcdef0123456789abcdef"), NULL);
	CHECK(identity_check_machine_id("0123456789abcdef0123456789abcde"));
	CHECK(identity_check_machine_id("0123456789abcdef0123456789abcdeF"));
	CHECK(identity_check_machine_id("0123456789abcdef0123456789abcde\n"));
	CHECK_STR(identity_check_boot_id("01234567-89ab-4def-8123-456789abcdef"), NULL);
	CHECK(identity_check_boot_id("01234567-89ab-4def-8123-456789abcdeF"));
	CHECK(identity_check_boot_id("01234567089ab-4def-8123-456789abcdef"));
	CHECK(identity_check_boot_id("01234567-89ab-4def-8123-456789abcdef0"));
}

TEST(ids_of_random_bytes_are_version_4_and_pass_the_checks)
{
	static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	char id[IDENTITY_MACHINE_ID_SIZE], uuid[IDENTITY_UUID_SIZE];

	identity_uuid_text(ones, uuid);
	CHECK_STR(uuid, "ffffffff-ffff-4fff-bfff-ffffffffffff");
	CHECK_STR(identity_check_boot_id(uuid), NULL);
	identity_machine_id_text(ones, id);
	CHECK_STR(id, "ffffffffffff4fffbfffffffffffffff");
	CHECK_STR(identity_check_machine_id(id), NULL);
}

TEST(hosts_has_localhost_first_then_what_was_given_and_the_host_name_once)
{
	const char *keys[] = { "10.0.0.5", "fd00::5" }, *values[] = { "db db.local", "box2 box" };
	struct pair_list hosts = { 2, keys, values };
	char text[512];

	CHECK_INT(identity_hosts_text(&hosts, "web", text, sizeof(text)), ==, 0);
	CHECK_STR(text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tweb\n10.0.0.5\tdb db.local\n"
			"fd00::5\tbox2 box\n");
	CHECK_INT(identity_hosts_text(&hosts, "box", text, sizeof(text)), ==, 0);
	CHECK(!strstr(text, "127.0.1.1"));
	CHECK_INT(identity_hosts_text(&hosts, "bo", text, sizeof(text)), ==, 0);
	CHECK(strstr(text, "127.0.1.1\tbo\n"));
	hosts.count = 0;
	CHECK_INT(identity_hosts_text(&hosts, "", text, sizeof(text)), ==, 0);
	CHECK_STR(text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	CHECK_INT(identity_hosts_text(&hosts, "localhost", text, sizeof(text)), ==, 0);
	CHECK(!strstr(text, "127.0.1.1"));
}

/* Whoever is root in the guest may have set it: sethostname("", 0). */
TEST(a_guest_without_a_name_has_its_hosts_all_the_same)
{
	const char *keys[] = { "10.0.0.5" }, *values[] = { "db" };
	struct pair_list hosts = { 1, keys, values };
	char text[512];

	CHECK_INT(identity_hosts_text(&hosts, "", text, sizeof(text)), ==, 0);
	CHECK_STR(text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.5\tdb\n");
}

TEST(a_file_that_does_not_fit_is_an_error_and_not_cut)
{
	const char *keys[] = { "10.0.0.5" }, *values[] = { "db" };
	struct pair_list hosts = { 1, keys, values };
	char text[512];
	size_t len;

	REQUIRE_INT(identity_hosts_text(&hosts, "web", text, sizeof(text)), ==, 0);
	len = strlen(text);
	CHECK_INT(identity_hosts_text(&hosts, "web", text, len + 1), ==, 0);
	for (size_t size = 1; size <= len; size++)
		if (!CHECK_INT(identity_hosts_text(&hosts, "web", text, size), ==, -EFBIG))
			break;
}

TEST(what_cannot_stand_in_a_line_of_hosts_is_refused)
{
	CHECK_STR(identity_check_hosts_address("fd00::5"), NULL);
	CHECK(identity_check_hosts_address("10.0.0.5/8"));
	CHECK(identity_check_hosts_address("#"));
	CHECK_STR(identity_check_hosts_names("db db.local"), NULL);
	CHECK(identity_check_hosts_names(""));
	CHECK(identity_check_hosts_names("db  two"));
	CHECK(identity_check_hosts_names(" db"));
	CHECK(identity_check_hosts_names("db "));
	CHECK(identity_check_hosts_names("db\n10.0.0.1 bank"));
	CHECK(identity_check_hosts_names("db\tx"));
	CHECK(identity_check_hosts_names("db#x"));
}

TEST(the_resolvers_file_has_search_servers_and_options)
{
	const char *servers[] = { "10.0.2.3", "fd00::3" }, *search[] = { "corp.example", "example" }, *options[] = { "ndots:2" };
	struct config_dns dns = { .f_servers = { 2, servers }, .f_search = { 2, search }, .f_options = { 1, options } };
	char text[256];

	CHECK_INT(identity_dns_text(&dns, text, sizeof(text)), ==, 0);
	CHECK_STR(text, "search corp.example example\nnameserver 10.0.2.3\nnameserver fd00::3\noptions ndots:2\n");
	dns = (struct config_dns){ 0 };
	CHECK_INT(identity_dns_text(&dns, text, sizeof(text)), ==, 0);
	CHECK_STR(text, "");
}

TEST(what_cannot_stand_in_the_resolvers_file_is_refused)
{
	CHECK_STR(identity_check_server("::1"), NULL);
	CHECK(identity_check_server("dns.example"));
	CHECK(identity_check_server("1.1.1.1\nnameserver 2.2.2.2"));
	CHECK_STR(identity_check_search("."), NULL);
	CHECK(identity_check_search("a b"));
	CHECK_STR(identity_check_option("timeout:1"), NULL);
	CHECK_STR(identity_check_option("edns0"), NULL);
	CHECK(identity_check_option(""));
	CHECK(identity_check_option("a b"));
	CHECK(identity_check_option("a\n"));
	CHECK(identity_check_option("a234567890123456789012345678901234567890123456789012345678901234x"));
}
