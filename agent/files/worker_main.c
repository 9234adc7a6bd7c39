/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a worker's connection from its first file request to its end: the loop, and the one reply to each request.
 *
 * Never: goes on after a broken rule of the protocol.
 */
#include "agent/files/worker_main.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/protocol/host_frames.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/cleanup.h"

/* Buffers for requests and results that grew beyond this size are freed after the request. */
#define BODY_KEPT 4096u
/* worker_is_wanted() costs one system call, as much as a short step itself. */
#define LOOK_EVERY 256

uint8_t worker_bytes[LIMIT_DATA_BYTES];

static struct buf result = { .max = FRAME_JSON_MAX };

static void begin(struct reply *reply)
{
	if (result.size > BODY_KEPT)
		buf_deinit(&result);
	reply_begin(reply, &result);
}

static void send_reply(struct worker_self *w, struct reply *reply)
{
	enum frame_type type = reply_end(reply);

	worker_conn_queue(&w->conn, type, FRAME_STDIN, result.data, result.len);
}

/*
 * Sends the error for a broken rule, and gives the host a moment to read it: a close with unread input would discard
 * the error. Returns false: the connection is over, as with every function below that says so.
 */
static bool fail_with(struct worker_self *w, const struct reply *error)
{
	reply_write_error(error, &result);
	worker_conn_queue(&w->conn, FRAME_ERROR, FRAME_STDIN, result.data, result.len);
	worker_conn_drain(&w->conn, LIMIT_CLOSING_US);
	return false;
}

static bool fail(struct worker_self *w, const char *why)
{
	struct reply error = { 0 };

	reply_fail(&error, ERROR_PROTOCOL_ERROR, "%s", why);
	return fail_with(w, &error);
}

static void leave(struct worker_self *w)
{
	close_fd(&w->root_fd);
	w->receiving = false;
	worker_user_leave(w);
}

/* busy is set before `still` is read; the agent sets `still` before it reads busy. So one of the two sees the other. */
static bool may_begin(struct worker_self *w, const struct request *request, struct reply *reply)
{
	atomic_store(&w->slot->busy, true);
	if (w->token_now && atomic_load(w->token_now) != w->token_version && request->type != REQUEST_ping)
		return reply_fail(reply, ERROR_PERMISSION_DENIED, "this guest has a new token: it takes another connection to give it");
	if (!atomic_load(&w->board->still) || (request_when(request->type) & REQUEST_WHILE_QUIESCED))
		return true;
	return reply_fail(reply, ERROR_QUIESCED, "the guest stands still for a snapshot");
}

static bool serve(struct worker_self *w, const struct request *request, struct reply *reply)
{
	reply->op = request_name(request->type);
	if (may_begin(w, request, reply))
		w->serve(w, request, reply);
	atomic_store(&w->slot->busy, false);
	leave(w);
	if (w->event.size > BODY_KEPT)
		buf_deinit(&w->event);
	if (w->lost == -EPROTO)
		return fail(w, w->conn.problem);
	if (w->lost)
		return false;
	send_reply(w, reply);
	return true;
}

static bool serve_text(struct worker_self *w, const char *text, size_t len)
{
	struct request request;
	struct reply reply;

	begin(&reply);
	if (request_decode(text, len, &request, &reply))
		return serve(w, &request, &reply);
	send_reply(w, &reply);
	return true;
}

/* Reads the body of a JSON frame; adds no NUL. 0 or -errno. */
static int read_json(struct worker_self *w, const struct frame_header *header, struct buf *body)
{
	uint8_t *to;
	int r = 0;

	body->len = 0;
	/* One byte more, so that an empty body has an address too. */
	to = buf_reserve(body, header->length + 1);
	if (!to)
		return -ENOMEM;
	r = worker_conn_body(&w->conn, to, header->length);
	if (r == 0)
		buf_commit(body, header->length);
	return r;
}

static bool act_on_json(struct worker_self *w, const struct frame_header *header, struct buf *body)
{
	const struct cJSON *event;
	struct reply error = { 0 };
	int r = read_json(w, header, body);

	if (r < 0)
		return r == -EPROTO && fail(w, w->conn.problem);
	if (header->type == FRAME_REQUEST)
		return serve_text(w, (const char *)body->data, body->len);
	return host_frames_decode_event((const char *)body->data, body->len, &event, &error) || fail_with(w, &error);
}

/* Acts on a frame between two requests: a request, or a frame that the host sent before it saw the last reply. */
static bool act_on_frame(struct worker_self *w, const struct frame_header *header, struct buf *body)
{
	const char *broken = host_frames_broken_rule(header, false);
	bool goes_on = true;

	if (broken)
		return fail(w, broken);
	if (header->type == FRAME_REQUEST || header->type == FRAME_EVENT)
		goes_on = act_on_json(w, header, body);
	if (body->size > BODY_KEPT)
		buf_deinit(body);
	return goes_on;
}

