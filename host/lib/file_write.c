/* SPDX-License-Identifier: Apache-2.0 */
/* Owns file_write: its fields and its reply. Never: begins input at another offset than the agent's. */
#include "host/lib/conn.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_stream.h"

struct write {
	struct pith_conn *conn;
	const struct pith_write_options *options;
};

static enum pith_code on_started(void *user, const struct json *event, struct pith_error *err)
{
	const struct write *write = user;
	uint64_t offset = json_get_count(event, "offset_bytes", UINT64_MAX);
	int r;

	if (offset == UINT64_MAX)
		return conn_tell_bad_reply(write->conn, "an upload that does not begin anywhere", err);
	r = write->options->started ? write->options->started(write->options->user, offset) : 0;
	return r < 0 ? file_stream_input_failed(write->conn, r, err) : PITH_OK;
}

static void add_options(struct file_request *request, const struct pith_write_options *options)
{
	static const char *const how[] = {
		[PITH_WRITE_REPLACE] = "replace",
		[PITH_WRITE_CREATE_NEW] = "create_new",
		[PITH_WRITE_APPEND] = "append",
		[PITH_WRITE_AT] = "at",
	};
	static const char *const fsync_names[] = {
		[PITH_FSYNC_NONE] = "none",
		[PITH_FSYNC_FILE] = "file",
		[PITH_FSYNC_ALL] = "all",
	};

	file_request_text(request, "how", how[options->how]);
	file_request_text(request, "fsync", fsync_names[options->fsync]);
	if (options->how == PITH_WRITE_AT)
		file_request_integer(request, "offset_bytes", (int64_t)options->offset_bytes);
	file_request_text(request, "partial", options->partial);
	file_request_text(request, "if_unchanged_since", options->if_unchanged_since);
	if (options->has_mode)
		file_request_integer(request, "mode", options->mode);
	file_request_text(request, "owner", options->owner);
	if (options->has_mtime)
		file_request_integer(request, "mtime_us", options->mtime_us);
	file_request_flag(request, "parents", options->parents);
}

enum pith_code pith_file_write(struct pith_conn *conn, const struct pith_where *where, const char *path,
			       const struct pith_write_options *options, uint64_t *ret_written, struct pith_file *ret,
			       struct pith_error *err)
{
	struct write write = { .conn = conn, .options = options };
	struct file_stream stream = { .conn = conn, .op = "file_write", .started = on_started, .user = &write };
	struct file_request request;
	struct json *answer;
	enum pith_code code;

	file_request_init(&request, where, path);
	add_options(&request, options);
	stream.timeout_ms = request.timeout_ms;
	code = file_request_queue(conn, "file_write", &request, err);
	if (code == PITH_OK)
		code = file_stream_up(&stream, &options->input, &answer, err);
	if (code != PITH_OK)
		return code;
	if (!file_state_read(answer, ret))
		code = file_tell_bad_state(conn, err);
	else if (ret_written)
		*ret_written = json_get_count(answer, "written_bytes", 0);
	json_free(answer);
	return code;
}
