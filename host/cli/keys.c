/* SPDX-License-Identifier: Apache-2.0 */
/* Owns typed bytes that the program has not taken yet. Never: blocks, misses ~. while the program takes no input. */
#include "host/cli/keys.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/io.h"
#include "host/cli/terminal.h"

#define READ_BYTES 1024u /* each may become two bytes */

static const char help[] = "~.   leave; the program runs on\r\n"
			   "~^Z  suspend pith\r\n"
			   "~~   send the ~\r\n"
			   "~?   this text\r\n"
			   "(each at the beginning of a line)\r\n";

static void act(struct keys *keys, enum escape_action action)
{
	switch (action) {
	case ESCAPE_NONE:
		return;
	case ESCAPE_LEAVE:
		pith_exec_detach(keys->conn);
		return;
	case ESCAPE_HELP:
		fprintf(stderr, "\r\n%s", help);
		return;
	case ESCAPE_SUSPEND:
		terminal_suspend();
		return;
	}
}

static bool has_room(const struct keys *keys)
{
	return KEYS_ROOM - keys->end >= 2 * READ_BYTES;
}

static void read_some(struct keys *keys)
{
	struct pollfd fd = { .fd = 0, .events = POLLIN };
	uint8_t typed[READ_BYTES];
	ssize_t n;

	if (keys->ended || !has_room(keys) || poll(&fd, 1, 0) <= 0)
		return;
	n = io_read(0, typed, sizeof(typed));
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		keys->ended = true;
		/* In raw mode no key means end of file: the terminal itself is gone. */
		if (terminal_is_raw())
			pith_exec_detach(keys->conn);
	}
	for (ssize_t i = 0; i < n; i++) {
		size_t len;

		act(keys, escape_take(&keys->escape, typed[i], keys->bytes + keys->end, &len));
		keys->end += len;
	}
}

static ssize_t keys_read(void *user, void *buf, size_t size)
{
	struct keys *keys = user;
	size_t n;

	if (keys->start > 0) {
		memmove(keys->bytes, keys->bytes + keys->start, keys->end - keys->start);
		keys->end -= keys->start;
		keys->start = 0;
	}
	read_some(keys);
	n = keys->end < size ? keys->end : size;
	if (size == 0)
		return has_room(keys) && !keys->ended ? -EAGAIN : -ENOBUFS;
	if (n == 0)
		return keys->ended && !terminal_is_raw() ? 0 : -EAGAIN;
	memcpy(buf, keys->bytes, n);
	keys->start = n;
	return (ssize_t)n;
}

struct pith_source keys_source(struct keys *keys, struct pith_conn *conn)
{
	*keys = (struct keys){ .conn = conn };
	return (struct pith_source){ .kind = PITH_STREAM_POLLED, .fd = 0, .read = keys_read, .user = keys };
}
