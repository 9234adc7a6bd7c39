/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the run of a test program: order, children, deadlines, what they leave behind, and the TAP on stdout.
 *
 * Never: lets one test touch another, waits without a deadline, prints through stdio (a crash would take the buffer along).
 */
#include "tests/harness/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 1024	/* above it no leak is looked for; valgrind keeps its own there */
#define MAX_TESTS 1024
#define REAP_SECONDS 5	/* for what was killed to be gone */
#define LOOK_MS 100

extern const struct tap_test *const __start_tap_tests[];
extern const struct tap_test *const __stop_tap_tests[];

/* Shared with the test's child and its children, so that a check counts wherever it is made. */
struct tap_shared {
	int failures;
	int finished;	/* the test's function returned */
};

static struct tap_shared *shared;
static int out_fd = STDOUT_FILENO;

static void write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			_exit(EXIT_FAILURE);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

__attribute__((format(printf, 2, 0)))
static void say_list(const char *prefix, const char *format, va_list args)
{
	char line[2048];
	int used = snprintf(line, sizeof(line), "%s", prefix);
	int n = vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);

	if (n < 0)
		return;
	used += n;
	if (used > (int)sizeof(line) - 2)
		used = (int)sizeof(line) - 2;
	/* A line break inside a message would end the comment. */
	for (int i = 0; i < used; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[used++] = '\n';
	write_all(out_fd, line, (size_t)used);
}

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list("", format, args);
	va_end(args);
}

void tap_diag(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list("# ", format, args);
	va_end(args);
}

static bool count(bool held)
{
	if (!held)
		__atomic_add_fetch(&shared->failures, 1, __ATOMIC_SEQ_CST);
	return held;
}

bool tap_check(bool held, const char *file, int line, const char *text)
{
	if (!held)
		tap_diag("%s:%d: %s: false", file, line, text);
	return count(held);
}

bool tap_check_int(bool held, const char *file, int line, const char *text, long long left, long long right)
{
	if (!held)
		tap_diag("%s:%d: %s: left %lld, right %lld", file, line, text, left, right);
	return count(held);
}

bool tap_check_str(const char *left, const char *right, const char *file, int line, const char *text)
{
	bool held = left && right ? strcmp(left, right) == 0 : left == right;

	if (!held)
		tap_diag("%s:%d: %s: left \"%s\", right \"%s\"", file, line, text, left ? left : "(null)",
			 right ? right : "(null)");
	return count(held);
}

bool tap_check_mem(const void *left, const void *right, size_t len, const char *file, int line, const char *text)
{
	const uint8_t *l = left;
	const uint8_t *r = right;
	size_t i = 0;

	while (i < len && l[i] == r[i])
		i++;
	if (i < len)
		tap_diag("%s:%d: %s: byte %zu of %zu: left 0x%02x, right 0x%02x", file, line, text, i, len, l[i], r[i]);
	return count(i == len);
}

void tap_give_up(void)
{
	/* Not exit(): memory that this test did not get to free is no news. */
	_exit(EXIT_FAILURE);
}

static void fds_note(bool open[MAX_FDS])
{
	for (int fd = 0; fd < MAX_FDS; fd++)
		open[fd] = fcntl(fd, F_GETFD) >= 0;
}

static void fds_compare(const bool before[MAX_FDS])
{
	for (int fd = 0; fd < MAX_FDS; fd++) {
		bool open = fcntl(fd, F_GETFD) >= 0;
		char link[64];
		char target[128] = "?";
		ssize_t n;

		if (open == before[fd])
			continue;
		count(false);
		if (!open) {
			tap_diag("closed fd %d, which was not its own", fd);
			continue;
		}
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, target, sizeof(target) - 1);
		if (n > 0)
			target[n] = '\0';
		tap_diag("leaked fd %d: %s", fd, target);
	}
}

/* Runs the test in this process; checks have been counted when it returns. */
static void run_here(const struct tap_test *test)
{
	bool before[MAX_FDS];

	fds_note(before);
	test->run();
	fds_compare(before);
	shared->finished = 1;
}

static int slow_factor(void)
{
	const char *text = getenv("PITH_TEST_SLOW");
	int factor = text ? atoi(text) : 1;

	return factor < 1 ? 1 : factor;
}

static int64_t now_ms(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* SIGCHLD is blocked. False when the deadline passed. */
static bool wait_until(pid_t pid, int64_t deadline, int *ret_status)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		pid_t got = waitpid(pid, ret_status, WNOHANG);
		int64_t left = deadline - now_ms();
		/* A look now and then costs nothing, should the signal have gone to something else. */
		struct timespec ts = { .tv_nsec = (left < LOOK_MS ? left : LOOK_MS) * 1000000 };

		if (got != 0)
			return true;
		if (left <= 0)
			return false;
		sigtimedwait(&set, NULL, &ts);
	}
}

