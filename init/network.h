/* SPDX-License-Identifier: Apache-2.0 */
/* The loopback interface, and the socket on which the agent is reached. */
#pragma once

#include "init/cmdline.h"

/* Sets the loopback interface up; the kernel adds 127.0.0.1 and ::1. A failure is logged. */
void network_loopback_up(void);

/*
 * Returns a listening socket, CLOEXEC and NONBLOCK, which the caller owns; or -errno, logged: the agent then serves only on its
 * socket inside the guest.
 */
int network_listen(const struct options *options);

/*
 * Room for all 1,023 connections of Firecracker at once. The kernel bounds the backlog by net.core.somaxconn, 4096 by default.
 */
#define NETWORK_BACKLOG 1024
