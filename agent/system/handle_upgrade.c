/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way of a new agent's file from the host to a sealed memfd and on to PID 1. Then this agent ends, and PID 1
 * starts the new one with the kept state and fds; if the new agent does not come up, PID 1 starts the old one again.
 *
 * Never: runs the file itself, hands over to an agent that the boot did not allow.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include "agent/core/agent.h"
#include "agent/core/log.h"
#include "agent/exec/persist_version.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/system/upgrade_check.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/sha256.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3; without it vm.memfd_noexec=1 makes the memfd not executable */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
/* The first credit of the upload. */
#define WINDOW_BYTES (256u << 10)

struct upgrade {
	struct op op;
	int fd;
	int error;		/* -errno of a write; later bytes are dropped */
	uint64_t size, received;
	size_t credit, used;
	struct sha256 sha256;
	char wanted[SHA256_TEXT_SIZE];
	uint8_t bytes[WINDOW_BYTES];
};

static void drop(struct upgrade *u)
{
	close_fd(&u->fd);
	free(u);
}

static struct upgrade *upgrade_of(struct op *op)
{
	return container_of(op, struct upgrade, op);
}

static enum op_accept take_data(struct op *op, size_t len)
{
	struct upgrade *u = upgrade_of(op);

	if (len > u->credit)
		return OP_NO_CREDIT;
	u->credit -= len;
	return OP_ACCEPT;
}

static int give_space(struct op *op, size_t max, struct iovec iov[2])
{
	struct upgrade *u = upgrade_of(op);

	iov[0] = (struct iovec){ u->bytes + u->used, max };
	return 1;
}

static void on_received(struct op *op, size_t n)
{
	upgrade_of(op)->used += n;
}

static void write_out(struct upgrade *u)
{
	sha256_add(&u->sha256, u->bytes, u->used);
	u->received += u->used;
	for (size_t at = 0; at < u->used && !u->error && u->received <= u->size;) {
		ssize_t n = io_write(u->fd, u->bytes + at, u->used - at);

		if (n < 0)
			u->error = (int)-n;
		else
			at += (size_t)n;
	}
	u->used = 0;
}

static void on_settle(struct op *op)
{
	struct upgrade *u = upgrade_of(op);
	uint8_t bytes[4];
	size_t n = u->used;

	if (n == 0)
		return;
	write_out(u);
	u->credit += n;
	frame_put_u32(bytes, (uint32_t)n);
	conn_queue(op->conn, FRAME_WINDOW, FRAME_STDIN, bytes, sizeof(bytes));
}

static bool fail_unfit(enum upgrade_fit fit, const struct upgrade_note *note, struct reply *reply)
{
	switch (fit) {
	case UPGRADE_FITS:
		return true;
	case UPGRADE_NO_PROGRAM:
		return reply_fail(reply, ERROR_UNSUPPORTED, "the file is no ELF program for 64 bits, or is damaged");
	case UPGRADE_OTHER_MACHINE:
		return reply_fail(reply, ERROR_UNSUPPORTED, "the file is a program for another machine");
	case UPGRADE_NOT_STATIC:
		return reply_fail(reply, ERROR_UNSUPPORTED, "the file is not linked statically");
	case UPGRADE_NO_AGENT:
		return reply_fail(reply, ERROR_UNSUPPORTED, "the file is no pith-agent that can be upgraded to");
	case UPGRADE_OTHER_STATE:
		return reply_fail(reply, ERROR_UNSUPPORTED, "pith-agent %s reads states of version %u to %u, and this one's is %u",
				  note->version, note->reads, note->state, PERSIST_VERSION);
	}
	return false;
}

static bool check_file(struct upgrade *u, struct upgrade_note *note, struct reply *reply)
{
	void *data = mmap(NULL, (size_t)u->size, PROT_READ, MAP_PRIVATE, u->fd, 0);
	enum upgrade_fit fit;

	if (data == MAP_FAILED)
		return reply_fail_errno(reply, errno, "upgrade");
	fit = upgrade_check(data, (size_t)u->size, note);
	munmap(data, (size_t)u->size);
	return fail_unfit(fit, note, reply);
}

