/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpith: runs programs in a microVM through the pith agent inside it (the wire is docs/protocol.md).
 *
 *	struct pith_error err;
 *	struct pith_conn *conn;
 *	struct pith_exit_record record;
 *	const char *const argv[] = {"uname", "-a", NULL};
 *	struct pith_exec_options run = {.argv = argv, .output = {.kind = PITH_STREAM_FD, .fd = 1}};
 *
 *	if (pith_connect("vsock:3", NULL, &conn, &err) != PITH_OK)
 *		die(err.message);
 *	if (pith_exec(conn, &run, &record, &err) != PITH_OK)
 *		die(err.message);
 *	pith_close(conn);
 *
 * Calls block until they are done, fail, or their deadline passes. Times are milliseconds unless the name says _us;
 * PITH_FOREVER means no deadline. Sizes are bytes.
 *
 * Every call that can fail returns an enum pith_code and, where err is not NULL, fills *err with the code and a
 * sentence. Outputs (ret_...) are not written on failure, except where it says so.
 *
 * A connection carries one call at a time and belongs to one thread at a time; different connections are independent.
 * Only pith_exec_signal(), pith_exec_kill() and pith_exec_detach() may be called from another thread or from a signal
 * handler while pith_exec() runs. The library starts no thread, installs no handler, writes no log and keeps no
 * global state. It never raises SIGPIPE by a socket; a program that gives it a pipe as PITH_STREAM_FD ignores
 * SIGPIPE itself.
 *
 * The guest is not trusted: every reply is bounded (docs/protocol.md, section 2), its types are checked, and text
 * from the guest in the fixed-size members below has its control characters replaced by '?'.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PITH_FOREVER (-1)
#define PITH_CONNECT_TIMEOUT_MS 10000	/* the default of pith_connect_options.timeout_ms */
#define PITH_BOOT_STEPS_MAX 32		/* further steps of the boot timeline are not kept */

enum pith_code {
	PITH_OK,
	PITH_BAD_ARGUMENT,	/* the caller's: an address that cannot be read, a request that is too long */
	PITH_NO_SOCKET,		/* no such socket, or no guest with that CID */
	PITH_NOT_PERMITTED,	/* the host's kernel does not let us connect */
	PITH_REFUSED,		/* the socket is there, and nobody listens on it */
	PITH_NO_LISTENER,	/* the guest's side of vsock is there, and nothing in the guest listens on the port */
	PITH_NO_ANSWER,		/* the dial itself got no answer in time: connect(2), or the OK of a hybrid socket */
	PITH_NO_HELLO,		/* connected, and then silence */
	PITH_CLOSED,		/* connected, and closed by the other side before its hello */
	PITH_NOT_PITH,		/* the other side speaks another protocol */
	PITH_WRONG_VERSION,	/* the other side speaks only other versions of this protocol */
	PITH_LOST,		/* the connection broke inside a call, or an earlier call broke it */
	PITH_BAD_REPLY,		/* the other side broke a rule of the protocol after its hello */
	PITH_DEADLINE,		/* the call's deadline passed */
	PITH_GUEST_ERROR,	/* the agent said no: see pith_error.guest_code */
	PITH_INTERRUPTED,	/* pith_exec_signal() or _kill() came before the program had started */
	PITH_INPUT_FAILED,	/* reading the local input failed */
	PITH_OUTPUT_FAILED,	/* writing the local output failed */
	PITH_OUTPUT_LIMIT,	/* more output came than max_output_bytes */
	PITH_SYSTEM,		/* the local system: no memory, no file descriptors */
};

struct pith_error {
	enum pith_code code;
	int os_errno;		/* the local errno behind the code, or 0 */
	char message[512];	/* one sentence, no newline */
	/* PITH_GUEST_ERROR only, else empty (docs/protocol.md, section 4). */
	char guest_code[32];	/* "not_found" */
	char guest_errno[24];	/* "ENOENT" */
	char guest_field[64];	/* "cwd" */
};

