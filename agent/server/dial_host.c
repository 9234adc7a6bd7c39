/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the dial to the host and its back-off.
 *
 * Never: blocks the loop, has more than one dial under way, takes a frame other than R for an acknowledgement.
 */
#include "agent/server/dial_host.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/hello.h"
#include "agent/server/server.h"
#include "common/cleanup.h"
#include "common/io.h"

#define UNIX_PREFIX "unix:"

static const char *const state_names[] = {
	[DIAL_HOST_OFF] = "off",	      [DIAL_HOST_WAITING] = "waiting",
	[DIAL_HOST_CONNECTING] = "connecting", [DIAL_HOST_TOLD] = "told",
	[DIAL_HOST_ACKNOWLEDGED] = "acknowledged",
};

static void stop(struct agent *agent)
{
	struct dial_host *n = &agent->server->notify;

	loop_close(&agent->loop, &n->socket);
	loop_timer_clear(&agent->loop, &n->timer);
	n->in_len = 0;
}

static void try_later(struct agent *agent)
{
	struct dial_host *n = &agent->server->notify;

	stop(agent);
	n->state = DIAL_HOST_WAITING;
	loop_timer_set(&agent->loop, &n->timer, n->delay_us);
	n->delay_us = n->delay_us * 2 < LIMIT_NOTIFY_MAX_US ? n->delay_us * 2 : LIMIT_NOTIFY_MAX_US;
}

/* A fresh socket takes the whole event in one write; a short write ends the attempt. */
static int send_event(struct agent *agent)
{
	struct buf *b = &agent->scratch;
	uint8_t header[FRAME_HEADER_SIZE];
	struct iovec iov[2];
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };

	b->len = 0;
	b->failed = false;
	hello_write_event(agent, b);
	if (b->failed)
		return -ENOMEM;
	frame_encode_header(&(struct frame_header){ .length = (uint32_t)b->len, .type = FRAME_EVENT }, header);
	iov[0] = (struct iovec){ header, sizeof(header) };
	iov[1] = (struct iovec){ b->data, b->len };
	if (sendmsg(agent->server->notify.socket.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)(sizeof(header) + b->len))
		return -EIO;
	return 0;
}

/* Reads the header, then the payload. The payload is for later versions and thrown away. */
static ssize_t read_part(struct dial_host *n)
{
	uint8_t away[256];
	size_t missing = sizeof(n->in) - n->in_len;
	ssize_t got;

	if (missing) {
		got = io_read(n->socket.fd, n->in + n->in_len, missing);
		n->in_len += got > 0 ? (size_t)got : 0;
		return got;
	}
	got = io_read(n->socket.fd, away, n->left < sizeof(away) ? n->left : sizeof(away));
	n->left -= got > 0 ? (uint32_t)got : 0;
	return got;
}

/* 1: the host has acknowledged; 0: not yet; -errno: the attempt has failed. */
static int read_answer(struct dial_host *n)
{
	struct frame_header header;
	bool had_header = n->in_len == sizeof(n->in);
	ssize_t got = read_part(n);

	if (got == -EAGAIN)
		return 0;
	if (got <= 0)
		return got < 0 ? (int)got : -EPIPE;
	if (n->in_len < sizeof(n->in))
		return 0;
	if (!had_header) {
		if (frame_decode_header(n->in, sizeof(n->in), &header) != FRAME_OK || header.type != FRAME_RESULT)
			return -EPROTO;
		n->left = header.length;
	}
	return n->left == 0;
}

static int connect_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
}

static void on_socket(struct watch *watch, uint32_t events)
{
	struct agent *agent = container_of(watch, struct server, notify.socket)->agent;
	struct dial_host *n = &agent->server->notify;
	int r;

	(void)events;
	if (n->state == DIAL_HOST_CONNECTING) {
		r = connect_result(watch->fd);
		if (r == 0)
			r = send_event(agent);
		if (r == 0)
			r = loop_watch(&agent->loop, watch, EPOLLIN);
		if (r == 0)
			n->state = DIAL_HOST_TOLD;
	} else {
		r = read_answer(n);
	}
	if (r < 0)
		try_later(agent);
	if (r <= 0)
		return;
	stop(agent);
	n->state = DIAL_HOST_ACKNOWLEDGED;
}