/* Everything the test started is in its process group or was adopted by us. True if something still ran. */
static bool end_group(pid_t group)
{
	int64_t deadline = now_ms() + REAP_SECONDS * 1000LL;
	bool ran;
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0)
		;
	ran = kill(-group, SIGKILL) == 0;
	while (ran && kill(-group, 0) == 0 && now_ms() < deadline)
		wait_until(-1, deadline, &status);
	return ran;
}

static void child(const struct tap_test *test, const sigset_t *mask)
{
	sigprocmask(SIG_SETMASK, mask, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, MAX_FDS / 2);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	run_here(test);
	exit(shared->failures ? EXIT_FAILURE : EXIT_SUCCESS);
}

static bool passed(const struct tap_test *test, int status, bool in_time, int seconds)
{
	if (!in_time)
		tap_diag("%s:%d: not done after %d s; killed", test->file, test->line, seconds);
	else if (WIFSIGNALED(status))
		tap_diag("%s:%d: %s", test->file, test->line, strsignal(WTERMSIG(status)));
	else if (!shared->finished && !shared->failures)
		tap_diag("%s:%d: exited with status %d before its end", test->file, test->line, WEXITSTATUS(status));
	else if (WEXITSTATUS(status) != 0 && !shared->failures)
		tap_diag("%s:%d: exited with status %d after its end: see the sanitizer's report on stderr",
			 test->file, test->line, WEXITSTATUS(status));
	return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0 && shared->finished && !shared->failures;
}

static bool run_forked(const struct tap_test *test)
{
	int seconds = test->seconds * slow_factor();
	int status = 0;
	sigset_t set;
	sigset_t before;
	bool in_time;
	bool ok;
	pid_t pid;

	*shared = (struct tap_shared){ 0 };
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &before);
	pid = fork();
	if (pid == 0)
		child(test, &before);
	if (pid < 0) {
		tap_diag("fork: %s", strerror(errno));
		return false;
	}
	setpgid(pid, pid);
	in_time = wait_until(pid, now_ms() + seconds * 1000LL, &status);
	if (!in_time) {
		kill(pid, SIGKILL);
		wait_until(pid, now_ms() + REAP_SECONDS * 1000LL, &status);
	}
	ok = passed(test, status, in_time, seconds);
	if (end_group(pid) && ok) {
		tap_diag("%s:%d: left a process running", test->file, test->line);
		ok = false;
	}
	return ok;
}

static int by_line(const void *a, const void *b)
{
	const struct tap_test *const *l = a;
	const struct tap_test *const *r = b;
	int files = strcmp((*l)->file, (*r)->file);

	return files ? files : (*l)->line - (*r)->line;
}

static bool is_wanted(const struct tap_test *test, int count_names, char **names)
{
	for (int i = 0; i < count_names; i++)
		if (strcmp(names[i], test->name) == 0)
			return true;
	return count_names == 0;
}

/* Compilers emit the entries in any order; numbers must not depend on it. */
static size_t collect(const struct tap_test **ret_tests, int count_names, char **names)
{
	size_t n = 0;

	for (const struct tap_test *const *t = __start_tap_tests; t < __stop_tap_tests; t++)
		if (n < MAX_TESTS && is_wanted(*t, count_names, names))
			ret_tests[n++] = *t;
	qsort(ret_tests, n, sizeof(ret_tests[0]), by_line);
	return n;
}

int main(int argc, char **argv)
{
	bool list = argc > 1 && strcmp(argv[1], "--list") == 0;
	bool here = argc > 2 && strcmp(argv[1], "--here") == 0;
	int options = list || here ? 2 : 1;
	static const struct tap_test *tests[MAX_TESTS];
	size_t n = collect(tests, argc - options, argv + options);
	size_t failed = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || n == 0 || (argc > options && n != (size_t)(argc - options))) {
		say("Bail out! %s", shared == MAP_FAILED ? "no memory" : "no such test; --list shows the names");
		return EXIT_FAILURE;
	}
	/* Orphans of a test come to us, so that none outlives it. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!list)
		say("1..%zu", n);
	for (size_t i = 0; i < n; i++) {
		bool ok = true;

		if (list) {
			say("%s", tests[i]->name);
			continue;
		}
		if (here)
			run_here(tests[i]);
		ok = here ? !shared->failures : run_forked(tests[i]);
		failed += !ok;
		say("%sok %zu - %s", ok ? "" : "not ", i + 1, tests[i]->name);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
