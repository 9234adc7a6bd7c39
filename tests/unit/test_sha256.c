/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/sha256.c */
/* Claims about SHA-256: the examples of FIPS 180-4, and lengths around the edges of its blocks. */
#include "common/sha256.h"

#include <string.h>

#include "tests/harness/tap.h"

static void check(const char *text, const char *digest)
{
	char got[SHA256_TEXT_SIZE];
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, text, strlen(text));
	sha256_end(&s, got);
	CHECK_STR(got, digest);
}

TEST(the_examples_of_the_standard_come_out)
{
	check("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

TEST(a_million_times_a_comes_out_in_parts_of_any_size)
{
	static char text[1000];
	char got[SHA256_TEXT_SIZE];

	memset(text, 'a', sizeof(text));
	for (size_t part = 1; part <= sizeof(text); part += 37) {
		size_t left = 1000000;
		struct sha256 s;

		sha256_init(&s);
		while (left) {
			size_t n = part < left ? part : left;

			sha256_add(&s, text, n);
			left -= n;
		}
		sha256_end(&s, got);
		CHECK_STR(got, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	}
}
