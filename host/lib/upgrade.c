/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the host's part of an agent upgrade: upload the file, lose the connection with the old agent, and ask the next agent
 * for the result.
 *
 * Never: takes silence for success.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sha256.h"
#include "host/include/pith_guest.h"
#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_stream.h"
#include "host/lib/request.h"

#define PAUSE_MS 20 /* between two attempts */
#define ATTEMPT_MS 2000
#define PIECE_BYTES 65536

static enum pith_code sum_of(int fd, char ret_sum[SHA256_TEXT_SIZE], struct pith_error *err)
{
	static const char what[] = "the file of the upgrade cannot be read";
	unsigned char piece[PIECE_BYTES];
	struct sha256 sha256;
	off_t at = 0;
	ssize_t n;

	sha256_init(&sha256);
	while ((n = pread(fd, piece, sizeof(piece), at)) > 0) {
		sha256_add(&sha256, piece, (size_t)n);
		at += n;
	}
	if (n < 0)
		return error_set_errno(err, PITH_INPUT_FAILED, errno, "%s", what);
	sha256_end(&sha256, ret_sum);
	return PITH_OK;
}

static enum pith_code nothing_to_do(void *user, const struct json *event, struct pith_error *err)
{
	(void)user;
	(void)event;
	(void)err;
	return PITH_OK;
}

static enum pith_code send_file(struct pith_conn *conn, int fd, int64_t timeout_ms, struct json **ret, struct pith_error *err)
{
	struct file_stream stream = { .conn = conn, .op = "upgrade", .timeout_ms = timeout_ms, .started = nothing_to_do };
	const struct pith_source source = { .kind = PITH_STREAM_FD, .fd = fd };
	struct file_request request;
	char sum[SHA256_TEXT_SIZE];
	struct stat st;
	enum pith_code code = sum_of(fd, sum, err);

	if (code != PITH_OK)
		return code;
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_set_errno(err, PITH_INPUT_FAILED, errno, "the file of the upgrade");
	file_request_init(&request, NULL, NULL);
	file_request_integer(&request, "size_bytes", (int64_t)st.st_size);
	file_request_text(&request, "sha256", sum);
	code = file_request_queue(conn, "upgrade", &request, err);
	return code == PITH_OK ? file_stream_up(&stream, &source, ret, err) : code;
}

static void read_outcome(const struct json *agent, struct pith_upgrade *ret)
{
	const struct json *upgrade = json_get_object(agent, "upgrade");
	const char *outcome = json_get_string(upgrade, "outcome"), *signal = json_get_string(upgrade, "signal");

	ret->done = outcome && strcmp(outcome, "done") == 0;
	if (ret->done)
		return;
	if (signal)
		text_copy_printable(ret->failure, sizeof(ret->failure), signal);
	else
		snprintf(ret->failure, sizeof(ret->failure), "status %llu", (unsigned long long)json_get_count(upgrade, "code", 0));
}

/* PITH_OK with *ret_known false: the old agent still serves, or no agent does. */
static enum pith_code look(struct pith_conn *conn, uint64_t starts, struct pith_upgrade *ret, bool *ret_known, struct pith_error *err)
{
	struct pith_connect_options options = { .timeout_ms = ATTEMPT_MS };
	struct pith_conn *fresh;
	struct json *answer = NULL;

	*ret_known = false;
	if (pith_connect(conn->name, &options, &fresh, NULL) != PITH_OK)
		return PITH_OK;
	if (strcmp(conn->hello.boot_id, fresh->hello.boot_id) != 0) {
		pith_close(fresh);
		return error_set(err, PITH_LOST, "%s: the guest was started again during the upgrade", conn->name);
	}
	if (request_ask(fresh, "info", NULL, ATTEMPT_MS, &answer, NULL) == PITH_OK) {
		const struct json *agent = json_get_object(answer, "agent");

		*ret_known = json_get_count(agent, "starts", 0) > starts;
		if (*ret_known)
			read_outcome(agent, ret);
		json_free(answer);
	}
	if (*ret_known)
		conn_replace(conn, fresh);
	else
		pith_close(fresh);
	return PITH_OK;
}

enum pith_code pith_upgrade(struct pith_conn *conn, int fd, int64_t timeout_ms, struct pith_upgrade *ret, struct pith_error *err)
{
	int64_t until = deadline_after(timeout_ms);
	struct json *answer = NULL;
	bool known = false;
	uint64_t starts;
	enum pith_code code = send_file(conn, fd, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	*ret = (struct pith_upgrade){ .done = false };
	text_copy_printable(ret->version, sizeof(ret->version), json_get_string(answer, "pith"));
	starts = json_get_count(answer, "starts", UINT64_MAX);
	json_free(answer);
	conn->unusable = true;
	while (code == PITH_OK && !known) {
		if (deadline_has_passed(until))
			return error_set(err, PITH_DEADLINE, "%s: nobody serves after the upgrade", conn->name);
		poll(NULL, 0, PAUSE_MS);
		code = look(conn, starts, ret, &known, err);
	}
	return code;
}
