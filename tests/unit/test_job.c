/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/core/job.c common/fmt.c agent/core/helper.c agent/core/loop.c common/io.c common/buf.c */
/* Claims about jobs: what comes back of blocking work in a copy, and that the loop never waits for it. */
#include "agent/core/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/helper.h"
#include "agent/core/limits.h"
#include "common/cleanup.h"
#include "tests/harness/tap.h"

static struct agent agent;

struct seen {
	int calls;
	int wanted;
	struct job_result result;
	char text[256];
};

static void begin(void)
{
	memset(&agent, 0, sizeof(agent));
	REQUIRE_INT(loop_init(&agent.loop), ==, 0);
}

static void end(void)
{
	CHECK_INT(agent.jobs_running, ==, 0);
	CHECK(agent.jobs == NULL);
	loop_deinit(&agent.loop);
}

static void on_done(const struct job_result *result, void *data)
{
	struct seen *seen = data;
	size_t n = result->out_len < sizeof(seen->text) ? result->out_len : sizeof(seen->text) - 1;

	seen->calls++;
	seen->result = *result;
	memcpy(seen->text, n ? (const void *)result->out : "", n);
	seen->text[n] = '\0';
}

/* Until nothing runs any more: the test's deadline bounds it. */
static void stop_when_idle(struct loop *loop)
{
	loop->stop = !container_of(loop, struct agent, loop)->jobs;
}

static void run_all(void)
{
	agent.loop.stop = false;
	agent.loop.after_turn = stop_when_idle;
	CHECK_INT(loop_run(&agent.loop), ==, 0);
}

static void start(int (*fn)(void *, int), void *arg, struct seen *seen, uint64_t timeout_ms)
{
	struct job_spec spec = {
		.name = "test", .run = fn, .arg = arg, .timeout_ms = timeout_ms, .done = on_done, .data = seen,
	};

	memset(seen, 0, sizeof(*seen));
	REQUIRE_INT(job_start(&agent, &spec), ==, 0);
}

