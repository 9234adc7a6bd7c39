/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the socket that guests dial, and the acknowledgement of notices.
 *
 * Never: removes a socket that a process listens on, waits for one connection longer than CALLER_MS.
 */
#include "host/include/pith_notices.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "common/cleanup.h"
#include "host/lib/address.h"
#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/guest.h"

#define CALLER_MS 5000
#define BACKLOG 16

struct pith_listener {
	int fd;
	uint32_t cid;			/* of the only guest that is accepted, or VMADDR_CID_ANY */
	char name[160];			/* the address, for error messages */
	char path[ADDRESS_PATH_MAX];	/* the socket to remove at the end, or "" */
	char *json;			/* of the last notice */
};

static bool nobody_listens(const struct sockaddr_un *sa)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0 && errno == ECONNREFUSED;
}

static int bind_unix(int fd, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return 0;
	if (errno != EADDRINUSE || !nobody_listens(&sa))
		return -errno;
	if (unlink(path) < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return 0;
}

static int bind_vsock(int fd, uint32_t port)
{
	struct sockaddr_vm sa = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port };

	return bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
}

/* False if the path would be too long. */
static bool choose_path(const struct address *address, char path[ADDRESS_PATH_MAX])
{
	int len;

	if (address->kind == ADDRESS_HYBRID)
		len = snprintf(path, ADDRESS_PATH_MAX, "%s_%u", address->path, address->port);
	else
		len = snprintf(path, ADDRESS_PATH_MAX, "%s", address->path);
	return len >= 0 && (size_t)len < ADDRESS_PATH_MAX;
}

static enum pith_code open_listener(const struct address *address, struct pith_listener *l, struct pith_error *err)
{
	bool is_vsock = address->kind == ADDRESS_VSOCK;
	_cleanup_close_ int fd = socket(is_vsock ? AF_VSOCK : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char path[ADDRESS_PATH_MAX] = "";
	int r;

	if (fd < 0)
		return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot make a socket", l->name);
	if (!is_vsock && !choose_path(address, path))
		return error_set(err, PITH_BAD_ARGUMENT, "%s: the path of the socket would be too long", l->name);
	r = is_vsock ? bind_vsock(fd, address->port) : bind_unix(fd, path);
	if (r == -EADDRINUSE)
		return error_set_errno(err, PITH_SYSTEM, -r, "%s: somebody listens there already", l->name);
	if (r < 0)
		return error_set_errno(err, PITH_SYSTEM, -r, "%s: cannot listen", l->name);
	memcpy(l->path, path, sizeof(path));
	if (listen(fd, BACKLOG) < 0)
		return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot listen", l->name);
	l->cid = is_vsock ? address->cid : VMADDR_CID_ANY;
	l->fd = take_fd(&fd);
	return PITH_OK;
}

enum pith_code pith_listen(const char *address, struct pith_listener **ret, struct pith_error *err)
{
	struct address parsed;
	enum address_result result = address_parse(address, &parsed);
	struct pith_listener *l;
	enum pith_code code;

	if (result != ADDRESS_OK)
		return error_set(err, PITH_BAD_ARGUMENT, "bad address \"%s\": %s", address, address_result_text(result));
	l = calloc(1, sizeof(*l));
	if (!l)
		return error_set_no_memory(err);
	l->fd = -1;
	snprintf(l->name, sizeof(l->name), "%s", address);
	code = open_listener(&parsed, l, err);
	if (code == PITH_OK)
		*ret = l;
	else
		pith_listener_close(l);
	return code;
}

void pith_listener_close(struct pith_listener *listener)
{
	if (!listener)
		return;
	close_fd(&listener->fd);
	if (listener->path[0])
		unlink(listener->path);
	free(listener->json);
	free(listener);
}

/* The event in the first frame of a connection, or NULL: the connection ended, broke the protocol, or its time is over. */
static char *read_event(struct pith_conn *conn, int64_t deadline)
{
	for (;;) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(conn, &frame, &problem)) {
		case CONN_FRAME:
			return frame.type == FRAME_EVENT ? strndup((const char *)frame.payload, frame.len) : NULL;
		case CONN_BROKEN:
			return NULL;
		case CONN_NEED_MORE:
			break;
		}
		if (conn->eof || conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline) != PITH_OK)
			return NULL;
	}
}

/* False if text is not a notice. */
static bool read_notice(const char *text, struct pith_notice *ret)
{
	const char *problem;
	struct json *json = json_parse_object(text, strlen(text), &problem);
	struct pith_notice notice = { .json = text };

	text_copy_printable(notice.event, sizeof(notice.event), json_get_string(json, "event"));
	text_copy_printable(notice.version, sizeof(notice.version), json_get_string(json, "pith"));
	text_copy_printable(notice.boot_id, sizeof(notice.boot_id), json_get_string(json, "boot_id"));
	text_copy_printable(notice.generation, sizeof(notice.generation), json_get_string(json, "generation"));
	notice.protocol_min = (uint32_t)json_get_count(json, "protocol_min", 0);
	notice.protocol_max = (uint32_t)json_get_count(json, "protocol_max", 0);
	notice.starts = json_get_count(json, "starts", 0);
	notice.attempt = json_get_count(json, "attempt", 0);
	notice.boot_step_count = guest_read_boot(json, notice.boot);
	json_free(json);
	if (!notice.event[0] || !notice.generation[0])
		return false;
	*ret = notice;
	return true;
}

/* Sends the acknowledgement and waits for the guest's close: an early close on this side could discard the bytes. */
static bool acknowledge(struct pith_conn *conn, int64_t deadline)
{
	bool queued = conn_queue(conn, FRAME_RESULT, 0, "{}", 2);

	while (queued && !conn->eof) {
		struct pollfd fds[1];

		if (conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline) != PITH_OK)
			return false;
	}
	return queued && conn->out.len == 0;
}

/* Consumes fd. */
static bool serve(struct pith_listener *l, int fd, int64_t deadline, struct pith_notice *ret)
{
	struct pith_conn *conn = conn_new(fd, l->name);
	bool good = false;
	char *text;

	if (!conn)
		return false;
	text = read_event(conn, deadline);
	if (text && read_notice(text, ret) && acknowledge(conn, deadline)) {
		free(l->json);
		l->json = text;
		text = NULL;
		good = true;
	}
	free(text);
	pith_close(conn);
	return good;
}

static bool is_heard(const struct pith_listener *l, const struct sockaddr_vm *peer)
{
	return l->cid == VMADDR_CID_ANY || (peer->svm_family == AF_VSOCK && peer->svm_cid == l->cid);
}

enum pith_code pith_take_notice(struct pith_listener *listener, int64_t timeout_ms, struct pith_notice *ret,
				struct pith_error *err)
{
	int64_t deadline = deadline_after(timeout_ms);

	for (;;) {
		struct pollfd p = { .fd = listener->fd, .events = POLLIN };
		struct sockaddr_vm peer = { 0 };
		socklen_t size = sizeof(peer);
		int64_t of_caller = deadline_after(CALLER_MS);
		int fd;

		if (poll(&p, 1, deadline_left(deadline)) < 0 && errno != EINTR)
			return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot wait", listener->name);
		fd = accept4(listener->fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0 && !is_heard(listener, &peer))
			close_fd(&fd);
		else if (fd >= 0 && serve(listener, fd, of_caller < deadline ? of_caller : deadline, ret))
			return PITH_OK;
		if (deadline_has_passed(deadline))
			return error_set(err, PITH_DEADLINE, "%s: the guest has not called within %lld ms", listener->name,
					 (long long)timeout_ms);
	}
}
