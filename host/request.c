/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the requests that are one question and one answer.
 *
 * Never: leaves a connection usable behind a request whose answer did not come.
 */
#include <errno.h>
#include <string.h>

#include "conn.h"
#include "deadline.h"
#include "error.h"
#include "request.h"

static enum pith_code wait_for_answer(struct pith_conn *conn, const char *op, int64_t timeout_ms, struct json **ret,
				      struct pith_error *err)
{
	int64_t deadline = deadline_after(timeout_ms);

	for (;;) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;
		enum pith_code code;

		switch (conn_next(conn, &frame, &problem)) {
		case CONN_FRAME:
			if (frame.type == FRAME_RESULT || frame.type == FRAME_ERROR)
				return conn_take_answer(conn, &frame, ret, err);
			if (frame.type == FRAME_EVENT)
				continue;
			return conn_tell_bad_reply(conn, "a frame that does not belong to this request", err);
		case CONN_BROKEN:
			return conn_tell_bad_reply(conn, problem, err);
		case CONN_NEED_MORE:
			break;
		}
		if (conn->eof)
			return conn_tell_lost(conn, op, err);
		code = conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline);
		if (code != PITH_OK)
			conn->unusable = true;
		if (code == PITH_SYSTEM)
			return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot wait", conn->name);
		if (code == PITH_DEADLINE)
			return error_set(err, PITH_DEADLINE, "%s: no answer to '%s' within %lld ms", conn->name, op,
					 (long long)timeout_ms);
	}
}

enum pith_code request_ask(struct pith_conn *conn, const char *op, struct json *fields, int64_t timeout_ms,
			   struct json **ret, struct pith_error *err)
{
	enum pith_code code = conn_check_usable(conn, err);

	if (code != PITH_OK) {
		json_free(fields);
		return code;
	}
	code = conn_queue_request(conn, op, fields, err);
	if (code != PITH_OK)
		return code;
	return wait_for_answer(conn, op, timeout_ms, ret, err);
}

enum pith_code pith_request(struct pith_conn *conn, const char *op, const char *fields, int64_t timeout_ms,
			    const char **ret_json, struct pith_error *err)
{
	struct json *members = NULL, *answer = NULL;
	const char *problem;
	enum pith_code code;

	if (fields) {
		members = json_parse_object(fields, strlen(fields), &problem);
		if (!members)
			return error_set(err, PITH_BAD_ARGUMENT, "the fields of '%s' are not a JSON object: %s", op,
					 problem);
	}
	code = request_ask(conn, op, members, timeout_ms, &answer, err);
	if (code != PITH_OK)
		return code;
	json_free(answer);
	if (ret_json)
		*ret_json = conn->result;
	return PITH_OK;
}

enum pith_code pith_ping(struct pith_conn *conn, int64_t timeout_ms, struct pith_pong *ret, struct pith_error *err)
{
	int64_t before = deadline_now_us();
	struct json *answer = NULL;
	enum pith_code code = request_ask(conn, "ping", NULL, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	*ret = (struct pith_pong){ .round_trip_us = (uint64_t)(deadline_now_us() - before) };
	text_copy_printable(ret->generation, sizeof(ret->generation), json_get_string(answer, "generation"));
	ret->realtime_us = json_get_count(answer, "realtime_us", 0);
	ret->boottime_us = json_get_count(answer, "boottime_us", 0);
	json_free(answer);
	return PITH_OK;
}

static void read_boot(const struct json *answer, struct pith_info *info)
{
	const struct json *item = json_first_item(answer, "boot");

	for (; item && info->boot_step_count < PITH_BOOT_STEPS_MAX; item = json_next_item(item)) {
		struct pith_boot_step *step = &info->boot[info->boot_step_count];

		text_copy_printable(step->name, sizeof(step->name), json_get_string(item, "step"));
		step->at_us = json_get_count(item, "at_us", 0);
		if (step->name[0])
			info->boot_step_count++;
	}
}

static void read_info(const struct json *answer, struct pith_info *info)
{
	const struct json *kernel = json_get_object(answer, "kernel");
	const struct json *memory = json_get_object(answer, "memory");
	const struct json *agent = json_get_object(answer, "agent");

	text_copy_printable(info->version, sizeof(info->version), json_get_string(answer, "pith"));
	text_copy_printable(info->boot_id, sizeof(info->boot_id), json_get_string(answer, "boot_id"));
	text_copy_printable(info->generation, sizeof(info->generation), json_get_string(answer, "generation"));
	text_copy_printable(info->hostname, sizeof(info->hostname), json_get_string(answer, "hostname"));
	text_copy_printable(info->kernel_release, sizeof(info->kernel_release), json_get_string(kernel, "release"));
	text_copy_printable(info->kernel_version, sizeof(info->kernel_version), json_get_string(kernel, "version"));
	text_copy_printable(info->machine, sizeof(info->machine), json_get_string(kernel, "machine"));
	info->uptime_us = json_get_count(answer, "uptime_us", 0);
	info->cpus = json_get_count(answer, "cpus", 0);
	info->memory_total_bytes = json_get_count(memory, "total_bytes", 0);
	info->memory_available_bytes = json_get_count(memory, "available_bytes", 0);
	info->agent_starts = json_get_count(agent, "starts", 0);
	info->agent_memory_bytes = json_get_count(agent, "memory_bytes", 0);
	info->agent_connections = json_get_count(agent, "connections", 0);
	info->agent_requests = json_get_count(agent, "requests", 0);
	info->execs_running = json_get_count(agent, "execs_running", 0);
	info->execs_total = json_get_count(agent, "execs_total", 0);
	read_boot(answer, info);
}

enum pith_code pith_info(struct pith_conn *conn, int64_t timeout_ms, struct pith_info *ret, struct pith_error *err)
{
	struct json *answer = NULL;
	enum pith_code code = request_ask(conn, "info", NULL, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	*ret = (struct pith_info){ .boot_step_count = 0 };
	read_info(answer, ret);
	json_free(answer);
	return PITH_OK;
}

enum pith_code pith_poweroff(struct pith_conn *conn, int64_t timeout_ms, struct pith_error *err)
{
	return pith_request(conn, "poweroff", NULL, timeout_ms, NULL, err);
}

enum pith_code pith_reboot(struct pith_conn *conn, int64_t timeout_ms, struct pith_error *err)
{
	return pith_request(conn, "reboot", NULL, timeout_ms, NULL, err);
}

const char *pith_result_json(const struct pith_conn *conn)
{
	return conn->result;
}