static bool check(struct upgrade *u, struct upgrade_note *note, struct reply *reply)
{
	char sum[SHA256_TEXT_SIZE];

	write_out(u);
	sha256_end(&u->sha256, sum);
	if (u->error)
		return reply_fail_errno(reply, u->error, "upgrade");
	if (u->received != u->size)
		return reply_fail_field(reply, "size_bytes", "size_bytes: %llu bytes were received", (unsigned long long)u->received);
	if (strcmp(sum, u->wanted) != 0)
		return reply_fail_field(reply, "sha256", "sha256: the received file has %s", sum);
	return check_file(u, note, reply);
}

static bool hand_over(struct agent *agent, struct upgrade *u, struct reply *reply)
{
	int r;

	if (fchmod(u->fd, 0500) < 0 || fcntl(u->fd, F_ADD_SEALS, SEALS) < 0)
		return reply_fail_errno(reply, errno, "upgrade");
	r = lifeline_send(agent->lifeline, LIFELINE_UPGRADE, NULL, 0, &u->fd, 1);
	if (r < 0)
		return reply_fail_errno(reply, -r, "pith-init cannot be told");
	/* The loop ends once the reply was sent. */
	agent->handing_over = true;
	return true;
}

static void on_end(struct op *op)
{
	struct upgrade *u = upgrade_of(op);
	struct agent *agent = op->conn->agent;
	struct upgrade_note note;
	struct reply reply;

	dispatch_begin(op, &reply);
	if (check(u, &note, &reply) && hand_over(agent, u, &reply)) {
		log_line("handing over to pith-agent %s", note.version);
		jsonw_string(reply.result, "pith", note.version);
		jsonw_count(reply.result, "starts", agent->starts);
	}
	dispatch_finish(op, &reply);
	drop(u);
}

static void on_gone(struct op *op)
{
	drop(upgrade_of(op));
}

static const struct op_class upgrade_op = {
	.data = take_data,
	.space = give_space,
	.received = on_received,
	.settle = on_settle,
	.end = on_end,
	.gone = on_gone,
};

/* pith.upgrade= is `any`, or sha256 sums with commas between them. */
static bool is_allowed(const char *sum)
{
	const char *list = getenv(LIFELINE_ENV_UPGRADE);

	if (!list)
		return false;
	if (strcmp(list, "any") == 0)
		return true;
	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == strlen(sum) && memcmp(list, sum, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static bool may_upgrade(const struct agent *agent, const struct request_upgrade *request, struct reply *reply)
{
	if (agent->lifeline < 0)
		return reply_fail(reply, ERROR_UNSUPPORTED, "this agent was not started by pith-init");
	if (agent->handing_over)
		return reply_fail(reply, ERROR_BUSY, "an upgrade is under way");
	if (request->f_sha256[strspn(request->f_sha256, "0123456789abcdef")])
		return reply_fail_field(reply, "sha256", "sha256: must be 64 hexadecimal digits, 0 to 9 and a to f");
	if (!is_allowed(request->f_sha256))
		return reply_fail(reply, ERROR_PERMISSION_DENIED, "the guest was booted neither with pith.upgrade=%.16s… nor with =any",
				  request->f_sha256);
	return true;
}

static void send_started(struct upgrade *u, struct buf *b)
{
	b->len = 0;
	jsonw_object(b, NULL);
	jsonw_string(b, "event", "started");
	jsonw_count(b, "window_bytes", u->credit);
	jsonw_object_end(b);
	conn_queue(u->op.conn, FRAME_EVENT, FRAME_STDIN, b->data, b->len);
}

enum handled handle_upgrade(struct conn *c, const struct request_upgrade *request, struct reply *reply)
{
	struct upgrade *u;

	if (!may_upgrade(c->agent, request, reply))
		return HANDLED_NOW;
	u = calloc(1, sizeof(*u));
	if (!u) {
		reply_fail_errno(reply, ENOMEM, "upgrade");
		return HANDLED_NOW;
	}
	u->fd = memfd_create("pith-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (u->fd < 0 && errno == EINVAL)
		u->fd = memfd_create("pith-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (u->fd < 0) {
		reply_fail_errno(reply, errno, "upgrade");
		drop(u);
		return HANDLED_NOW;
	}
	u->op = (struct op){ .class = &upgrade_op, .conn = c };
	u->size = request->f_size_bytes;
	u->credit = WINDOW_BYTES;
	memcpy(u->wanted, request->f_sha256, sizeof(u->wanted));
	sha256_init(&u->sha256);
	c->op = &u->op;
	send_started(u, reply->result);
	return HANDLED_LATER;
}