static int dial(struct dial_host *n)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_vm host = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = n->port };
	_cleanup_close_ int fd = socket(n->port ? AF_VSOCK : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	memcpy(local.sun_path, n->path, sizeof(n->path));
	if (n->port)
		r = connect(fd, (const struct sockaddr *)&host, sizeof(host));
	else
		r = connect(fd, (const struct sockaddr *)&local, sizeof(local));
	if (r < 0 && errno != EINPROGRESS)
		return -errno;
	return take_fd(&fd);
}

static void attempt(struct agent *agent)
{
	struct dial_host *n = &agent->server->notify;

	n->attempts++;
	n->socket.fd = dial(n);
	if (n->socket.fd < 0) {
		n->socket.fd = -1;
		try_later(agent);
		return;
	}
	n->state = DIAL_HOST_CONNECTING;
	loop_timer_set(&agent->loop, &n->timer, LIMIT_NOTIFY_US);
	if (loop_watch(&agent->loop, &n->socket, EPOLLOUT) < 0)
		try_later(agent);
}

static void on_timer(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct server, notify.timer)->agent;

	if (agent->server->notify.state == DIAL_HOST_WAITING)
		attempt(agent);
	else
		try_later(agent);
}

static uint32_t parse_port(const char *text)
{
	char *end;
	unsigned long long port = strtoull(text, &end, 10);

	return *text < '0' || *text > '9' || *end || port >= VMADDR_PORT_ANY ? 0 : (uint32_t)port;
}

bool dial_host_init(struct agent *agent, const char *target)
{
	struct dial_host *n = &agent->server->notify;
	size_t prefix = strlen(UNIX_PREFIX), len;

	*n = (struct dial_host){ .socket = { .fd = -1, .fn = on_socket }, .timer = { .fn = on_timer } };
	if (!target)
		return true;
	n->port = parse_port(target);
	if (!n->port) {
		if (strncmp(target, UNIX_PREFIX "/", prefix + 1) != 0)
			return false;
		len = strlen(target + prefix);
		if (len >= sizeof(n->path))
			return false;
		memcpy(n->path, target + prefix, len + 1);
	}
	n->state = DIAL_HOST_ACKNOWLEDGED;
	return true;
}

void dial_host_later(struct agent *agent, enum dial_host_event event, int64_t in_us)
{
	struct dial_host *n = &agent->server->notify;

	if (n->state == DIAL_HOST_OFF)
		return;
	stop(agent);
	n->event = event;
	n->attempts = 0;
	n->delay_us = LIMIT_NOTIFY_FIRST_US;
	n->state = DIAL_HOST_WAITING;
	loop_timer_set(&agent->loop, &n->timer, in_us);
}

void dial_host_again(struct agent *agent, enum dial_host_event event)
{
	dial_host_later(agent, event, 0);
	if (agent->server->notify.state == DIAL_HOST_OFF)
		return;
	loop_timer_clear(&agent->loop, &agent->server->notify.timer);
	attempt(agent);
}

void dial_host_end(struct agent *agent)
{
	stop(agent);
	agent->server->notify.state = DIAL_HOST_OFF;
}

void dial_host_write(const struct agent *agent, struct buf *b)
{
	const struct dial_host *n = &agent->server->notify;

	if (n->state == DIAL_HOST_OFF)
		return;
	jsonw_object(b, "notify");
	jsonw_string(b, "event", hello_event_name(n->event));
	jsonw_string(b, "state", state_names[n->state]);
	jsonw_count(b, "attempts", n->attempts);
	jsonw_object_end(b);
}