struct pith_connect_options {
	int64_t timeout_ms;	/* one attempt, dial and hello together; 0: PITH_CONNECT_TIMEOUT_MS */
	int64_t wait_ms;	/* how long to try again where nothing is there yet; 0: one attempt */
};

struct pith_hello {
	char version[32];	/* of the agent: "0.1.0" */
	char boot_id[40];
	char generation[40];	/* compare for equality only */
	char features[256];	/* separated by spaces */
	uint32_t protocol_min;
	uint32_t protocol_max;
	uint32_t json_bytes;	/* longest request that the agent takes */
};

struct pith_pong {
	char generation[40];
	uint64_t realtime_us;
	uint64_t boottime_us;
	uint64_t round_trip_us;	/* measured here */
};

struct pith_boot_step {
	char name[32];
	uint64_t at_us;		/* since the guest's kernel started */
};

struct pith_info {
	char version[32];
	char boot_id[40];
	char generation[40];
	char hostname[256];
	char kernel_release[128];
	char kernel_version[256];
	char machine[32];
	uint64_t uptime_us;
	uint64_t cpus;
	uint64_t memory_total_bytes;
	uint64_t memory_available_bytes;
	uint64_t agent_starts;		/* in this boot; above 1 it crashed or was upgraded */
	uint64_t agent_memory_bytes;
	uint64_t agent_connections;
	uint64_t agent_requests;
	uint64_t execs_running;
	uint64_t execs_total;
	size_t boot_step_count;
	struct pith_boot_step boot[PITH_BOOT_STEPS_MAX];
};

enum pith_stream_kind {
	PITH_STREAM_NONE,	/* input: the program reads /dev/null; output: thrown away */
	PITH_STREAM_FD,		/* stays the caller's; may be blocking or not, file, pipe, tty or socket */
	PITH_STREAM_CALLBACK,
};

struct pith_source {
	enum pith_stream_kind kind;
	int fd;
	/*
	 * Returns the bytes stored (1 to size), 0 at the end, or -errno. While it runs nothing else of the call
	 * moves.
	 */
	ssize_t (*read)(void *user, void *buf, size_t size);
	void *user;
};

struct pith_sink {
	enum pith_stream_kind kind;
	int fd;
	/* Takes all of it and returns 0, or -errno to stop. While it runs nothing else of the call moves. */
	int (*write)(void *user, const void *data, size_t size);
	void *user;
};

enum pith_on_disconnect {
	PITH_DISCONNECT_DEFAULT,	/* the agent's default: keep */
	PITH_DISCONNECT_KEEP,
	PITH_DISCONNECT_KILL,
};

struct pith_exec_options {
	const char *const *argv;	/* ends with NULL; at least one */
	const char *const *env;		/* "NAME=value", ends with NULL; or NULL. Added to the guest's ... */
	bool clean_env;			/* ... or, if set, to an empty one */
	const char *cwd;		/* absolute, or NULL for / */
	const char *id;			/* or NULL: the agent makes one */
	enum pith_on_disconnect on_disconnect;
	struct pith_source input;
	struct pith_sink output;
	struct pith_sink errors;
	int64_t timeout_ms;		/* 0 or PITH_FOREVER: none */
	uint64_t max_output_bytes;	/* of output and errors together; 0: no bound */
};

enum pith_cause {
	PITH_CAUSE_NONE,	/* no record came */
	PITH_CAUSE_EXITED,
	PITH_CAUSE_SIGNALED,
	PITH_CAUSE_KILLED,	/* by request */
	PITH_CAUSE_OOM,
	PITH_CAUSE_START_FAILED,
	PITH_CAUSE_DETACHED,	/* the program runs on; pith_exec_detach() asked for it */
	PITH_CAUSE_OTHER,	/* one that this library does not know; see cause_name */
};

struct pith_exit_record {
	enum pith_cause cause;
	char cause_name[24];
	char id[72];
	int code;		/* EXITED: 0 to 255 */
	int signal_number;	/* SIGNALED, KILLED, OOM: 1 to 64 */
	char signal_name[16];
	bool core_dumped;
	char stage[16];		/* START_FAILED: docs/protocol.md, exec */
	char errno_name[24];
	char message[256];
	uint64_t wall_us;
	uint64_t cpu_user_us;
	uint64_t cpu_system_us;
	uint64_t peak_memory_bytes;
	uint64_t stdout_bytes;
	uint64_t stdout_lost_bytes;
	uint64_t stderr_bytes;
	uint64_t stderr_lost_bytes;
	bool output_open;	/* a descendant still held the output when the program had ended */
};

