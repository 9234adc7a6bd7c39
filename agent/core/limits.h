/* SPDX-License-Identifier: Apache-2.0 */
/* Every bound of the agent, with its reason. */
#pragma once

/* Firecracker's vsock carries 1,023 connections: one more is all that a host can use. */
#define LIMIT_CONNECTIONS 1024u
/* Execs that run at once. Each may hold seven fds; see LIMIT_FDS. */
#define LIMIT_EXECS 1024u
/* Ended execs whose record and output are kept; the oldest goes first. */
#define LIMIT_ENDED_EXECS 256u
/* Leaves that outlive their execs' records, two fds each. Of more than that the empty directory stays. */
#define LIMIT_LONE_LEAVES 1024u
/* Workers, one for each connection that works on files: enough for 64 transfers at once, at 256 KiB each. */
#define LIMIT_WORKERS 64u
/* Pieces of blocking work at once, each a copy of the agent; and as many that can not be killed. */
#define LIMIT_JOBS 32u
/* What a job tells. */
#define LIMIT_JOB_OUT_BYTES (64u << 10)
/* fds that a job is left with: a freeze holds one for each file system. */
#define LIMIT_JOB_KEPT_FDS 64u
/* After SIGKILL: what is not dead by then waits in the kernel, and we do not wait for it. */
#define LIMIT_JOB_KILL_US (500 * 1000LL)
/* A step of a configuration that is no mount; a mount says its own. */
#define LIMIT_STEP_MS 30000u
/* The entrypoint is started again after that long, and twice that each time, up to … */
#define LIMIT_MAIN_FIRST_US (100 * 1000LL)
/* … this; … */
#define LIMIT_MAIN_LAST_US (30 * 1000000LL)
/* … and from the front again when it lived so long. */
#define LIMIT_MAIN_SETTLED_US (10 * 1000000LL)
/* What is left when it has ended for good has that long, as with any power off. */
#define LIMIT_MAIN_GRACE_MS 5000u
/* Configurations that wait for the one that is being done. */
#define LIMIT_CONFIGURES 16u
/* What is told of all steps of one: more than a result has room for is no result. */
#define LIMIT_STEPS_BYTES (128u << 10)
/* nofile of a worker: what a tree's depth needs (LIMIT_TREE_DEPTH), and a few. */
#define LIMIT_WORKER_FDS 1024u
/* Directories within each other that a walk goes down: one fd each. */
#define LIMIT_TREE_DEPTH 960u
/*
 * A host that neither sends the rest of a frame nor reads for so long has lost interest, and its worker ends. Long, because a
 * paused VMM is no reason.
 */
#define LIMIT_STALL_US (600 * 1000000LL)
/* What the host may send ahead of an upload: eight frames keep both sides busy. */
#define LIMIT_UPLOAD_WINDOW (1u << 20)
/* pax records before one entry of an archive: sixteen of the largest extended attributes. */
#define LIMIT_TAR_RECORDS_BYTES (1u << 20)
/* What an import notes of its directories, and an export of files with several names: a hundred thousand of them. */
#define LIMIT_TREE_NOTES_BYTES (16u << 20)
/* Directories within each other that dir_list goes down at once: the cursor has a number for each. */
#define LIMIT_LIST_DEPTH 64u
/* Directories of one watch: 8 MiB of the kernel's memory, and 1 of ours. */
#define LIMIT_WATCHES 8192u
/* Between two looks whether the host still waits for a copy. */
#define LIMIT_COPY_STEP_BYTES (16u << 20)
/* nofile of the agent: connections, and seven fds for each running or held-open exec, with room to spare. */
#define LIMIT_FDS 65536u

/* A JSON frame that is not whole by then has lost its sender. Slow links carry 256 KiB in far less. */
#define LIMIT_FRAME_US (30 * 1000000LL)
/* How long a connection that broke a rule may take to read why. */
#define LIMIT_CLOSING_US (1 * 1000000LL)
/* How long hosts may take to read their last answers after SIGTERM: less than the 5 s after which PID 1 kills us. */
#define LIMIT_GOODBYE_US (2 * 1000000LL)
/* Sum of all half-received JSON bodies: 32 of the largest. The connection that would pass it is closed. */
#define LIMIT_BODIES_BYTES (8u << 20)
/* What one connection may have queued besides stream data: a few results of the largest size. */
#define LIMIT_OUT_BYTES (1u << 20)
/* Had from its first moment on: the hello, an error, an event or a record are told even when there is no more memory. */
#define LIMIT_OUT_FIRST_BYTES 1024u

/* JSON values of one request: 8,192 strings and as many nodes, and 256 KiB of text. */
#define LIMIT_JSON_ARENA_BYTES (2u << 20)

/* A ring starts small and doubles while its reader lags, up to what the request says. */
#define LIMIT_RING_FIRST_BYTES (64u << 10)
/* ring_bytes of a request, at most. */
#define LIMIT_RING_MOST_BYTES (16u << 20)
/* Kept when the budget of all rings is used up: an exec never stands still for want of a buffer. */
#define LIMIT_RING_LAST_BYTES (4u << 10)
/*
 * What the transport may hold of a stream while the host has not read it: the vsock's buffer (256 KiB by default), and that of
 * the VMM's unix socket (208 KiB). A host that was cut off finds that much again when it attaches.
 */
