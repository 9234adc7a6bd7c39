/* SPDX-License-Identifier: Apache-2.0 */
/* Owns kernel_log: the records of /dev/kmsg, sent as they come. Never: holds a record back while waiting for the next one. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "agent/core/kmsg.h"
#include "agent/files/worker_main.h"
#include "agent/protocol/jsonw.h"
#include "common/cleanup.h"
#include "common/io.h"

/* Of the buffer of one event: further records go into another event. */
#define RECORDS_BYTES (64u << 10)

struct kernel_log {
	struct worker_self *work;
	unsigned int level;	/* the highest level that is sent */
	uint64_t after;		/* sequence number; NOT_GIVEN: from the oldest record that the kernel keeps */
	bool open;		/* an event with records is begun */
};

static void send_records(struct kernel_log *log)
{
	if (!log->open)
		return;
	jsonw_array_end(&log->work->event);
	worker_event_end(log->work);
	log->open = false;
}

static void tell(struct kernel_log *log, const struct kmsg_record *record)
{
	struct buf *b = &log->work->event;

	if (record->level > log->level || (log->after != NOT_GIVEN && record->sequence <= log->after))
		return;
	if (!log->open)
		jsonw_array(worker_event_begin(log->work, "records"), "records");
	log->open = true;
	jsonw_object(b, NULL);
	jsonw_count(b, "sequence", record->sequence);
	jsonw_count(b, "at_us", record->at_us);
	jsonw_count(b, "level", record->level);
	if (record->is_user)
		jsonw_bool(b, "user", true);
	jsonw_string(b, "text", record->text);
	jsonw_object_end(b);
	if (b->len > RECORDS_BYTES)
		send_records(log);
}

/* The kernel dropped records that were not read in time, and goes on with its oldest one. */
static void tell_overflow(struct kernel_log *log)
{
	send_records(log);
	worker_event_begin(log->work, "overflow");
	worker_event_end(log->work);
}

/* Reads all records that the kernel has. 0 or -errno; a lost connection is noted in log->work. */
static int read_records(struct kernel_log *log, int fd)
{
	char bytes[KMSG_RECORD_SIZE + 1];

	for (;;) {
		struct kmsg_record record;
		ssize_t n = io_read(fd, bytes, sizeof(bytes) - 1);

		if (n == -EAGAIN || n == 0) {
			send_records(log);
			(void)worker_flush(log->work);
			return 0;
		}
		if (n == -EPIPE)
			tell_overflow(log);
		else if (n < 0)
			return (int)n;
		if (n <= 0)
			continue;
		bytes[n] = '\0';
		if (kmsg_parse(bytes, &record))
			tell(log, &record);
		if (!log->open && !worker_flush(log->work))
			return 0;
	}
}

/* Runs until the host sends the event stop. */
static int follow(struct kernel_log *log, int fd)
{
	for (;;) {
		struct pollfd ready[2] = { { .fd = fd, .events = POLLIN }, { .fd = log->work->conn.fd, .events = POLLIN } };
		int r = 0;

		/* poll(2) does not see frames that were read together with the request. */
		if (log->work->conn.in_len == 0)
			r = io_poll(ready, 2, -1);
		if (r >= 0 && ready[0].revents)
			r = read_records(log, fd);
		if (r < 0 || log->work->lost)
			return r;
		if ((ready[1].revents || log->work->conn.in_len) && !worker_receive_stop(log->work))
			return 0;
	}
}

enum handled handle_kernel_log(struct worker_self *w, const struct request_kernel_log *request, struct reply *reply)
{
	struct kernel_log log = { .work = w, .level = (unsigned int)request->f_level, .after = request->f_after };
	_cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int r;

	if (fd < 0) {
		reply_fail_errno(reply, errno, "/dev/kmsg");
		return HANDLED_NOW;
	}
	worker_event_begin(w, "started");
	worker_event_end(w);
	r = read_records(&log, fd);
	if (r == 0 && !w->lost && request->f_follow)
		r = follow(&log, fd);
	if (r < 0)
		reply_fail_errno(reply, -r, "/dev/kmsg");
	return HANDLED_NOW;
}
