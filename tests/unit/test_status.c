/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/cli/status.c */
#include "host/cli/status.h"

#include "common/cleanup.h"
#include "tests/harness/tap.h"

TEST(the_status_says_what_a_shell_would_say)
{
	static const struct {
		const char *what;
		struct pith_exit_record record;
		int status;
	} cases[] = {
		{ "exit 0", { .cause = PITH_CAUSE_EXITED, .code = 0 }, 0 },
		{ "exit 255", { .cause = PITH_CAUSE_EXITED, .code = 255 }, 255 },
		{ "SIGKILL", { .cause = PITH_CAUSE_SIGNALED, .signal_number = 9 }, 137 },
		{ "the last real-time signal", { .cause = PITH_CAUSE_SIGNALED, .signal_number = 64 }, 192 },
		{ "killed by request", { .cause = PITH_CAUSE_KILLED, .signal_number = 9 }, 137 },
		{ "killed by request, but it had exited", { .cause = PITH_CAUSE_KILLED, .code = 3 }, 3 },
		{ "OOM", { .cause = PITH_CAUSE_OOM, .signal_number = 9 }, 137 },
		{ "not in PATH", { .cause = PITH_CAUSE_START_FAILED, .stage = "lookup", .errno_name = "ENOENT" }, 127 },
		{ "in PATH, not executable",
		  { .cause = PITH_CAUSE_START_FAILED, .stage = "lookup", .errno_name = "EACCES" },
		  126 },
		{ "no such file", { .cause = PITH_CAUSE_START_FAILED, .stage = "exec", .errno_name = "ENOENT" }, 127 },
		{ "not executable",
		  { .cause = PITH_CAUSE_START_FAILED, .stage = "exec", .errno_name = "EACCES" },
		  126 },
		{ "no such interpreter",
		  { .cause = PITH_CAUSE_START_FAILED, .stage = "interpreter", .errno_name = "ENOENT" },
		  126 },
		{ "no such cwd", { .cause = PITH_CAUSE_START_FAILED, .stage = "cwd", .errno_name = "ENOENT" }, 125 },
		{ "no process left",
		  { .cause = PITH_CAUSE_START_FAILED, .stage = "clone", .errno_name = "EAGAIN" },
		  125 },
		{ "timed out, by SIGTERM", { .cause = PITH_CAUSE_TIMED_OUT, .signal_number = 15 }, 124 },
		{ "timed out, and then exit 0", { .cause = PITH_CAUSE_TIMED_OUT, .code = 0 }, 124 },
		{ "still running", { .cause = PITH_CAUSE_RUNNING }, 0 },
		{ "detached", { .cause = PITH_CAUSE_DETACHED }, 0 },
		{ "a cause of tomorrow", { .cause = PITH_CAUSE_OTHER }, 125 },
		{ "no record", { .cause = PITH_CAUSE_NONE }, 125 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_diag("%s", cases[i].what);
		CHECK_INT(status_of_record(&cases[i].record), ==, cases[i].status);
	}
}

TEST(a_program_that_ended_by_itself_needs_no_sentence)
{
	struct pith_exit_record record = { .cause = PITH_CAUSE_EXITED, .code = 1 };
	char sentence[STATUS_SENTENCE_MAX];

	CHECK_STR(status_sentence(&record, "x", sentence), NULL);
	record.stdout_lost_bytes = 3;
	CHECK_STR(status_sentence(&record, "x", sentence), "3 bytes of stdout and 0 of stderr were lost");
}

TEST(a_program_that_did_not_start_names_the_reason_the_stage_and_the_errno)
{
	struct pith_exit_record record = {
		.cause = PITH_CAUSE_START_FAILED,
		.stage = "lookup",
		.errno_name = "ENOENT",
		.message = "no such program",
	};
	char sentence[STATUS_SENTENCE_MAX];

	CHECK_STR(status_sentence(&record, "nosuch", sentence), "cannot run nosuch: no such program (lookup, ENOENT)");
}
