/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that end outside of this guest: after a restore their other ends are gone, or in another VM's hands. Those of TCP, and
 * sockets of UDP that are connected, in the agent's network namespace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inet_diag_msg;
struct netaddr;

struct sockets_result {
	uint32_t destroyed;
	uint32_t gone;		/* by themselves, meanwhile */
	uint32_t failed;
	int32_t error_number;	/* of one that failed */
};

/* Both read /proc only, and wait for nobody. */
bool sockets_are_none(void);
/* False: there is none for sure. */
bool sockets_may_be_foreign(void);

/* Ends them: their owners are told ECONNABORTED. In a job. 0 or -errno; -EOPNOTSUPP: this kernel has no way to do it. */
int sockets_destroy(struct sockets_result *ret);

/* Of a line of /proc/net/tcp, tcp6, udp or udp6. Pure. */
bool sockets_line_is_foreign(const char *line);

/* Of /proc/net/sockstat or sockstat6: the key's number is there, and 0. Pure. */
bool sockets_count_is_none(const char *counts, const char *key);

/* Of what the kernel tells of one; own are this guest's addresses. Pure. */
bool sockets_is_foreign(const struct inet_diag_msg *socket, const struct netaddr *own, size_t own_count);