#define LIMIT_IN_FLIGHT_BYTES (512u << 10)
/* All rings together: this part of the guest's memory. */
#define LIMIT_RINGS_OF_MEMORY 8u
/* stdin that the host may send ahead. */
#define LIMIT_STDIN_WINDOW (256u << 10)

/* Output for which there is no memory is looked at again after that long. */
#define LIMIT_MEMORY_AGAIN_US (50 * 1000LL)

/* What the kernel may hold between a program and us, per stream. */
#define LIMIT_PIPE_BYTES (256 << 10)

/* Payload of one D frame: large enough that its header costs nothing, small enough that events interleave. */
#define LIMIT_DATA_BYTES (128u << 10)
/*
 * Coalescing: after a piece smaller than this, further small pieces wait that long for company. A program that writes byte
 * by byte costs a frame per millisecond, not per byte; the first byte after a silence is sent at once.
 */
#define LIMIT_SMALL_BYTES (16u << 10)
#define LIMIT_HOLD_US 1000LL
/* One callback moves at most this much, so that no stream starves the others. */
#define LIMIT_TURN_BYTES (256u << 10)

/* After the program's exit: silence that long ends the wait for output that a descendant may still write, … */
#define LIMIT_DRAIN_IDLE_US (100 * 1000LL)
/* … and so does this in all. */
#define LIMIT_DRAIN_US (2 * 1000000LL)

/* The dial to the host: the second attempt comes that long after the first, each further one after twice as long, … */
#define LIMIT_NOTIFY_FIRST_US (10 * 1000LL)
/* … up to this: a host that begins to listen late is told within it, and one that never does costs next to nothing. */
#define LIMIT_NOTIFY_MAX_US (5 * 1000000LL)
/* The host is told that the agent serves when the boot's configuration is done, but not later than this: a mount may wait long. */
#define LIMIT_NOTIFY_CONFIGURATION_US (10 * 1000000LL)
/* From connect to the acknowledgement. Above the 2 s after which the kernel gives up a vsock connect. */
#define LIMIT_NOTIFY_US (5 * 1000000LL)

/* After a crash of the agent or an upgrade: programs wait that long for those who read them, before what nobody reads may go. */
#define LIMIT_RETURN_US (5 * 1000000LL)

/* How long PID 1 may take to hand over what it kept: it does so before the agent runs. */
#define LIMIT_GIVEN_MS 5000
/* Messages of PID 1 that are read in one turn of the loop. */
#define LIMIT_LIFELINE_TURN 256
/* Keys that PID 1 is to be told to forget while it does not read: a full store eight times. */
#define LIMIT_DROPS_BYTES (96u << 10)

/* Input devices that are looked at for a power key, and those that are listened to: a VM has a keyboard and a button. */
#define LIMIT_INPUTS 16
#define LIMIT_BUTTONS 4

/* Freezers that hang in the kernel with a disk that does not answer: after so many no further quiesce is begun. */
#define LIMIT_FREEZERS 4u
/* For jobs that were begun before a quiesce: netlink takes milliseconds. What takes longer waits for a device or a server. */
#define LIMIT_FENCE_JOBS_US (5 * 1000000LL)
/* To find the file systems and open them: nothing of it reads a disk. */
#define LIMIT_FIND_US (5 * 1000000LL)
/* To thaw them: ext4 writes its superblock. Then the rest goes on without. */
#define LIMIT_THAW_US (5 * 1000000LL)
/* A workload that may be a clone's waits that much longer for its resume, where nobody can tell whether it is one. */
#define LIMIT_UNKNOWN_US (60 * 1000000LL)
/* How fast a disk is expected to be at least, and the bounds of the wait for it. */
#define LIMIT_SYNC_BYTES_PER_S (50u << 20)
#define LIMIT_SYNC_LEAST_US (5 * 1000000LL)
#define LIMIT_SYNC_MOST_US (120 * 1000000LL)
/* A clock that is off by less is left alone: steps disturb programs too. */
#define LIMIT_CLOCK_OFF_US 50000LL
/* A workload that was not frozen before a resume is given so long to stand still. */
#define LIMIT_RESUME_HOLD_US (1 * 1000000LL)
/* Bytes of a mount point that stand in a message. */
#define LIMIT_MOUNT_SHOWN 256u
/* What the steps of a resume may take that touch files and netlink; mounts have times of their own. */
#define LIMIT_IDENTITY_MS 10000u
/* What the answer to a quiesce or resume may be long: 32 hooks with 2 KiB each, and the lists. */
#define LIMIT_SNAPSHOT_ANSWER_BYTES (192u << 10)

/* Of what the agent said before it died: what led to it, in info. All of it is in agent_log. */
#define LIMIT_CRASH_LINES 5
