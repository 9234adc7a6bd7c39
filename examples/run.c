/* SPDX-License-Identifier: Apache-2.0 */
/* run ADDRESS PROGRAM [ARGUMENT]...: runs a program in the guest, with stdin, stdout, stderr and exit status of this process. */
#include <signal.h>
#include <stdio.h>

#include <pith.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: run ADDRESS PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	struct pith_exec_options options = {
		.argv = (const char *const *)&argv[2],
		.input = { .kind = PITH_STREAM_FD, .fd = 0 },
		.output = { .kind = PITH_STREAM_FD, .fd = 1 },
		.errors = { .kind = PITH_STREAM_FD, .fd = 2 },
	};
	struct pith_exit_record record;
	struct pith_error err;
	struct pith_conn *conn;

	/* A reader of stdout that ends early is PITH_OUTPUT_FAILED then, and not the end of this process. */
	signal(SIGPIPE, SIG_IGN);
	if (pith_connect(argv[1], NULL, &conn, &err) != PITH_OK) {
		fprintf(stderr, "run: %s\n", err.message);
		return 125;
	}
	enum pith_code code = pith_exec(conn, &options, &record, &err);

	pith_close(conn);
	if (code != PITH_OK) {
		fprintf(stderr, "run: %s (%s)\n", err.message, pith_code_name(code));
		return 125;
	}
	/* A program that could not be started is a record too, and no error of the call. */
	if (record.cause == PITH_CAUSE_EXITED)
		return record.code;
	if (record.cause == PITH_CAUSE_START_FAILED) {
		fprintf(stderr, "run: %s: %s\n", argv[2], record.message);
		return 127;
	}
	fprintf(stderr, "run: %s: %s %s\n", argv[2], record.cause_name, record.signal_name);
	return 128 + record.signal_number;
}
