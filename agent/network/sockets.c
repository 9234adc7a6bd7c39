/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the search for foreign sockets by sock_diag, and their end by SOCK_DESTROY in batches.
 *
 * Never: ends a connection inside the guest, a listening socket, or a socket in TIME_WAIT, which holds no process.
 */
#include "agent/network/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "agent/network/netstate.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/netlink/netaddr.h"
#include "common/netlink/netlink_socket.h"

/* Sockets beyond this number stay for the next resume; only a guest under attack has so many. */
#define SOCKETS_MAX 65536u
#define OWN_MAX 256u
/* The most that is read of a file of /proc/net; a longer file counts as one with foreign sockets. */
#define PROC_BYTES_MAX (1u << 20)
/* Bytes of /proc/net/sockstat: six lines. */
#define COUNTS_SIZE 512
/* The most messages that netlink_run() takes. */
#define BATCH 64u

struct list {
	struct inet_diag_req_v2 *item;
	size_t count, room;
	uint8_t protocol;
	struct netaddr own[OWN_MAX];
	size_t own_count;
	bool no_memory;
};

static bool is_zero(const char *hex, size_t len)
{
	return strspn(hex, "0") >= len;
}

/* /proc writes an address as words of 32 bits in host byte order. */
static bool is_foreign_hex(const char *hex, size_t len)
{
	static const char mapped[] = "0000000000000000FFFF0000", loopback6[] = "00000000000000000000000001000000";

	if (len == 32 && strncmp(hex, mapped, sizeof(mapped) - 1) == 0) {
		hex += sizeof(mapped) - 1;
		len = 8;
	}
	if (is_zero(hex, len))
		return false;
	if (len == 8)
		return strncmp(hex + 6, "7F", 2) != 0;
	return strncmp(hex, loopback6, len) != 0;
}

bool sockets_line_is_foreign(const char *line)
{
	const char *remote, *state;
	size_t len;

	/* "  0: 0100007F:1F90 0200000A:0050 01 …" */
	line = strchr(line, ':');
	if (!line)
		return false;
	line += 1 + strspn(line + 1, " ");
	remote = strchr(line, ' ');
	if (!remote)
		return false;
	remote++;
	len = strspn(remote, "0123456789ABCDEF");
	state = strchr(remote, ' ');
	if ((len != 8 && len != 32) || !state || strncmp(state, " 0A ", 4) == 0 || strncmp(state, " 06 ", 4) == 0)
		return false;
	return is_foreign_hex(remote, len);
}

/* Reads line by line; a file of more than PROC_BYTES_MAX counts as foreign. */
static bool file_may_be_foreign(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[4096 + 1];
	size_t len = 0, total = 0;
	ssize_t n;

	while (fd >= 0 && (n = io_read(fd, buf + len, sizeof(buf) - 1 - len)) > 0) {
		char *line = buf, *end;

		len += (size_t)n;
		total += (size_t)n;
		buf[len] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			if (sockets_line_is_foreign(line))
				return true;
		}
		len -= (size_t)(line - buf);
		memmove(buf, line, len);
		if (len == sizeof(buf) - 1 || total > PROC_BYTES_MAX)
			return true;
	}
	return false;
}

static const struct kind {
	uint8_t family, protocol;
	const char *path, *counts, *key;
} kinds[] = {
	{ AF_INET, IPPROTO_TCP, "/proc/net/tcp", "/proc/net/sockstat", "TCP: inuse " },
	{ AF_INET6, IPPROTO_TCP, "/proc/net/tcp6", "/proc/net/sockstat6", "TCP6: inuse " },
	{ AF_INET, IPPROTO_UDP, "/proc/net/udp", "/proc/net/sockstat", "UDP: inuse " },
	{ AF_INET6, IPPROTO_UDP, "/proc/net/udp6", "/proc/net/sockstat6", "UDP6: inuse " },
};

bool sockets_count_is_none(const char *counts, const char *key)
{
	const char *at = strstr(counts, key);

	return at && at[strlen(key)] == '0';
}

/* The kernel walks its whole hash table for a list, milliseconds in a large guest; the counts of sockstat cost next to nothing. */
static bool is_none(const struct kind *kind)
{
	char counts[COUNTS_SIZE];

	return io_read_text(AT_FDCWD, kind->counts, counts, sizeof(counts)) > 0 && sockets_count_is_none(counts, kind->key);
}

bool sockets_are_none(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!is_none(&kinds[i]))
			return false;
	return true;
}

bool sockets_may_be_foreign(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!is_none(&kinds[i]) && file_may_be_foreign(kinds[i].path))
			return true;
	return false;
}

static bool is_loopback(const struct netaddr *address)
{
	struct in6_addr six;

	if (address->family == AF_INET)
		return address->bytes[0] == 127;
	memcpy(&six, address->bytes, sizeof(six));
	return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && address->bytes[12] == 127);
}

static bool is_same_address(const struct netaddr *a, const struct netaddr *b)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family == b->family)
		return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
	return a->family == AF_INET6 && memcmp(a->bytes, mapped, sizeof(mapped)) == 0 && memcmp(a->bytes + 12, b->bytes, 4) == 0;
}

