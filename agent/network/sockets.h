/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign sockets: connections whose other end is outside of this guest. After a restore that end is gone, or belongs
 * to another VM. Counted are TCP sockets and connected UDP sockets of the agent's network namespace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inet_diag_msg;
struct netaddr;

struct sockets_result {
	uint32_t destroyed;
	uint32_t gone;		/* closed by themselves before SOCK_DESTROY */
	uint32_t failed;
	int32_t error_number;	/* of a socket whose end failed */
};

/* Both functions read /proc only, and never block. */
bool sockets_are_none(void);
/* False: no foreign socket exists. */
bool sockets_may_be_foreign(void);

/* Ends all foreign sockets; their owners get ECONNABORTED. For a job. 0 or -errno; -EOPNOTSUPP: the kernel cannot. */
int sockets_destroy(struct sockets_result *ret);

/* For a line of /proc/net/tcp, tcp6, udp or udp6. Pure. */
bool sockets_line_is_foreign(const char *line);

/* For the text of /proc/net/sockstat or sockstat6: true if key has the number 0. Pure. */
bool sockets_count_is_none(const char *counts, const char *key);

/* For a socket of sock_diag; own are the guest's addresses. Pure. */
bool sockets_is_foreign(const struct inet_diag_msg *socket, const struct netaddr *own, size_t own_count);
