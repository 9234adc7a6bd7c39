/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the agent's side of the freezer: its start, the current command, the received fds, its end.
 *
 * Never: waits for the freezer, opens a file on a disk itself.
 */
#include "agent/snapshot/freezer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/helper.h"
#include "agent/core/limits.h"
#include "agent/core/pass_fds.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "agent/snapshot/quiesce.h"
#include "common/cleanup.h"

static const char *const state_names[] = {
	[FREEZE_NOT_NEEDED] = "not_needed", [FREEZE_READ_ONLY] = "read_only", [FREEZE_UNREACHABLE] = "unreachable",
	[FREEZE_READY] = "not_frozen", [FREEZE_FROZEN] = "frozen", [FREEZE_BY_OTHERS] = "frozen_by_others",
	[FREEZE_FAILED] = "failed", [FREEZE_THAWED] = "thawed",
};

static void close_fds(struct freezer *f)
{
	for (uint32_t i = 0; i < f->fd_count; i++)
		close_fd(&f->fds[i]);
	f->fd_count = 0;
}

static void forget(struct freezer *f)
{
	f->agent->snapshot->freezers--;
	loop_close(&f->agent->loop, &f->socket);
	loop_close(&f->agent->loop, &f->process);
	close_fds(f);
	munmap(f->block, sizeof(*f->block));
	free(f);
}

static void tell(struct freezer *f, int r)
{
	char command = f->command;

	f->command = 0;
	if (command && !f->abandoned)
		f->done(f->agent, r);
}

static void on_end(struct watch *watch, uint32_t events)
{
	struct freezer *f = container_of(watch, struct freezer, process);
	siginfo_t info;

	(void)events;
	if (!helper_reap(watch->fd, &info))
		return;
	loop_close(&f->agent->loop, &f->process);
	if (f->abandoned)
		forget(f);
	else
		tell(f, -EIO);
}

/* Reads a reply: two bytes (command, errno), with FREEZE_FIND's reply the fds too. */
static void on_answer(struct watch *watch, uint32_t events)
{
	struct freezer *f = container_of(watch, struct freezer, socket);
	int fds[FREEZE_MAX];
	uint8_t bytes[2];
	size_t count;
	ssize_t n = pass_fds_receive(watch->fd, bytes, sizeof(bytes), fds, FREEZE_MAX, &count, MSG_DONTWAIT);

	(void)events;
	if (n == 0)
		loop_unwatch(&f->agent->loop, watch);	/* the pidfd reports the freezer's end */
	if (n != sizeof(bytes))
		return;
	if (count > 0) {
		close_fds(f);
		memcpy(f->fds, fds, count * sizeof(int));
		f->fd_count = (uint32_t)count;
	}
	/* A reply to a command before the thaw is ignored. */
	if ((char)bytes[0] == f->command)
		tell(f, -(int)bytes[1]);
}

static _Noreturn void run(struct freezer *f, int socket_fd, pid_t agent_pid)
{
	int keep[FREEZE_MAX + 2] = { socket_fd };
	size_t count = 1;

	if (f->agent->upper_fd >= 0)
		keep[count++] = f->agent->upper_fd;
	for (uint32_t i = 0; i < f->fd_count; i++)
		keep[count++] = f->fds[i];
	if (helper_settle("pith-freezer", SIGKILL, agent_pid, keep, count) < 0)
		_exit(1);
	freezer_main(socket_fd, f->agent->upper_fd, f->block, f->fds);
}

static int start(struct freezer *f)
{
	_cleanup_close_ int theirs = -1;
	pid_t agent_pid = getpid(), pid;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	f->socket.fd = pair[0];
	theirs = pair[1];
	pid = helper_make(&f->process.fd);
	if (pid == 0)
		run(f, theirs, agent_pid);
	if (pid < 0)
		return pid;
	r = loop_watch(&f->agent->loop, &f->socket, EPOLLIN);
	if (r == 0)
		r = loop_watch(&f->agent->loop, &f->process, EPOLLIN);
	if (r < 0)
		helper_kill(pid);
	return r;
}

static struct freezer *allocate(struct agent *agent)
{
	struct freezer *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->block = mmap(NULL, sizeof(*f->block), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->block == MAP_FAILED) {
		free(f);
		return NULL;
	}
	f->agent = agent;
	f->socket = (struct watch){ .fd = -1, .fn = on_answer };
	f->process = (struct watch){ .fd = -1, .fn = on_end };
	agent->snapshot->freezers++;
	return f;
}

struct freezer *freezer_new(struct agent *agent, void (*done)(struct agent *agent, int r), const struct freeze_block *known, int *fds,
			    int *ret_error)
{
	struct freezer *f = agent->snapshot->freezers < LIMIT_FREEZERS ? allocate(agent) : NULL;

	*ret_error = agent->snapshot->freezers < LIMIT_FREEZERS ? -ENOMEM : -EAGAIN;
	for (uint32_t i = 0; known && i < known->ready; i++) {
		if (f)
			f->fds[f->fd_count++] = take_fd(&fds[i]);
		else
			close_fd(&fds[i]);
	}
	if (!f)
		return NULL;
	if (known)
		memcpy(f->block, known, sizeof(*known));
	f->done = done;
	*ret_error = start(f);
	if (*ret_error == 0)
		return f;
	forget(f);
	return NULL;
}

int freezer_command(struct freezer *f, enum freeze_command command)
{
	char byte = (char)command;

	if (f->process.fd < 0)
		return -EIO;
	if (f->command == byte)
		return 0;
	if (send(f->socket.fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	f->command = byte;
	return 0;
}

bool freezer_holds(const struct freezer *f)
{
	for (uint32_t i = 0; f && i < f->block->ready; i++)
		if (f->block->note[i].state == FREEZE_FROZEN || f->block->note[i].state == FREEZE_FAILED)
			return true;
	return f && f->command == FREEZE_FREEZE;
}

void freezer_abandon(struct freezer *f)
{
	if (!f)
		return;
	if (freezer_holds(f) && f->command != FREEZE_THAW)
		freezer_command(f, FREEZE_THAW);
	f->abandoned = true;
	close_fds(f);
	loop_close(&f->agent->loop, &f->socket);
	if (f->process.fd < 0)
		forget(f);
}

void freezer_write(const struct freeze_block *block, struct buf *b)
{
	jsonw_array(b, "filesystems");
	for (uint32_t i = 0; i < block->count && i < FREEZE_NOTES; i++) {
		const struct freeze_note *note = &block->note[i];

		jsonw_object(b, NULL);
		jsonw_string(b, "path", note->path);
		jsonw_string(b, "type", note->type);
		jsonw_string(b, "result", note->state < ARRAY_SIZE(state_names) ? state_names[note->state] : "failed");
		if (note->error_number)
			jsonw_string(b, "errno", errno_name(note->error_number));
		if (note->us)
			jsonw_count(b, "us", note->us);
		jsonw_object_end(b);
	}
	jsonw_array_end(b);
}
