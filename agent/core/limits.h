/* SPDX-License-Identifier: Apache-2.0 */
/* Every bound of the agent, with its reason. */
#pragma once

/* Firecracker's vsock carries 1,023 connections: one more is all that a host can use. */
#define LIMIT_CONNECTIONS 1024u
/* Execs that run at once. Each exec may hold seven fds; see LIMIT_FDS. */
#define LIMIT_EXECS 1024u
/* Ended execs whose record and output are kept; the oldest is freed first. */
#define LIMIT_ENDED_EXECS 256u
/* Cgroups that outlive the records of their execs, two fds each. Beyond the limit the agent does not remove a cgroup. */
#define LIMIT_LONE_LEAVES 1024u
/* Workers, one for each connection with file requests: enough for 64 transfers at once, at 256 KiB each. */
#define LIMIT_WORKERS 64u
/* Jobs that run at once, each in a copy of the agent; and as many lost jobs, which SIGKILL does not end. */
#define LIMIT_JOBS 32u
/* Bytes that a job may write to the agent. */
#define LIMIT_JOB_OUT_BYTES (64u << 10)
/* fds that a job keeps: a freeze holds one fd for each file system. */
#define LIMIT_JOB_KEPT_FDS 64u
/* Wait after SIGKILL: a job that is not dead then hangs in the kernel, and the agent gives the job up. */
#define LIMIT_JOB_KILL_US (500 * 1000LL)
/* Deadline of a configuration's step. A mount has its own `timeout_ms`. */
#define LIMIT_STEP_MS 30000u
/* Restart delay of the entrypoint: the first; each further delay is twice the one before, … */
#define LIMIT_MAIN_FIRST_US (100 * 1000LL)
/* … up to this maximum, … */
#define LIMIT_MAIN_LAST_US (30 * 1000000LL)
/* … and the first delay again after an entrypoint that ran so long. */
#define LIMIT_MAIN_SETTLED_US (10 * 1000000LL)
/* Grace for the remaining processes once the entrypoint has ended for good, as with any power off. */
#define LIMIT_MAIN_GRACE_MS 5000u
/* Configurations that wait for the one that is being applied. */
#define LIMIT_CONFIGURES 16u
/* Bytes of the results of all steps of a configuration; a longer list does not fit a reply. */
#define LIMIT_STEPS_BYTES (128u << 10)
/* RLIMIT_NOFILE of a worker: the depth of a tree (LIMIT_TREE_DEPTH), and a few more. */
#define LIMIT_WORKER_FDS 1024u
/* Depth of nested directories in a walk: one fd each. */
#define LIMIT_TREE_DEPTH 960u
/*
 * A worker ends when the host neither sends the rest of a frame nor reads for so long. The limit is large, because a
 * VMM may pause the VM.
 */
#define LIMIT_STALL_US (600 * 1000000LL)
/* Bytes that the host may send ahead in an upload: eight frames keep both sides busy. */
#define LIMIT_UPLOAD_WINDOW (1u << 20)
/* Bytes of pax records before one entry of an archive: sixteen of the largest extended attributes. */
#define LIMIT_TAR_RECORDS_BYTES (1u << 20)
/* Notes of an import about directories, and of an export about files with several names: about 100,000 files. */
#define LIMIT_TREE_NOTES_BYTES (16u << 20)
/* Depth of nested directories in one dir_list: the cursor has a number for each. */
#define LIMIT_LIST_DEPTH 64u
/* Directories of one watch: 8 MiB of the kernel's memory, and 1 MiB of the worker's. */
#define LIMIT_WATCHES 8192u
/* Bytes that a copy moves between two checks that the host is still connected. */
#define LIMIT_COPY_STEP_BYTES (16u << 20)
/* RLIMIT_NOFILE of the agent: connections, and seven fds for each running or held-open exec, with room to spare. */
#define LIMIT_FDS 65536u

/* Deadline of a JSON frame once its first byte has come. Slow links carry 256 KiB in far less. */
#define LIMIT_FRAME_US (30 * 1000000LL)
/* Time for the host to read the error after a broken rule of the protocol; then the connection is closed. */
#define LIMIT_CLOSING_US (1 * 1000000LL)
/* Time for hosts to read their last replies after SIGTERM: less than the 5 s after which PID 1 kills the agent. */
#define LIMIT_GOODBYE_US (2 * 1000000LL)
/* Sum of all half-received JSON bodies: 32 of the largest. The connection whose body would pass the limit is closed. */
#define LIMIT_BODIES_BYTES (8u << 20)
/* Bytes that one connection may have queued besides stream data: a few results of the largest size. */
#define LIMIT_OUT_BYTES (1u << 20)
/* Reserved when a connection is made: room for the hello, an error, an event or a record even when memory is used up. */
#define LIMIT_OUT_FIRST_BYTES 1024u

/* JSON values of one request: 8,192 strings and as many nodes, and 256 KiB of text. */
#define LIMIT_JSON_ARENA_BYTES (2u << 20)

