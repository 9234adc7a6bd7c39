/* SPDX-License-Identifier: Apache-2.0 */
/* The loopback interface, and the socket on which the agent is reached. */
#pragma once

#include "init/cmdline.h"

/* The kernel gives 127.0.0.1 and ::1 with it. What fails is logged. */
void network_loopback_up(void);

/*
 * Bound, listening, CLOEXEC and NONBLOCK; the caller owns it. Returns -errno, logged, if there is none: the agent then serves
 * on its socket inside the guest only.
 */
int network_listen(const struct options *options);

/*
 * The kernel cuts it down to net.core.somaxconn, 4096 by default. A host that dials all of Firecracker's 1,023 connections at
 * once finds room.
 */
#define NETWORK_BACKLOG 1024
