/* SPDX-License-Identifier: Apache-2.0 */
/* Owns file_read: its fields and its reply. Never: accepts fewer or more bytes than the reply counts. */
#include "host/lib/conn.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_stream.h"

struct read {
	struct pith_conn *conn;
	const struct pith_read_options *options;
};

static enum pith_code on_started(void *user, const struct json *event, struct pith_error *err)
{
	const struct read *read = user;
	struct pith_file file;
	int r;

	if (!file_state_read(event, &file))
		return file_tell_bad_state(read->conn, err);
	r = read->options->started ? read->options->started(read->options->user, &file) : 0;
	return r < 0 ? file_stream_output_failed(read->conn, r, err) : PITH_OK;
}

enum pith_code pith_file_read(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      const struct pith_read_options *options, struct pith_read_result *ret,
			      struct pith_error *err)
{
	struct read read = { .conn = conn, .options = options };
	struct file_stream stream = { .conn = conn, .op = "file_read", .started = on_started, .user = &read };
	struct file_request request;
	uint64_t received;
	struct json *answer;
	enum pith_code code;
	bool ended;

	file_request_init(&request, where, path);
	if (options->offset_bytes)
		file_request_integer(&request, "offset_bytes", (int64_t)options->offset_bytes);
	if (options->length_bytes)
		file_request_integer(&request, "length_bytes", (int64_t)options->length_bytes);
	file_request_text(&request, "if_changed_since", options->if_changed_since);
	stream.timeout_ms = request.timeout_ms;
	code = file_request_queue(conn, "file_read", &request, err);
	if (code == PITH_OK)
		code = file_stream_down(&stream, &options->output, &answer, &received, &ended, err);
	if (code != PITH_OK)
		return code;
	*ret = (struct pith_read_result){
		.changed = json_get_bool(answer, "changed"),
		.stable = json_get_bool(answer, "stable"),
		.sent_bytes = json_get_count(answer, "sent_bytes", 0),
	};
	if (!file_state_read(answer, &ret->file))
		code = file_tell_bad_state(conn, err);
	else if (ret->sent_bytes != received || ret->changed != ended)
		code = conn_tell_bad_reply(conn, "the bytes of a file are not those that it counts", err);
	json_free(answer);
	return code;
}
