/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define PITH_VERSION "0.1.0"
#define PITH_PROTOCOL_MIN 1
#define PITH_PROTOCOL_MAX 1

#define PITH_PORT 1001u					/* vsock; below 1024, so that the workload cannot squat it */
#define PITH_GUEST_SOCKET "/run/pith/agent.sock"	/* inside the guest, mode 0600 */
