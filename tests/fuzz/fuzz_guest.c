/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/lib/conn.c host/lib/answer.c host/lib/guest.c host/lib/connect.c host/lib/request.c host/lib/dial.c host/lib/address.c host/lib/error.c host/lib/json.c */
/* links: host/lib/exec_frames.c host/lib/exec_run.c host/lib/exec_input.c host/lib/exec_again.c host/lib/execs.c */
/* links: host/lib/snapshots.c host/lib/exec.c host/lib/exec_format.c host/lib/output.c common/frame.c common/io.c common/buf.c */
/* links: host/lib/log.c host/lib/event_stream.c host/lib/file_ask.c host/lib/file_name.c common/json_scan.c CJSON */
/*
 * The input is what a guest sends before it closes; its first byte says to which call. Properties: the call ends; a
 * sentence is written for each failure, ends, and holds no control character; output is no longer than what came; a
 * record's numbers are ones that the caller can calculate with; after a broken stream the next call fails at once.
 */
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "host/include/pith_guest.h"
#include "host/include/pith_snapshots.h"
#include "host/lib/conn.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX 65536u	/* what a socket takes in one write */

static int count_output(void *user, const void *data, size_t size)
{
	size_t *total = user;

	FUZZ_CHECK(size > 0);
	FUZZ_CHECK(data != NULL);
	*total += size;
	return 0;
}