bool sockets_is_foreign(const struct inet_diag_msg *socket, const struct netaddr *own, size_t own_count)
{
	static const struct netaddr none = { .family = 0 };
	struct netaddr remote = { .family = socket->idiag_family };

	if ((remote.family != AF_INET && remote.family != AF_INET6) || socket->idiag_state == TCP_LISTEN ||
	    socket->idiag_state == TCP_TIME_WAIT)
		return false;
	memcpy(remote.bytes, socket->id.idiag_dst, remote.family == AF_INET ? 4 : 16);
	if (memcmp(remote.bytes, none.bytes, sizeof(none.bytes)) == 0 || is_loopback(&remote))
		return false;
	for (size_t i = 0; i < own_count; i++)
		if (is_same_address(&remote, &own[i]))
			return false;
	return true;
}

static void restart(void *data)
{
	struct list *list = data;

	list->count = 0;
}

static bool grow(struct list *list)
{
	size_t room = list->room ? 2 * list->room : 256;
	struct inet_diag_req_v2 *item = realloc(list->item, room * sizeof(*item));

	if (!item) {
		list->no_memory = true;
		return false;
	}
	list->item = item;
	list->room = room;
	return true;
}

static void each(void *data, const struct netlink_message *message)
{
	struct list *list = data;
	struct netlink_in body = message->body;
	struct inet_diag_msg socket;

	if (message->type != SOCK_DIAG_BY_FAMILY || !netlink_take(&body, &socket, sizeof(socket)) ||
	    !sockets_is_foreign(&socket, list->own, list->own_count) || list->count >= SOCKETS_MAX)
		return;
	if (list->count == list->room && !grow(list))
		return;
	list->item[list->count++] = (struct inet_diag_req_v2){
		.sdiag_family = socket.idiag_family,
		.sdiag_protocol = list->protocol,
		.idiag_states = UINT32_MAX,
		.id = socket.id,
	};
}

static int read_own_addresses(struct netlink *nl, struct list *list)
{
	struct netstate state = { .links = { .item = NULL } };
	int r = netstate_addresses(nl, &state);

	NETSTATE_EACH(net_address, address, &state.addresses) {
		if (list->own_count < OWN_MAX)
			list->own[list->own_count++] = address->address;
	}
	free(state.addresses.item);
	return r;
}

static void count_acks(const struct netlink_ack *acks, size_t count, struct sockets_result *ret)
{
	for (size_t i = 0; i < count; i++) {
		if (acks[i].error == 0) {
			ret->destroyed++;
		} else if (acks[i].error == -ENOENT) {
			ret->gone++;
		} else {
			ret->failed++;
			ret->error_number = -acks[i].error;
		}
	}
}

static int destroy_all(struct netlink *nl, const struct list *list, struct sockets_result *ret)
{
	alignas(4) static uint8_t buffer[BATCH * (NLMSG_HDRLEN + sizeof(struct inet_diag_req_v2))];
	static struct netlink_ack acks[BATCH];

	for (size_t at = 0; at < list->count; at += BATCH) {
		size_t count = list->count - at < BATCH ? list->count - at : BATCH;
		struct netlink_out out = NETLINK_OUT(buffer);
		int r;

		for (size_t i = 0; i < count; i++)
			netlink_begin(&out, SOCK_DESTROY, 0, &list->item[at + i], sizeof(list->item[0]));
		r = netlink_run(nl, &out, acks);
		if (r < 0)
			return r;
		count_acks(acks, count, ret);
	}
	return 0;
}

static int destroy_kind(struct netlink *nl, struct list *list, const struct kind *kind, struct sockets_result *ret)
{
	const struct inet_diag_req_v2 wanted = {
		.sdiag_family = kind->family, .sdiag_protocol = kind->protocol, .idiag_states = UINT32_MAX
	};
	const struct netlink_sink sink = { .restart = restart, .each = each, .data = list };
	int r;

	if (is_none(kind))
		return 0;
	list->protocol = kind->protocol;
	r = netlink_dump(nl, SOCK_DIAG_BY_FAMILY, &wanted, sizeof(wanted), &sink);
	/* ENOENT: the kernel has no sock_diag for this protocol, which matters only if there are such sockets. */
	if (r == -ENOENT)
		return file_may_be_foreign(kind->path) ? -EOPNOTSUPP : 0;
	/* EAGAIN: the list changed during each dump; its entries are real sockets all the same. */
	if (r < 0 && r != -EAGAIN)
		return r;
	return list->no_memory ? -ENOMEM : destroy_all(nl, list, ret);
}

int sockets_destroy(struct sockets_result *ret)
{
	static struct netlink nl;
	static struct list list;
	int r;

	*ret = (struct sockets_result){ .destroyed = 0 };
	r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	r = read_own_addresses(&nl, &list);
	netlink_close(&nl);
	if (r == 0)
		r = netlink_open(&nl, NETLINK_SOCK_DIAG);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++)
		r = destroy_kind(&nl, &list, &kinds[i], ret);
	netlink_close(&nl);
	free(list.item);
	list = (struct list){ .item = NULL };
	return r == 0 && ret->failed ? -ret->error_number : r;
}
