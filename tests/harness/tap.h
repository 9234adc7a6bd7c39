/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test harness. A test is a claim:
 *
 *	TEST(a_length_one_past_the_limit_is_refused)
 *	{
 *		CHECK_INT(decode(bytes), ==, BAD_LENGTH);
 *	}
 *
 * Each test runs in a child of its own, in the order of the lines, with 10 s; it fails by a check, a crash, a hang, a file
 * descriptor more or fewer than before, a process left running, or what a sanitizer says at exit. Stdout belongs to TAP: what
 * a test prints there goes to stderr.
 *
 *	build/tests/unit/test_frame			all tests
 *	build/tests/unit/test_frame NAME...		these
 *	build/tests/unit/test_frame --here NAME		this one without fork or deadline, for a debugger
 *	build/tests/unit/test_frame --list		the names
 *
 * PITH_TEST_SLOW=N in the environment multiplies every deadline (valgrind, a loaded machine).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tap_test {
	const char *name;
	const char *file;
	int line;
	int seconds;
	void (*run)(void);
};

#define TAP_DEFAULT_SECONDS 10

/* Pointers, not structs, go into the section: no compiler pads between them. */
#define TEST_TIMEOUT(name_, seconds_)                                                                                \
	static void tap_run_##name_(void);                                                                           \
	static const struct tap_test tap_test_##name_ = { #name_, __FILE__, __LINE__, (seconds_), tap_run_##name_ }; \
	static const struct tap_test *const tap_entry_##name_                                                        \
		__attribute__((used, section("tap_tests"))) = &tap_test_##name_;                                     \
	static void tap_run_##name_(void)
#define TEST(name_) TEST_TIMEOUT(name_, TAP_DEFAULT_SECONDS)

/* All checks are expressions that are true where the check held. The test goes on after a failed CHECK. */
#define CHECK(cond_) tap_check((cond_), __FILE__, __LINE__, #cond_)
#define CHECK_INT(left_, op_, right_)                                                                           \
	({                                                                                                      \
		long long tap_l = (long long)(left_);                                                           \
		long long tap_r = (long long)(right_);                                                          \
		tap_check_int(tap_l op_ tap_r, __FILE__, __LINE__, #left_ " " #op_ " " #right_, tap_l, tap_r); \
	})
/* NULL equals NULL only. */
#define CHECK_STR(left_, right_) tap_check_str((left_), (right_), __FILE__, __LINE__, #left_ " is " #right_)
#define CHECK_MEM(left_, right_, len_) \
	tap_check_mem((left_), (right_), (len_), __FILE__, __LINE__, #left_ " holds " #right_)

/* The same, but the test ends here when it does not hold. */
#define REQUIRE(cond_)                \
	do {                          \
		if (!CHECK(cond_))    \
			tap_give_up(); \
	} while (0)
#define REQUIRE_INT(left_, op_, right_)                \
	do {                                           \
		if (!CHECK_INT(left_, op_, right_))    \
			tap_give_up();                 \
	} while (0)

/* A line of explanation under the test; shown at once, for instance the row of a table that is about to be checked. */
void tap_diag(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool tap_check(bool held, const char *file, int line, const char *text);
bool tap_check_int(bool held, const char *file, int line, const char *text, long long left, long long right);
bool tap_check_str(const char *left, const char *right, const char *file, int line, const char *text);
bool tap_check_mem(const void *left, const void *right, size_t len, const char *file, int line, const char *text);
_Noreturn void tap_give_up(void);
