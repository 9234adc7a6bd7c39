/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernel/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/harness/tap.h"

static void append(struct nl *n, const void *data, size_t len)
{
	size_t padded = NLMSG_ALIGN(len);

	if (padded > sizeof(n->bytes) - n->used)
		abort();
	memset(n->bytes + n->used, 0, padded);
	if (len > 0)
		memcpy(n->bytes + n->used, data, len);
	n->used += padded;
}

static void set_length(struct nl *n)
{
	uint32_t len = (uint32_t)(n->used - n->start);

	memcpy(n->bytes + n->start, &len, sizeof(len));
}

void nl_begin(struct nl *n, uint16_t type, uint16_t flags, const void *header, size_t len)
{
	struct nlmsghdr head = { .nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST };

	n->start = n->used;
	append(n, &head, sizeof(head));
	append(n, header, len);
	set_length(n);
}

void nl_put(struct nl *n, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = type };

	append(n, &head, sizeof(head));
	append(n, data, len);
	set_length(n);
}

void nl_text(struct nl *n, uint16_t type, const char *text)
{
	nl_put(n, type, text, strlen(text) + 1);
}

void nl_u32(struct nl *n, uint16_t type, uint32_t value)
{
	nl_put(n, type, &value, sizeof(value));
}

void nl_u8(struct nl *n, uint16_t type, uint8_t value)
{
	nl_put(n, type, &value, sizeof(value));
}

void nl_be32(struct nl *n, uint16_t type, uint32_t value)
{
	nl_u32(n, type, htonl(value));
}

size_t nl_open(struct nl *n, uint16_t type)
{
	size_t nest = n->used;

	nl_put(n, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void nl_close(struct nl *n, size_t nest)
{
	uint16_t len = (uint16_t)(n->used - nest);

	memcpy(n->bytes + nest, &len, sizeof(len));
}

/* Messages in one datagram; the first error. */
static int read_answers(int fd, int *left)
{
	_Alignas(NLMSG_ALIGNTO) char bytes[16384];
	ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
	int first = 0;

	if (got < 0)
		return errno;
	for (size_t at = 0; at + sizeof(struct nlmsghdr) <= (size_t)got;) {
		struct nlmsghdr head;
		int error = 0;

		memcpy(&head, bytes + at, sizeof(head));
		if (head.nlmsg_len < sizeof(head))
			return EBADMSG;
		if (head.nlmsg_type == NLMSG_ERROR)
			memcpy(&error, bytes + at + sizeof(head), sizeof(error));
		if (error && !first)
			first = -error;
		at += NLMSG_ALIGN(head.nlmsg_len);
		*left -= 1;
	}
	return first;
}

int nl_ask(struct nl *n, int protocol, int answers)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int error = 0;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (sendto(fd, n->bytes, n->used, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		error = errno;
	while (!error && answers > 0)
		error = read_answers(fd, &answers);
	close(fd);
	n->used = 0;
	return error;
}

void own_network(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	REQUIRE(unshare(CLONE_NEWNET) == 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	REQUIRE(ioctl(fd, SIOCSIFFLAGS, &loopback) == 0);
	close(fd);
}