static void check_error(enum pith_code code, const struct pith_error *err)
{
	if (code == PITH_OK)
		return;
	FUZZ_CHECK(err->code == code);
	FUZZ_CHECK(err->message[0] != '\0');
	for (const char *p = err->message; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
	FUZZ_CHECK(memchr(err->guest_code, '\0', sizeof(err->guest_code)) != NULL);
	FUZZ_CHECK(memchr(err->guest_field, '\0', sizeof(err->guest_field)) != NULL);
	if (code == PITH_GUEST_ERROR)
		FUZZ_REACHED("an error of the agent");
	if (code == PITH_BAD_REPLY)
		FUZZ_REACHED("a reply that breaks a rule");
	if (code == PITH_LOST)
		FUZZ_REACHED("a lost connection");
}

static enum pith_code call_exec(struct pith_conn *conn, size_t size, struct pith_error *err)
{
	static const char *const argv[] = { "x", NULL };
	size_t total = 0;
	struct pith_exit_record record;
	struct pith_exec_options options = {
		.argv = argv,
		.output = { .kind = PITH_STREAM_CALLBACK, .write = count_output, .user = &total },
		.errors = { .kind = PITH_STREAM_CALLBACK, .write = count_output, .user = &total },
	};
	enum pith_code code = pith_exec(conn, &options, &record, err);

	FUZZ_CHECK(total <= size);
	if (total > 0)
		FUZZ_REACHED("output");
	FUZZ_CHECK(record.code >= 0 && record.code <= 255);
	FUZZ_CHECK(record.signal_number >= 0 && record.signal_number <= 64);
	FUZZ_CHECK(memchr(record.message, '\0', sizeof(record.message)) != NULL);
	if (code == PITH_OK) {
		FUZZ_CHECK(record.cause != PITH_CAUSE_NONE);
		FUZZ_REACHED("an exit record");
	}
	return code;
}

static enum pith_code call_info(struct pith_conn *conn, struct pith_error *err)
{
	struct pith_info info;
	enum pith_code code = pith_info(conn, PITH_FOREVER, &info, err);

	if (code == PITH_OK) {
		FUZZ_CHECK(info.boot_step_count <= PITH_BOOT_STEPS_MAX);
		for (size_t i = 0; i < info.boot_step_count; i++)
			FUZZ_CHECK(memchr(info.boot[i].name, '\0', sizeof(info.boot[i].name)) != NULL);
		FUZZ_CHECK(pith_result_json(conn) != NULL);
		FUZZ_REACHED("an info");
	}
	return code;
}

static int check_entry(void *user, const struct pith_exec_entry *entry)
{
	uint64_t *last = user;

	FUZZ_CHECK(entry->number > *last);
	*last = entry->number;
	FUZZ_CHECK(entry->id[0] != '\0');
	FUZZ_CHECK(memchr(entry->command, '\0', sizeof(entry->command)) != NULL);
	FUZZ_CHECK(memchr(entry->ending, '\0', sizeof(entry->ending)) != NULL);
	for (const char *p = entry->command; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
	FUZZ_REACHED("an entry of a list");
	return 0;
}

static enum pith_code call_list(struct pith_conn *conn, struct pith_error *err)
{
	uint64_t last = 0;

	return pith_list(conn, PITH_FOREVER, check_entry, &last, NULL, err);
}

static void check_gap(void *user, int stream, uint64_t lost_bytes)
{
	(void)user;
	(void)lost_bytes;
	FUZZ_CHECK(stream == 1 || stream == 2);
	FUZZ_REACHED("a gap");
}

static enum pith_code call_attach(struct pith_conn *conn, size_t size, struct pith_error *err)
{
	static const struct pith_exec_hooks hooks = { .gap = check_gap };
	size_t total = 0;
	struct pith_exit_record record;
	struct pith_attach_options options = {
		.id = "x",
		.output = { .kind = PITH_STREAM_CALLBACK, .write = count_output, .user = &total },
		.hooks = &hooks,
	};
	enum pith_code code = pith_attach(conn, &options, &record, err);

	FUZZ_CHECK(total <= size);
	FUZZ_CHECK(record.code >= 0 && record.code <= 255);
	if (code == PITH_OK)
		FUZZ_CHECK(record.cause != PITH_CAUSE_NONE);
	return code;
}

static void check_steps(const struct pith_steps *steps)
{
	FUZZ_CHECK(steps->count <= PITH_STEPS_MAX);
	for (size_t i = 0; i < steps->count; i++) {
		FUZZ_CHECK(memchr(steps->items[i].name, '\0', sizeof(steps->items[i].name)) != NULL);
		FUZZ_CHECK(memchr(steps->items[i].errno_name, '\0', sizeof(steps->items[i].errno_name)) != NULL);
		FUZZ_REACHED("a step");
	}
}

static enum pith_code call_quiesce(struct pith_conn *conn, struct pith_error *err)
{
	static struct pith_quiesced quiesced;
	enum pith_code code = pith_quiesce(conn, NULL, PITH_FOREVER, &quiesced, err);

	if (code == PITH_OK) {
		check_steps(&quiesced.steps);
		FUZZ_CHECK(quiesced.token[0] != '\0' && quiesced.filesystem_count <= PITH_FILESYSTEMS_MAX);
		for (size_t i = 0; i < quiesced.filesystem_count; i++)
			FUZZ_CHECK(memchr(quiesced.filesystems[i].path, '\0', sizeof(quiesced.filesystems[i].path)) != NULL);
		FUZZ_REACHED("a quiesce");
	}
	return code;
}

static enum pith_code call_resume(struct pith_conn *conn, struct pith_error *err)
{
	struct pith_resume_options options = { .round_trip_us = 1 };
	struct pith_resumed resumed;
	enum pith_code code = pith_resume(conn, &options, PITH_FOREVER, &resumed, err);

	if (code == PITH_OK)
		check_steps(&resumed.steps);
	return code;
}

static int check_record(void *user, const struct pith_log_record *record)
{
	(void)user;
	FUZZ_CHECK(record->level <= PITH_LOG_LEVEL_MAX);
	for (const char *p = record->text; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
	if (record->overflow)
		FUZZ_REACHED("dropped records");
	FUZZ_REACHED("a record of a log");
	return strcmp(record->text, "stop") == 0;
}

static enum pith_code call_log(struct pith_conn *conn, struct pith_error *err)
{
	const struct pith_log_options options = { .follow = true, .level = PITH_LOG_LEVEL_MAX, .timeout_ms = PITH_FOREVER };

	return pith_kernel_log(conn, &options, check_record, NULL, err);
}

static enum pith_code call(struct pith_conn *conn, uint8_t what, size_t size, struct pith_error *err)
{
	if (what & 1)
		return call_exec(conn, size, err);
	if (what == 'l')
		return call_list(conn, err);
	if (what == 'p')
		return call_quiesce(conn, err);
	if (what == 'd')
		return call_log(conn, err);
	if (what == 'h')
		return pith_agent_log(conn, PITH_FOREVER, check_record, NULL, err);
	if (what == 'r')
		return call_resume(conn, err);
	return what == 'b' ? call_attach(conn, size, err) : call_info(conn, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pith_error err;
	struct pith_pong pong;
	struct pith_conn *conn;
	enum pith_code code;
	int fds[2];

	if (size == 0 || size > INPUT_MAX)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		abort();
	conn = conn_new(fds[0], "unix:/fuzz");
	if (!conn)
		abort();
	conn->hello.json_bytes = FRAME_JSON_MAX;
	if (size > 1 && send(fds[1], data + 1, size - 1, MSG_NOSIGNAL) != (ssize_t)(size - 1))
		abort();
	/* The end of what it says, but not of what it hears: the request can be sent. */
	shutdown(fds[1], SHUT_WR);

	code = call(conn, data[0], size, &err);
	check_error(code, &err);
	if (code == PITH_BAD_REPLY || code == PITH_LOST)
		FUZZ_CHECK(pith_ping(conn, PITH_FOREVER, &pong, &err) == PITH_LOST);
	close(fds[1]);
	pith_close(conn);
	return 0;
}
