/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the agent's end of the lifeline (docs/reference/glossary.md).
 *
 * Never: waits for PID 1, but for the messages of fdstore_open(), which PID 1 sends before the agent starts.
 */
#include "agent/core/fdstore.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "common/cleanup.h"
#include "common/io.h"

static int adopt(struct agent *agent, struct lifeline_message *m)
{
	struct fdstore *s = &agent->store;
	struct fdstore_entry *entry, *list;

	list = realloc(s->stored, (s->stored_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	s->stored = list;
	entry = &list[s->stored_count];
	memset(entry, 0, sizeof(*entry));
	if (!lifeline_payload(m, &entry->give, sizeof(entry->give)) || m->fd_count > FDSTORE_FDS)
		return -EBADMSG;
	memcpy(entry->fds, m->fds, m->fd_count * sizeof(int));
	entry->fd_count = m->fd_count;
	m->fd_count = 0;
	s->stored_count++;
	return 0;
}

/* PID 1 sends the messages before anything else; LIMIT_GIVEN_MS bounds the wait for a PID 1 that hangs. */
static int wait_readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int n = io_poll(&pollfd, 1, LIMIT_GIVEN_MS);

	return n < 0 ? n : n == 0 ? -ETIMEDOUT : 0;
}

static int read_given(struct agent *agent)
{
	static struct lifeline_message m;
	int r = 0;

	while (r == 0) {
		switch (lifeline_receive(agent->lifeline, &m)) {
		case LIFELINE_MESSAGE:
			if (m.type == LIFELINE_GIVEN)
				return lifeline_payload(&m, &agent->store.given, sizeof(agent->store.given)) ? 0 : -EBADMSG;
			if (m.type == LIFELINE_GIVE)
				r = adopt(agent, &m);
			lifeline_close_fds(&m);
			break;
		case LIFELINE_NOTHING:
			r = wait_readable(agent->lifeline);
			break;
		case LIFELINE_MALFORMED:
			break;
		case LIFELINE_END:
			return -EPIPE;
		}
	}
	return r;
}

static void flush_drops(struct agent *agent)
{
	struct buf *drops = &agent->store.drops;

	while (drops->len > 0) {
		if (lifeline_send(agent->lifeline, LIFELINE_DROP, drops->data, sizeof(struct lifeline_drop), NULL, 0) == -EAGAIN)
			return;
		buf_consume(drops, sizeof(struct lifeline_drop));
	}
	buf_deinit(drops);
}

static void watch_for(struct agent *agent)
{
	bool waits = agent->store.drops.len > 0 || agent->store.crowded;

	loop_watch(&agent->loop, &agent->store.lifeline, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void on_lifeline(struct watch *watch, uint32_t events)
{
	struct agent *agent = container_of(watch, struct agent, store.lifeline);
	static struct lifeline_message m;
	struct lifeline_give give;

	for (int i = 0; i < LIMIT_LIFELINE_TURN; i++) {
		enum lifeline_received received = lifeline_receive(watch->fd, &m);

		if (received == LIFELINE_END) {
			/*
			 * PID 1 does not end; should the lifeline close all the same, the loop must not spin on the
			 * event.
			 */
			loop_unwatch(&agent->loop, watch);
			return;
		}
		if (received == LIFELINE_NOTHING)
			break;
		if (received == LIFELINE_MESSAGE && m.type == LIFELINE_EXITED && lifeline_payload(&m, &give, sizeof(give)))
			agent->store.on_exited(agent, &give);
		lifeline_close_fds(&m);
	}
	if (!(events & EPOLLOUT))
		return;
	flush_drops(agent);
	if (agent->store.crowded) {
		agent->store.crowded = false;
		agent->store.on_room(agent);
	}
	watch_for(agent);
}

int fdstore_open(struct agent *agent, int fd)
{
	int r;

	agent->lifeline = fd;
	agent->store.drops = BUF_INIT(LIMIT_DROPS_BYTES);
	agent->store.lifeline = (struct watch){ .fd = fd, .fn = on_lifeline };
	r = read_given(agent);
	return r < 0 ? r : loop_watch(&agent->loop, &agent->store.lifeline, EPOLLIN);
}

struct fdstore_entry *fdstore_find(struct agent *agent, uint64_t key)
{
	for (size_t i = 0; i < agent->store.stored_count; i++)
		if (agent->store.stored[i].give.key == key)
			return &agent->store.stored[i];
	return NULL;
}

void fdstore_settle(struct agent *agent)
{
	struct fdstore *s = &agent->store;

	for (size_t i = 0; i < s->stored_count; i++) {
		for (unsigned int j = 0; j < s->stored[i].fd_count; j++)
			close_fd(&s->stored[i].fds[j]);
		if (!s->stored[i].taken)
			fdstore_drop(agent, s->stored[i].give.key);
	}
	free(s->stored);
	s->stored = NULL;
	s->stored_count = 0;
}

int fdstore_put(struct agent *agent, uint64_t key, int32_t pid, uint32_t tag, const int *fds, unsigned int count)
{
	struct lifeline_put put = { .key = key, .pid = pid, .tag = tag };
	int r;

	if (agent->lifeline < 0)
		return 0;
	r = lifeline_send(agent->lifeline, LIFELINE_PUT, &put, sizeof(put), fds, count);
	if (r == -EAGAIN) {
		agent->store.crowded = true;
		watch_for(agent);
	}
	return r;
}

void fdstore_drop(struct agent *agent, uint64_t key)
{
	struct lifeline_drop drop = { .key = key };

	if (agent->lifeline < 0)
		return;
	/* Drops are sent in their order: a key may be used again. */
	if (agent->store.drops.len == 0 && lifeline_send(agent->lifeline, LIFELINE_DROP, &drop, sizeof(drop), NULL, 0) != -EAGAIN)
		return;
	buf_append(&agent->store.drops, &drop, sizeof(drop));
	if (agent->store.drops.failed)
		log_line("no memory to tell PID 1 which fds to drop from the fd store");
	agent->store.drops.failed = false;
	watch_for(agent);
}

int fdstore_tell(struct agent *agent, enum lifeline_type type, const void *payload, size_t length)
{
	return agent->lifeline < 0 ? -ENOTCONN : lifeline_send(agent->lifeline, type, payload, length, NULL, 0);
}
