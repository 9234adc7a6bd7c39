/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the socket: batches out, acknowledgements matched by their sequence number, dumps.
 *
 * Never: believes a message that the kernel did not send, waits longer than NETLINK_WAIT_S for one.
 */
#include "common/netlink/netlink_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "common/cleanup.h"

/* The kernel works on a batch before send() returns: an answer that is not there by then is lost. */
#define NETLINK_WAIT_S 5
/* The acknowledgements of so many messages fit the smallest default receive buffer. */
#define BATCH_MAX 64

int netlink_open(struct netlink *nl, int protocol)
{
	const struct timeval wait = { .tv_sec = NETLINK_WAIT_S };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	const int on = 1;

	nl->fd = -1;
	nl->seq = 0;
	if (fd < 0)
		return -errno;
	/* Kernels that do not know one of these answer without the kernel's own words, or filter less. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	nl->fd = take_fd(&fd);
	return 0;
}

void netlink_close(struct netlink *nl)
{
	close_fd(&nl->fd);
}

/* One datagram of the kernel. 0 or -errno. */
static int receive(struct netlink *nl, struct netlink_in *ret)
{
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof(from);
	ssize_t n;

	do
		n = recvfrom(nl->fd, nl->in, sizeof(nl->in), MSG_TRUNC, (struct sockaddr *)&from, &size);
	/* Any process may send to a netlink socket. */
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if ((size_t)n > sizeof(nl->in))
		return -EMSGSIZE;
	*ret = (struct netlink_in){ nl->in, (size_t)n };
	return 0;
}

static int transmit(struct netlink *nl, const void *data, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do
		n = sendto(nl->fd, data, len, 0, (const struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

/* Numbers up to BATCH_MAX messages from *at on, so that their answers can be told apart, and moves *at behind them. */
static size_t number_messages(struct netlink *nl, const struct netlink_out *out, size_t *at)
{
	size_t count = 0;

	while (count < BATCH_MAX && *at < out->len) {
		struct nlmsghdr header;

		memcpy(&header, out->data + *at, sizeof(header));
		header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
		header.nlmsg_seq = ++nl->seq;
		memcpy(out->data + *at, &header, sizeof(header));
		*at += header.nlmsg_len;
		count++;
	}
	return count;
}

/* Fills acks from the answers to the messages after number `before`, until all have theirs. */
static int collect_acks(struct netlink *nl, uint32_t before, size_t count, struct netlink_ack *acks)
{
	size_t waiting = count;

	while (waiting) {
		struct netlink_message message;
		struct netlink_in in;
		int r = receive(nl, &in);

		if (r < 0)
			return r;
		while (netlink_next_message(&in, &message)) {
			uint32_t index = message.seq - before - 1;

			if (message.type != NLMSG_ERROR || index >= count || acks[index].error != -ECANCELED)
				continue;
			if (!netlink_read_ack(&message, &acks[index]))
				return -EBADMSG;
			waiting--;
		}
	}
	return 0;
}

int netlink_run(struct netlink *nl, struct netlink_out *out, struct netlink_ack *ret_acks)
{
	size_t at = 0, done = 0;

	if (out->failed)
		return -ENOBUFS;
	for (size_t i = 0; i < out->count; i++)
		ret_acks[i] = (struct netlink_ack){ .error = -ECANCELED };
	while (at < out->len) {
		uint32_t before = nl->seq;
		size_t start = at, count = number_messages(nl, out, &at);
		int r = transmit(nl, out->data + start, at - start);

		if (r == 0)
			r = collect_acks(nl, before, count, ret_acks + done);
		if (r < 0)
			return r;
		done += count;
	}
	return 0;
}

/* 1: the list is whole; 0: there is more to come; -errno. */
static int take_part(struct netlink *nl, const struct netlink_sink *sink, bool *ret_interrupted)
{
	struct netlink_message message;
	struct netlink_ack ack;
	struct netlink_in in;
	int r = receive(nl, &in);

	if (r < 0)
		return r;
	while (netlink_next_message(&in, &message)) {
		if (message.seq != nl->seq)
			continue;
		if (message.flags & NLM_F_DUMP_INTR)
			*ret_interrupted = true;
		if (message.type == NLMSG_ERROR)
			return netlink_read_ack(&message, &ack) && ack.error ? ack.error : -EBADMSG;
		if (message.type == NLMSG_DONE) {
			int error = 0;

			/* A dump that broke off says so in its last message. */
			if (message.body.left >= sizeof(error))
				memcpy(&error, message.body.at, sizeof(error));
			return error < 0 ? error : 1;
		}
		sink->each(sink->data, &message);
	}
	return 0;
}

int netlink_dump(struct netlink *nl, uint16_t type, const void *fixed, size_t len, const struct netlink_sink *sink)
{
	alignas(4) uint8_t buffer[128];

	for (int i = 0; i < NETLINK_DUMP_TRIES; i++) {
		struct netlink_out out = NETLINK_OUT(buffer);
		bool interrupted = false;
		int r;

		netlink_begin(&out, type, NLM_F_REQUEST | NLM_F_DUMP, fixed, len);
		if (out.failed)
			return -ENOBUFS;
		nl->seq++;
		memcpy(buffer + offsetof(struct nlmsghdr, nlmsg_seq), &nl->seq, sizeof(nl->seq));
		sink->restart(sink->data);
		r = transmit(nl, buffer, out.len);
		while (r == 0)
			r = take_part(nl, sink, &interrupted);
		if (r < 0)
			return r;
		if (!interrupted)
			return 0;
	}
	return -EAGAIN;
}