static int say(void *arg, int out_fd)
{
	const char *text = arg;

	return write(out_fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int fail_with_enodev(void *arg, int out_fd)
{
	(void)say(arg, out_fd);
	return -ENODEV;
}

static int crash(void *arg, int out_fd)
{
	(void)arg;
	(void)out_fd;
	/* raise() would go to the thread that libc remembers: ours. */
	return kill(getpid(), SIGKILL);
}

static char hello[] = "hello", begun[] = "begun";

static int hang(void *arg, int out_fd)
{
	int r = say(arg ? arg : begun, out_fd);

	if (r < 0)
		return r;
	for (;;)
		pause();
}

TEST(a_job_that_ends_gives_its_bytes)
{
	struct seen seen;

	begin();
	start(say, hello, &seen, 10000);
	run_all();
	CHECK_INT(seen.calls, ==, 1);
	CHECK_INT(seen.result.outcome, ==, JOB_DONE);
	CHECK_INT(seen.result.error_number, ==, 0);
	CHECK_STR(seen.text, "hello");
	CHECK_STR(seen.result.name, "test");
	end();
}

TEST(a_job_that_fails_gives_its_errno_and_its_bytes)
{
	struct seen seen;

	begin();
	start(fail_with_enodev, hello, &seen, 10000);
	run_all();
	CHECK_INT(seen.result.outcome, ==, JOB_FAILED);
	CHECK_INT(seen.result.error_number, ==, ENODEV);
	CHECK_STR(seen.text, "hello");
	end();
}

TEST(a_job_that_dies_is_no_success)
{
	struct seen seen;

	begin();
	start(crash, NULL, &seen, 10000);
	run_all();
	CHECK_INT(seen.result.outcome, ==, JOB_DIED);
	CHECK_INT(seen.result.signal, ==, SIGKILL);
	CHECK_INT(seen.result.error_number, ==, EIO);
	end();
}

TEST(a_job_that_hangs_is_killed_at_its_time_and_its_bytes_are_kept)
{
	struct seen seen;

	begin();
	start(hang, NULL, &seen, 300);
	run_all();
	CHECK_INT(seen.calls, ==, 1);
	CHECK_INT(seen.result.outcome, ==, JOB_TIMED_OUT);
	CHECK_INT(seen.result.error_number, ==, ETIMEDOUT);
	CHECK(!seen.result.lost);
	CHECK(seen.result.wall_us >= 300000);
	CHECK_STR(seen.text, "begun");
	end();
}

TEST(a_job_is_stopped_by_its_data_and_others_go_on)
{
	struct seen first, second;

	begin();
	start(hang, NULL, &first, 60000);
	start(say, hello, &second, 60000);
	job_stop(&agent, &first);
	run_all();
	CHECK_INT(first.result.outcome, ==, JOB_STOPPED);
	CHECK_INT(first.result.error_number, ==, ECANCELED);
	CHECK_INT(second.result.outcome, ==, JOB_DONE);
	end();
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int look_at_fds(void *arg, int out_fd)
{
	const int *kept = arg;

	for (int fd = 3; fd < 64; fd++)
		if (is_open(fd) && fd != kept[0] && fd != kept[1] && fd != out_fd)
			return -EBADF;
	return is_open(kept[0]) && is_open(kept[1]) && is_open(0) && is_open(2) ? 0 : -ENOENT;
}

TEST(a_job_has_the_fds_that_it_was_given_and_no_other)
{
	/* Out of order, with others between them. */
	int fds[2] = { fcntl(0, F_DUPFD, 40), fcntl(0, F_DUPFD, 20) }, between = fcntl(0, F_DUPFD, 30);
	struct seen seen = { 0 };
	struct job_spec spec = {
		.name = "fds", .run = look_at_fds, .arg = fds, .keep = fds, .keep_count = 2, .timeout_ms = 10000, .done = on_done,
		.data = &seen,
	};

	begin();
	REQUIRE(between >= 0);
	REQUIRE_INT(job_start(&agent, &spec), ==, 0);
	run_all();
	CHECK_INT(seen.result.error_number, ==, 0);
	CHECK_INT(seen.result.outcome, ==, JOB_DONE);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
	close_fd(&between);
	end();
}

static int say_much(void *arg, int out_fd)
{
	char piece[1000];

	(void)arg;
	memset(piece, 'x', sizeof(piece));
	for (int i = 0; i < 1000; i++)
		if (write(out_fd, piece, sizeof(piece)) != sizeof(piece))
			return -EIO;
	return 0;
}

TEST(a_job_that_says_too_much_is_cut_and_does_not_wait)
{
	struct seen seen;

	begin();
	start(say_much, NULL, &seen, 30000);
	run_all();
	CHECK_INT(seen.result.outcome, ==, JOB_DONE);
	CHECK_INT(seen.result.out_len, ==, LIMIT_JOB_OUT_BYTES);
	CHECK(seen.result.out_cut);
	end();
}

TEST(the_number_of_jobs_is_bounded_and_a_refused_one_leaves_nothing)
{
	static struct seen seen[LIMIT_JOBS];
	struct job_spec spec = { .name = "more", .run = say, .arg = hello, .timeout_ms = 10000, .done = on_done };

	begin();
	for (size_t i = 0; i < LIMIT_JOBS; i++)
		start(hang, NULL, &seen[i], 60000);
	CHECK_INT(job_start(&agent, &spec), ==, -EAGAIN);
	for (size_t i = 0; i < LIMIT_JOBS; i++)
		job_stop(&agent, &seen[i]);
	run_all();
	for (size_t i = 0; i < LIMIT_JOBS; i++)
		CHECK_INT(seen[i].calls, ==, 1);
	spec.timeout_ms = 0;
	CHECK_INT(job_start(&agent, &spec), ==, -EINVAL);
	end();
}

static int ticks;

static void on_tick(struct timer *timer)
{
	if (++ticks < 10)
		loop_timer_set(&agent.loop, timer, 10000);
}

TEST(the_loop_goes_on_while_a_job_hangs)
{
	struct timer tick = { .fn = on_tick };
	struct seen seen;

	begin();
	start(hang, NULL, &seen, 1000);
	loop_timer_set(&agent.loop, &tick, 1);
	run_all();
	CHECK_INT(ticks, ==, 10);
	CHECK_INT(seen.result.outcome, ==, JOB_TIMED_OUT);
	end();
}

static struct seen second_seen;

static void start_another(const struct job_result *result, void *data)
{
	on_done(result, data);
	start(say, hello, &second_seen, 10000);
}

TEST(done_may_start_the_next_job)
{
	struct seen seen = { 0 };
	struct job_spec spec = {
		.name = "one", .run = say, .arg = hello, .timeout_ms = 10000, .done = start_another, .data = &seen,
	};

	begin();
	REQUIRE_INT(job_start(&agent, &spec), ==, 0);
	run_all();
	CHECK_INT(seen.calls, ==, 1);
	CHECK_INT(second_seen.calls, ==, 1);
	CHECK_STR(second_seen.text, "hello");
	end();
}

static pid_t start_child(int *ret_pidfd)
{
	pid_t pid = helper_make(ret_pidfd);

	REQUIRE(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

TEST(a_child_that_runs_is_not_over_and_one_that_was_killed_is)
{
	siginfo_t info;
	int pidfd, status;
	pid_t pid = start_child(&pidfd);

	CHECK(!helper_reap(pidfd, &info));
	REQUIRE_INT(kill(pid, SIGKILL), ==, 0);
	REQUIRE_INT(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), ==, 0);
	CHECK(helper_reap(pidfd, &info));
	CHECK_INT(info.si_code, ==, CLD_KILLED);
	CHECK_INT(info.si_status, ==, SIGKILL);
	CHECK_INT(waitpid(pid, &status, WNOHANG), ==, -1);
	close(pidfd);
}

/* Else its pidfd, which stays readable, would keep the loop awake for ever. */
TEST(a_child_of_which_the_kernel_tells_nothing_is_over)
{
	siginfo_t info;
	int pidfd;
	pid_t pid = start_child(&pidfd);

	helper_kill(pid);
	CHECK(helper_reap(pidfd, &info));
	CHECK_INT(info.si_code, ==, 0);
	close(pidfd);
}