/* A ring starts with this size and doubles while its reader lags, up to `ring_bytes` of the request. */
#define LIMIT_RING_FIRST_BYTES (64u << 10)
/* Upper bound of `ring_bytes` of a request. */
#define LIMIT_RING_MOST_BYTES (16u << 20)
/* Size of a ring when the budget of all rings is used up: no exec stops for want of a buffer. */
#define LIMIT_RING_LAST_BYTES (4u << 10)
/*
 * Bytes of a stream that the transport may hold while the host has not read them: the vsock's buffer (256 KiB by
 * default), and the buffer of the VMM's unix socket (208 KiB). A ring keeps as many sent bytes for a host that attaches
 * again.
 */
#define LIMIT_IN_FLIGHT_BYTES (512u << 10)
/* All rings together: the guest's memory divided by this. */
#define LIMIT_RINGS_OF_MEMORY 8u
/* Bytes of stdin that the host may send ahead. */
#define LIMIT_STDIN_WINDOW (256u << 10)

/* Delay before output that found no memory is read again. */
#define LIMIT_MEMORY_AGAIN_US (50 * 1000LL)

/* Bytes that the kernel may hold between a program and the agent, per stream. */
#define LIMIT_PIPE_BYTES (256 << 10)

/* Payload of one D frame: large enough that the header costs little, small enough that events interleave. */
#define LIMIT_DATA_BYTES (128u << 10)
/*
 * Coalescing: after a piece smaller than LIMIT_SMALL_BYTES, further small pieces wait LIMIT_HOLD_US for more. A program
 * that writes byte by byte costs a frame per millisecond, not per byte; the first byte after a silence is sent at once.
 */
#define LIMIT_SMALL_BYTES (16u << 10)
#define LIMIT_HOLD_US 1000LL
/* One callback moves at most this many bytes, so that no stream starves the others. */
#define LIMIT_TURN_BYTES (256u << 10)

/* After the program's exit the agent waits for output of descendants, until they are silent for so long, … */
#define LIMIT_DRAIN_IDLE_US (100 * 1000LL)
/* … or until this time has passed since the exit. */
#define LIMIT_DRAIN_US (2 * 1000000LL)

/* The dial to the host: delay between the first and the second attempt; each further delay is twice the one before, … */
#define LIMIT_NOTIFY_FIRST_US (10 * 1000LL)
/* … up to this maximum: a host that begins to listen late hears within 5 s, and a host that never listens costs little. */
#define LIMIT_NOTIFY_MAX_US (5 * 1000000LL)
/*
 * The host hears that the agent serves once the boot's configuration is applied, or after this time: a mount may wait
 * long.
 */
#define LIMIT_NOTIFY_CONFIGURATION_US (10 * 1000000LL)
/* Time from connect to the acknowledgement. Above the 2 s after which the kernel gives up a vsock connect. */
#define LIMIT_NOTIFY_US (5 * 1000000LL)

/*
 * After a crash of the agent or an upgrade, output is kept so long for readers to return, before unread output may be
 * dropped.
 */
#define LIMIT_RETURN_US (5 * 1000000LL)

/* Time for PID 1 to send the fd store: PID 1 sends before the agent runs. */
#define LIMIT_GIVEN_MS 5000
/* Messages of PID 1 that one turn of the loop reads. */
#define LIMIT_LIFELINE_TURN 256
/* Bytes of keys to drop that wait for PID 1 to read: a full fd store eight times. */
#define LIMIT_DROPS_BYTES (96u << 10)

/* Input devices that are searched for a power key, and those that are watched: a VM has a keyboard and a button. */
#define LIMIT_INPUTS 16
#define LIMIT_BUTTONS 4

/* Freezers that hang in the kernel on a disk that does not answer: with so many, no further quiesce begins. */
#define LIMIT_FREEZERS 4u
/* Wait for jobs that began before a quiesce: netlink takes milliseconds; a slower job waits for a device or a server. */
#define LIMIT_FENCE_JOBS_US (5 * 1000000LL)
/* Time to find the file systems and open them: no step of this reads a disk. */
#define LIMIT_FIND_US (5 * 1000000LL)
/* Time to thaw the file systems, in which ext4 writes its superblock. Then the resume goes on without the thaw. */
#define LIMIT_THAW_US (5 * 1000000LL)
/* Additional time that a frozen workload waits for a resume where the agent cannot detect a restore. */
#define LIMIT_UNKNOWN_US (60 * 1000000LL)
/* Slowest speed that a disk is expected to have, and the bounds of the wait for a sync. */
#define LIMIT_SYNC_BYTES_PER_S (50u << 20)
#define LIMIT_SYNC_LEAST_US (5 * 1000000LL)
#define LIMIT_SYNC_MOST_US (120 * 1000000LL)
/* A smaller error of the clock is not corrected: a step of the clock disturbs programs too. */
#define LIMIT_CLOCK_OFF_US 50000LL
/* Time to freeze a workload that was not frozen before a resume. */
#define LIMIT_RESUME_HOLD_US (1 * 1000000LL)
/* Bytes of a mount point that a message shows. */
#define LIMIT_MOUNT_SHOWN 256u
/* Time for the steps of a resume that use files and netlink; mounts have their own timeouts. */
#define LIMIT_IDENTITY_MS 10000u
/* Bytes of the reply to a quiesce or resume: 32 hooks with 2 KiB each, and the lists. */
#define LIMIT_SNAPSHOT_ANSWER_BYTES (192u << 10)

/* Last log lines of a crashed agent in `info`. The request agent_log has all lines. */
#define LIMIT_CRASH_LINES 5
