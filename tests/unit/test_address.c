/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/lib/address.c */
#include "host/lib/address.h"

#include <string.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

TEST(the_three_forms_are_read_with_and_without_a_port)
{
	static const struct {
		const char *text;
		enum address_kind kind;
		uint32_t cid;
		uint32_t port;
		const char *path;
	} cases[] = {
		{ "vsock:3", ADDRESS_VSOCK, 3, 1001, "" },
		{ "vsock:3:52", ADDRESS_VSOCK, 3, 52, "" },
		{ "vsock:4294967294:4294967294", ADDRESS_VSOCK, 4294967294u, 4294967294u, "" },
		{ "hybrid:/run/vm.sock", ADDRESS_HYBRID, 0, 1001, "/run/vm.sock" },
		{ "hybrid:/run/vm.sock:52", ADDRESS_HYBRID, 0, 52, "/run/vm.sock" },
		{ "hybrid:/run/a:b/vm.sock", ADDRESS_HYBRID, 0, 1001, "/run/a:b/vm.sock" },
		{ "hybrid:/run/a:7/vm.sock:8", ADDRESS_HYBRID, 0, 8, "/run/a:7/vm.sock" },
		{ "unix:/run/agent.sock", ADDRESS_UNIX, 0, 1001, "/run/agent.sock" },
		{ "unix:/run/agent.sock:52", ADDRESS_UNIX, 0, 1001, "/run/agent.sock:52" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address a = { .port = 0 };

		tap_diag("%s", cases[i].text);
		REQUIRE_INT(address_parse(cases[i].text, &a), ==, ADDRESS_OK);
		CHECK_INT(a.kind, ==, cases[i].kind);
		CHECK_INT(a.cid, ==, cases[i].cid);
		CHECK_INT(a.port, ==, cases[i].port);
		CHECK_STR(a.path, cases[i].path);
	}
}

TEST(what_is_no_address_says_why_and_writes_nothing)
{
	static const struct {
		const char *text;
		enum address_result result;
	} cases[] = {
		{ "", ADDRESS_BAD_SCHEME },
		{ "3", ADDRESS_BAD_SCHEME },
		{ "/run/x", ADDRESS_BAD_SCHEME },
		{ "VSOCK:3", ADDRESS_BAD_SCHEME },
		{ "tcp:host:1", ADDRESS_BAD_SCHEME },
		{ "vsock:", ADDRESS_BAD_CID },
		{ "vsock::52", ADDRESS_BAD_CID },
		{ "vsock:x", ADDRESS_BAD_CID },
		{ "vsock:-1", ADDRESS_BAD_CID },
		{ "vsock:4294967295", ADDRESS_BAD_CID },
		{ "vsock:4294967299", ADDRESS_BAD_CID },
		{ "vsock:18446744073709551619", ADDRESS_BAD_CID },
		{ "vsock:00000000003", ADDRESS_BAD_CID },
		{ "vsock:3:", ADDRESS_BAD_PORT },
		{ "vsock:3:1:2", ADDRESS_BAD_PORT },
		{ "vsock:3: 1", ADDRESS_BAD_PORT },
		{ "hybrid:", ADDRESS_BAD_PATH },
		{ "hybrid:relative", ADDRESS_BAD_PATH },
		{ "hybrid:/x:", ADDRESS_BAD_PORT },
		{ "hybrid:/x:y", ADDRESS_BAD_PORT },
		{ "unix:", ADDRESS_BAD_PATH },
		{ "unix:relative", ADDRESS_BAD_PATH },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address a;

		memset(&a, 0xaa, sizeof(a));
		tap_diag("\"%s\"", cases[i].text);
		CHECK_INT(address_parse(cases[i].text, &a), ==, cases[i].result);
		CHECK_INT(a.port, ==, 0xaaaaaaaau);
		CHECK(address_result_text(cases[i].result)[0] != '\0');
	}
}

TEST(a_path_of_107_bytes_is_taken_and_one_of_108_is_refused)
{
	char text[5 + ADDRESS_PATH_MAX + 1] = "unix:/";
	struct address a;

	memset(text + 6, 'x', ADDRESS_PATH_MAX - 2);
	text[5 + 107] = '\0';
	CHECK_INT(address_parse(text, &a), ==, ADDRESS_OK);
	CHECK_INT(strlen(a.path), ==, 107);
	text[5 + 107] = 'x';
	CHECK_INT(address_parse(text, &a), ==, ADDRESS_LONG_PATH);
}
