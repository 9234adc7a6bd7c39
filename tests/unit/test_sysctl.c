/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/network/sysctl.c common/io.c common/fmt.c */
/* Claims about keys of /proc/sys, and about values that are there already. */
#include "agent/network/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/io.h"
#include "tests/harness/tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TEST(a_key_is_names_with_dots_or_with_slashes_and_never_leaves_proc_sys)
{
	static const char *const good[] = { "net.ipv4.ip_forward", "net/ipv4/conf/eth0.5/forwarding", "kernel.panic", "a" };
	static const char *const wrong[] = { "", ".", "..", "net.", ".net", "net..ipv4", "net/../kernel/panic", "../etc/passwd",
					     "/etc/passwd", "net/./x", "net ipv4", "net.ipv4\n", "net//x", "net/" };
	char long_key[300];

	memset(long_key, 'a', sizeof(long_key));
	long_key[sizeof(long_key) - 1] = '\0';
	for (size_t i = 0; i < COUNT(good); i++)
		CHECK_STR(sysctl_check(good[i]), NULL);
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (!CHECK(sysctl_check(wrong[i])))
			tap_diag("%s", wrong[i]);
	CHECK(sysctl_check(long_key));
}

TEST(below_a_directory_is_whole_names_only)
{
	CHECK(sysctl_is_below("net.ipv4.ip_forward", "net"));
	CHECK(sysctl_is_below("net/ipv4/conf/eth0.5/forwarding", "net"));
	CHECK(!sysctl_is_below("network.x", "net"));
	CHECK(!sysctl_is_below("net", "net"));
	CHECK(!sysctl_is_below("net.x/y", "net"));
	CHECK(!sysctl_is_below("kernel.net.x", "net"));
}

TEST(what_has_the_value_already_is_not_written_also_if_its_blanks_differ)
{
	char ports[64], *tab;
	bool changed = true;

	/* "32768\t60999\n", and nobody may have to be root to be told that it is so. */
	REQUIRE(io_read_text(AT_FDCWD, "/proc/sys/net/ipv4/ip_local_port_range", ports, sizeof(ports)) > 0);
	tab = strpbrk(ports, "\t ");
	REQUIRE(tab != NULL);
	*tab = ' ';
	ports[strcspn(ports, "\n")] = '\0';
	CHECK_INT(sysctl_set("net.ipv4.ip_local_port_range", ports, &changed), ==, 0);
	CHECK_INT(changed, ==, false);
}

TEST(what_is_not_there_is_an_error)
{
	bool changed;

	CHECK_INT(sysctl_set("net.no.such.key", "1", &changed), ==, -ENOENT);
}
