/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pith-init and pith-agent say to each other: the fds that the agent is born with, the one-byte messages on the
 * lifeline (a SOCK_SEQPACKET pair), and the names of the environment variables that carry numbers.
 *
 * Anything else that arrives is ignored by PID 1 and logged once. EOF means nothing: SIGCHLD is the truth about death.
 */
#pragma once

#define LIFELINE_FD 3	/* the agent's end of the lifeline */
#define LISTENER_FD 4	/* bound and listening, O_NONBLOCK; vsock, or unix in tests */

/* From the agent to PID 1. */
enum lifeline_message {
	LIFELINE_READY = 'R',		/* the agent accepts connections */
	LIFELINE_POWEROFF = 'O',	/* stop everything, then power off */
	LIFELINE_REBOOT = 'B',		/* stop everything, then reboot */
	LIFELINE_HALT = 'H',		/* stop everything, then halt */
};

/* "init=12345 mounts=13000 …": step names and microseconds of CLOCK_BOOTTIME, in order. */
#define LIFELINE_ENV_TIMELINE "PITH_TIMELINE"
/* How often the agent was started in this boot, this start included. */
#define LIFELINE_ENV_STARTS "PITH_AGENT_STARTS"
/* Path of the cgroup under which execs run, not set where there is no cgroup2. */
#define LIFELINE_ENV_WORK "PITH_WORK_CGROUP"
/* "mount /dev/vda: reason (errno N)": why `pith.root=` is not the root. Not set where it is, or was not asked for. */
#define LIFELINE_ENV_ROOT_FAILED "PITH_ROOT_FAILED"
/* "1" if LISTENER_FD is a listening socket. Not set where this kernel has no vsock: then fd 4 is closed. */
#define LIFELINE_ENV_LISTENER "PITH_LISTENER"