struct pith_conn;

/*
 * Connects to "vsock:CID[:PORT]", "hybrid:/path[:PORT]" or "unix:/path", and reads the hello. With wait_ms,
 * PITH_NO_SOCKET, PITH_REFUSED, PITH_NO_LISTENER, PITH_CLOSED, PITH_NO_ANSWER and PITH_NO_HELLO are tried again every 20 ms; an
 * attempt that was begun is never cut short by wait_ms, so the call takes at most wait_ms + timeout_ms. options may be NULL. The
 * caller owns *ret and gives it to pith_close().
 */
enum pith_code pith_connect(const char *address, const struct pith_connect_options *options, struct pith_conn **ret,
			    struct pith_error *err);

/* Accepts NULL. Running execs go on or die as their on_disconnect says. */
void pith_close(struct pith_conn *conn);

/* Valid as long as the connection. */
const struct pith_hello *pith_hello(const struct pith_conn *conn);

/*
 * Any request without streams. fields is a JSON object without "op" ("{\"path\": \"/\"}"), or NULL. *ret_json (may
 * be NULL) is the result: strict JSON text that belongs to the connection and is valid until its next call. A call
 * that ends with PITH_DEADLINE leaves its request behind, so the connection is good for pith_close() only.
 */
enum pith_code pith_request(struct pith_conn *conn, const char *op, const char *fields, int64_t timeout_ms,
			    const char **ret_json, struct pith_error *err);

enum pith_code pith_ping(struct pith_conn *conn, int64_t timeout_ms, struct pith_pong *ret, struct pith_error *err);
enum pith_code pith_info(struct pith_conn *conn, int64_t timeout_ms, struct pith_info *ret, struct pith_error *err);

/* Both return when the agent has agreed; the guest goes down after that. */
enum pith_code pith_poweroff(struct pith_conn *conn, int64_t timeout_ms, struct pith_error *err);
enum pith_code pith_reboot(struct pith_conn *conn, int64_t timeout_ms, struct pith_error *err);

/*
 * Runs a program and returns when it has ended, also if input is still open. PITH_OK means that an exit record
 * came: a program that failed, or could not be started, is a record and not an error.
 *
 * Input, both outputs and signals move at the same time. A sink that does not take its bytes stops the reading of
 * the connection and so, in the end, the program; input (as far as it was granted) and signals still flow.
 *
 * When timeout_ms passes, max_output_bytes is reached or a sink fails, the program's tree is killed (after a failed
 * sink: unless on_disconnect is PITH_DISCONNECT_KEEP), its record is waited for 5 s, and the call returns
 * PITH_DEADLINE, PITH_OUTPUT_LIMIT or PITH_OUTPUT_FAILED. *ret is always written: its cause is PITH_CAUSE_NONE
 * where no record came.
 */
enum pith_code pith_exec(struct pith_conn *conn, const struct pith_exec_options *options, struct pith_exit_record *ret,
			 struct pith_error *err);

/*
 * Reach the program of the running pith_exec(); from any thread, or from a signal handler. 0, or -errno: -EINVAL
 * for a number outside 1 to 64, -EAGAIN when thousands wait already. Outside of a pith_exec() they are forgotten.
 */
int pith_exec_signal(struct pith_conn *conn, int signal_number);
int pith_exec_kill(struct pith_conn *conn);	/* the whole tree */
int pith_exec_detach(struct pith_conn *conn);	/* ends the call; the program runs on */

/* The JSON text of the last result on this connection, or NULL; valid until its next call. */
const char *pith_result_json(const struct pith_conn *conn);

/* "refused", "no_hello": a stable name for programs; static storage. */
const char *pith_code_name(enum pith_code code);

/* Of this library. */
const char *pith_version(void);