void worker_serve(const struct worker_start *start)
{
	struct worker_self w = {
		.root_fd = -1, .generation = start->generation, .board = start->board, .slot = start->slot,
		.upper_fd = start->upper_fd, .serve = start->serve,
		.token_now = start->token_now, .token_version = start->token_version,
	};
	struct buf body = BUF_INIT(FRAME_JSON_MAX + 1);
	struct frame_header header;
	struct reply reply;
	bool goes_on;
	int r = 0;

	w.conn = (struct worker_conn){ .fd = start->fd, .in_len = start->in_len, .out = start->out };
	memcpy(w.conn.in, start->in, start->in_len);
	w.event = BUF_INIT(FRAME_JSON_MAX);
	worker_user_init();

	begin(&reply);
	goes_on = serve(&w, start->request, &reply);
	while (goes_on && (r = worker_conn_next(&w.conn, &header)) == 0)
		goes_on = act_on_frame(&w, &header, &body);
	if (r == -EPROTO)
		fail(&w, w.conn.problem);
	buf_deinit(&body);
	buf_deinit(&w.event);
	buf_deinit(&w.conn.out);
	buf_deinit(&result);
}

_Noreturn void worker_run(const struct worker_start *start)
{
	worker_serve(start);
	_exit(0);
}

bool worker_enter(struct worker_self *w, const char *user, const char *root, struct reply *reply)
{
	if (user && !worker_user_become(w, user, reply))
		return false;
	if (root && root[0] != '/')
		return reply_fail_field(reply, "root", "root: must begin with /");
	w->root_fd = path_open_root(root ? root : "/");
	if (w->root_fd < 0)
		return reply_fail_path(reply, w->root_fd, "root");
	return true;
}

struct buf *worker_event_begin(struct worker_self *w, const char *name)
{
	w->event.len = 0;
	w->event.failed = false;
	jsonw_object(&w->event, NULL);
	jsonw_string(&w->event, "event", name);
	return &w->event;
}

void worker_event_end(struct worker_self *w)
{
	jsonw_object_end(&w->event);
	w->conn.out.failed |= w->event.failed;
	worker_conn_queue(&w->conn, FRAME_EVENT, FRAME_STDIN, w->event.data, w->event.len);
}

bool worker_lose(struct worker_self *w, int r)
{
	if (!w->lost)
		w->lost = r;
	return false;
}

bool worker_flush(struct worker_self *w)
{
	int r = worker_conn_flush(&w->conn);

	return r == 0 || worker_lose(w, r);
}

bool worker_is_wanted(struct worker_self *w)
{
	return !worker_conn_is_gone(&w->conn) || worker_lose(w, -EPIPE);
}

bool worker_is_wanted_still(struct worker_self *w)
{
	return ++w->steps % LOOK_EVERY || worker_is_wanted(w);
}

uint32_t worker_begin_upload(struct worker_self *w)
{
	w->window = LIMIT_UPLOAD_WINDOW;
	w->receiving = true;
	return LIMIT_UPLOAD_WINDOW;
}

static int broke(struct worker_self *w, const char *rule)
{
	w->conn.problem = rule;
	return -EPROTO;
}

/* Reads the next frame header of an upload: 1 for data, 0 at the end of the stream, or -errno (-EPIPE, -EPROTO). */
static int next_part(struct worker_self *w)
{
	struct frame_header header;
	const char *broken;
	int r = worker_conn_next(&w->conn, &header);

	if (r < 0)
		return r;
	broken = host_frames_broken_rule(&header, true);
	if (!broken && header.type == FRAME_EVENT)
		broken = "an upload has no events";
	if (broken)
		return broke(w, broken);
	if (header.type == FRAME_END)
		return 0;
	if (header.length > w->window)
		return broke(w, HOST_FRAMES_NO_CREDIT);
	w->window -= header.length;
	return 1;
}

/* Grants consumed bytes as new credit, once they are a quarter of the window. */
static void grant(struct worker_self *w)
{
	uint64_t room = LIMIT_UPLOAD_WINDOW - w->window - w->conn.left;
	uint8_t bytes[4];

	if (room < LIMIT_UPLOAD_WINDOW / 4)
		return;
	frame_put_u32(bytes, (uint32_t)room);
	worker_conn_queue(&w->conn, FRAME_WINDOW, FRAME_STDIN, bytes, sizeof(bytes));
	w->window += room;
}

ssize_t worker_receive(struct worker_self *w, void *to, size_t max)
{
	while (w->receiving && !w->lost) {
		ssize_t n;
		int r;

		grant(w);
		r = w->conn.left ? 1 : next_part(w);
		if (r == 0) {
			w->receiving = false;
			return 0;
		}
		n = r < 0 ? r : worker_conn_some(&w->conn, to, max);
		if (n < 0)
			worker_lose(w, (int)n);
		/* A D frame may be empty: n is 0 before the end of the upload. */
		if (n != 0)
			return n;
	}
	return w->lost;
}

bool worker_receive_stop(struct worker_self *w)
{
	_cleanup_buf_ struct buf body = BUF_INIT(FRAME_JSON_MAX + 1);
	const struct cJSON *event, *name;
	struct reply error = { 0 };
	const char *text = "";
	struct frame_header header;
	int r = worker_conn_next(&w->conn, &header);

	if (r < 0)
		return worker_lose(w, r);
	if (header.type != FRAME_EVENT)
		return worker_lose(w, broke(w, "inside this request only the event stop may come"));
	r = read_json(w, &header, &body);
	if (r < 0)
		return worker_lose(w, r);
	if (!host_frames_decode_event((const char *)body.data, body.len, &event, &error))
		return worker_lose(w, broke(w, "the event is not a strict JSON object"));
	name = json_member(event, "event");
	if (!name || !json_get_string(name, &text) || strcmp(text, "stop") != 0)
		worker_lose(w, broke(w, "inside this request only the event stop may come"));
	return false;
}
