/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpith: runs programs in a microVM through the pith agent in the guest (docs/reference/protocol.md). pith_files.h has
 * the calls on the guest's files, pith_guest.h the calls about the guest as a whole. The terms are explained in
 * docs/reference/glossary.md.
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
 * docs/guide/libpith.md has three complete programs; examples/exec.c is a longer one.
 *
 * Calls block until they are done, fail, or their deadline passes. Times are in milliseconds, those with a name in _us in
 * microseconds; PITH_FOREVER means no deadline. Sizes are in bytes.
 *
 * Every call that can fail returns an enum pith_code and, where err is not NULL, fills *err with the code and a
 * sentence. Outputs (ret_...) are written on success only, except where a call says otherwise.
 *
 * A connection carries one call at a time and belongs to one thread at a time; different connections are independent.
 * Only pith_exec_signal(), _kill(), _resize() and _detach() may be called from another thread or from a signal
 * handler while pith_exec() or pith_attach() runs. The library starts no thread, installs no handler, writes no log
 * and keeps no global state. Its sockets never raise SIGPIPE; a program that passes a pipe as a sink ignores SIGPIPE itself.
 *
 * The guest is not trusted: every reply is bounded (docs/reference/protocol.md, section 2), its types are checked, and text
 * from the guest in the fixed-size members below has its control characters replaced by '?'.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PITH_FOREVER (-1)
#define PITH_CONNECT_TIMEOUT_MS 10000	/* the default of pith_connect_options.timeout_ms */

enum pith_code {
	PITH_OK,
	PITH_BAD_ARGUMENT,	/* an argument of the caller is wrong: a malformed address, a request that is too long */
	PITH_NO_SOCKET,		/* no such socket, or no guest with that CID */
	PITH_NOT_PERMITTED,	/* the host's kernel refuses the connection */
	PITH_REFUSED,		/* the socket exists, and no process listens on it */
	PITH_NO_LISTENER,	/* the guest's vsock answers, and no process in the guest listens on the port */
	PITH_NO_ANSWER,		/* the dial got no answer in time: connect(2), or the OK of a hybrid socket */
	PITH_NO_HELLO,		/* connected, but no hello came in time */
	PITH_CLOSED,		/* connected, but the peer closed the connection before its hello */
	PITH_NOT_PITH,		/* the peer speaks another protocol */
	PITH_WRONG_VERSION,	/* the peer speaks only other versions of this protocol */
	PITH_LOST,		/* the connection broke during this call or an earlier one */
	PITH_BAD_REPLY,		/* the peer broke a rule of the protocol after its hello */
	PITH_DEADLINE,		/* the call's deadline passed */
	PITH_GUEST_ERROR,	/* the agent replied with an error: see pith_error.guest_code */
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
	/* PITH_GUEST_ERROR only, else empty (docs/reference/protocol.md, section 4). */
	char guest_code[32];	/* "not_found" */
	char guest_errno[24];	/* "ENOENT" */
	char guest_field[64], guest_step[32];	/* "cwd"; "sync" of a quiesce, thaw or resume */
};

struct pith_connect_options {
	int64_t timeout_ms;	/* of one attempt, dial and hello together; 0: PITH_CONNECT_TIMEOUT_MS */
	int64_t wait_ms;	/* how long to try again while the agent does not answer yet; 0: one attempt */
	const char *token;	/* sent to a guest that asks for a token; NULL: none */
};

struct pith_hello {
	char version[32];	/* of the agent: "0.1.0" */
	char boot_id[40];
	char generation[40];	/* compare for equality only */
	char features[256];	/* separated by spaces */
	uint32_t protocol_min;
	uint32_t protocol_max;
	uint32_t json_bytes;	/* longest request that the agent takes */
	bool wants_token;	/* the agent serves only connections that send its token */
};

struct pith_pong {
	char generation[40];
	uint64_t realtime_us;
	uint64_t boottime_us;
	uint64_t round_trip_us;	/* measured by this process */
};

enum pith_stream_kind {
	PITH_STREAM_NONE,	/* input: the program reads /dev/null; output: thrown away */
	PITH_STREAM_FD,		/* the caller keeps fd: a file, pipe, tty or socket, blocking or not */
	PITH_STREAM_CALLBACK,
	PITH_STREAM_POLLED,	/* input only: the call polls fd, and then calls read() */
};

struct pith_source {
	enum pith_stream_kind kind;
	int fd;
	/*
	 * Returns the number of bytes stored (1 to size), 0 at the end of the input, or -errno. Output and signals
	 * wait while read() runs. POLLED: read() does not block; -EAGAIN means that no bytes are ready. The call
	 * passes size 0 when fd is readable while the program takes no input: read() may take bytes into a buffer
	 * of its own, and returns -EAGAIN, or -ENOBUFS when this buffer is full: fd is then not polled until the
	 * program takes input again.
	 */
	ssize_t (*read)(void *user, void *buf, size_t size);
	void *user;
};

struct pith_sink {
	enum pith_stream_kind kind;
	int fd;
	/* Takes all size bytes and returns 0, or -errno to stop. Input and signals wait while write() runs. */
	int (*write)(void *user, const void *data, size_t size);
	void *user;
};

struct pith_running {
	char id[72];
	uint64_t pid;
	bool tty;
	bool again;			/* attached again after a lost connection */
	uint64_t stdout_offset_bytes;	/* of the next byte */
	uint64_t stderr_offset_bytes;
};

enum pith_on_disconnect {
	PITH_DISCONNECT_DEFAULT,	/* the agent's default: keep */
	PITH_DISCONNECT_KEEP,
	PITH_DISCONNECT_KILL,
	PITH_DISCONNECT_HANGUP,		/* the agent closes the program's terminal */
};

/* The events of a running call besides bytes. Each hook may be NULL; the call runs them in the caller's thread. */
struct pith_exec_hooks {
	void *user;
	/* The program runs, or an attach succeeded, also the attach after a lost connection. */
	void (*running)(void *user, const struct pith_running *running);
	/* The guest dropped these bytes of stream 1 or 2 before this call could read them. */
	void (*gap)(void *user, int stream, uint64_t lost_bytes);
	/* The connection is lost; the call dials again for reattach_ms. */
	void (*lost)(void *user, const char *why);
};

struct pith_limits {			/* 0: no limit */
	uint64_t memory_max_bytes;
	bool has_swap_max;		/* swap_max_bytes is set; 0 bytes is a limit too */
	uint64_t swap_max_bytes;
	uint64_t pids_max;
	uint64_t cpu_max_millis;	/* thousandths of a CPU */
	uint64_t io_weight;		/* 1 to 10000 */
};

struct pith_exec_options {
	const char *const *argv;	/* ends with NULL; at least one */
	const char *const *env;		/* "NAME=value", ends with NULL; or NULL. Added to the guest's environment ... */
	bool clean_env;			/* ... or, if set, to an empty environment */
	const char *cwd;		/* absolute, or NULL for / */
	const char *id;			/* of the new exec; NULL: the agent makes an id */
	enum pith_on_disconnect on_disconnect;
	struct pith_source input;
	struct pith_sink output;
	struct pith_sink errors;
	int64_t timeout_ms;		/* of this call, by the host's clock; 0 or PITH_FOREVER: none */
	uint64_t max_output_bytes;	/* of output and errors together; 0: no limit */
	int64_t reattach_ms;		/* see pith_attach(); 0: a lost connection is PITH_LOST */
	const struct pith_exec_hooks *hooks;	/* or NULL */

	const char *user;		/* "name", "uid", "name:group", "uid:gid", or NULL: uid 0 */
	bool detach;			/* return when the program runs, with PITH_CAUSE_DETACHED */
	bool open_stdin;		/* stdin is a pipe for pith_stdin(), although input is PITH_STREAM_NONE */
	bool tty;			/* the program gets a terminal; stdout and stderr both go to `output` */
	uint16_t rows;			/* of the terminal; 0: the agent's 24 rows and 80 columns */
	uint16_t cols;
	int64_t run_ms;			/* the agent ends the program after this time, with PITH_CAUSE_TIMED_OUT; 0: never */
	int64_t grace_ms;		/* between SIGTERM and SIGKILL of run_ms; 0: the agent's 5000; negative: none */
	struct pith_limits limits;
	uint64_t ring_bytes;		/* size of each stream's ring of kept output; 0: the agent's default */
	bool block_when_unread;		/* a full ring makes the program wait; else the agent drops the oldest output */
	bool has_umask;
	uint32_t umask;
	int nice;
	int oom_score_adj;
	const char *const *rlimits;	/* "nofile=1024:4096", ends with NULL; or NULL */
	const char *const *capabilities;	/* "net_bind_service", ends with NULL; or NULL: all are kept */
	bool no_new_privs;
};

#define PITH_OLDEST UINT64_MAX
struct pith_attach_options {
	const char *id;
	uint64_t stdout_offset_bytes;	/* of the first byte, or PITH_OLDEST: the oldest byte that is kept */
	uint64_t stderr_offset_bytes;
	bool no_follow;			/* only the kept output; PITH_CAUSE_RUNNING if the program has not ended */
	enum pith_on_disconnect on_disconnect;
	struct pith_source input;	/* PITH_STREAM_NONE: other connections may write stdin */
	struct pith_sink output;
	struct pith_sink errors;
	int64_t timeout_ms;
	uint64_t max_output_bytes;
	int64_t reattach_ms;
	const struct pith_exec_hooks *hooks;
};

enum pith_cause {
	PITH_CAUSE_NONE,	/* no record came */
	PITH_CAUSE_EXITED,
	PITH_CAUSE_SIGNALED,
	PITH_CAUSE_TIMED_OUT,	/* the agent ended the program after run_ms */
	PITH_CAUSE_KILLED,	/* by request */
	PITH_CAUSE_OOM,
	PITH_CAUSE_START_FAILED,
	PITH_CAUSE_DETACHED,	/* the program runs on after pith_exec_detach() or .detach */
	PITH_CAUSE_RUNNING,	/* the program runs on after an attach with .no_follow */
	PITH_CAUSE_OTHER,	/* a cause that this library does not know; see cause_name */
};

struct pith_exit_record {
	enum pith_cause cause;
	char cause_name[24];
	char id[72];
	int code;		/* EXITED: 0 to 255 */
	int signal_number;	/* SIGNALED, KILLED, OOM: 1 to 64; TIMED_OUT: 1 to 64, or 0 and an exit code in .code */
	char signal_name[16];
	bool core_dumped;
	char stage[16];		/* START_FAILED: docs/reference/protocol.md, exec */
	char errno_name[24];
	char message[256];
	uint64_t wall_us;
	uint64_t cpu_user_us;
	uint64_t cpu_system_us;
	uint64_t peak_memory_bytes;
	uint64_t stdin_bytes;
	uint64_t stdout_bytes;		/* DETACHED, RUNNING: the offset of the next byte, after those that this call passed on */
	uint64_t stdout_lost_bytes;
	uint64_t stderr_bytes;		/* likewise */
	uint64_t stderr_lost_bytes;
	bool output_open;	/* a descendant still had stdout or stderr open after the program's end */
};

/* One exec of pith_list(). */
struct pith_exec_entry {
	char id[72];
	char state[16];		/* "starting", "running", "ended" */
	char command[320];	/* argv, joined by spaces and cut to this size */
	char ending[32];	/* of an ended exec: "exited 3", "SIGKILL (oom)"; else empty */
	uint64_t number;
	uint64_t pid;
	uint64_t started_us;	/* CLOCK_REALTIME of the guest */
	uint64_t attached;
	uint64_t stdout_bytes;
	uint64_t stderr_bytes;
	bool tty;
	const char *json;	/* the agent's entry, unchanged; valid until the callback returns */
};

struct pith_conn;

/*
 * Connects to "vsock:CID[:PORT]", "hybrid:/path[:PORT]" or "unix:/path", and reads the hello. With wait_ms,
 * PITH_NO_SOCKET, PITH_REFUSED, PITH_NO_LISTENER, PITH_CLOSED, PITH_NO_ANSWER and PITH_NO_HELLO are tried again every 20 ms.
 * wait_ms never cuts an attempt short, so the call takes at most wait_ms + timeout_ms. options may be NULL. The caller owns
 * *ret and ends the ownership with pith_close().
 */
enum pith_code pith_connect(const char *address, const struct pith_connect_options *options, struct pith_conn **ret,
			    struct pith_error *err);

/* Accepts NULL. Their on_disconnect decides whether running execs go on. */
void pith_close(struct pith_conn *conn);

/* Valid as long as the connection. */
const struct pith_hello *pith_hello(const struct pith_conn *conn);

/*
 * Sends any request without streams. fields is a JSON object without "op" ("{\"path\": \"/\"}"), or NULL. *ret_json (may
 * be NULL) is the result: strict JSON text that conn owns, valid until the next call on conn. After PITH_DEADLINE the
 * reply may still come, so conn is good for pith_close() only.
 */
enum pith_code pith_request(struct pith_conn *conn, const char *op, const char *fields, int64_t timeout_ms,
			    const char **ret_json, struct pith_error *err);

enum pith_code pith_ping(struct pith_conn *conn, int64_t timeout_ms, struct pith_pong *ret, struct pith_error *err);

/*
 * Runs a program and returns after the program's end, also if input is still open. PITH_OK means that an exit record
 * came: a program that failed, or could not be started, gives a record and not an error.
 *
 * Input, both outputs and signals are served at the same time. A sink that takes no bytes stops the reading of the
 * connection and so, in the end, the program; input (within its credit) and signals are still sent.
 *
 * When timeout_ms passes, max_output_bytes is reached or a sink fails, the agent kills the program with its descendants
 * (after a failed sink: unless on_disconnect is PITH_DISCONNECT_KEEP), the call waits 5 s for the record and returns
 * PITH_DEADLINE, PITH_OUTPUT_LIMIT or PITH_OUTPUT_FAILED. *ret is always written: its cause is PITH_CAUSE_NONE
 * if no record came.
 */
enum pith_code pith_exec(struct pith_conn *conn, const struct pith_exec_options *options, struct pith_exit_record *ret,
			 struct pith_error *err);

/*
 * As pith_exec(), for an existing exec: the output from the given offsets on, then new output, then the record.
 *
 * With reattach_ms, here and in pith_exec(), the call dials again for this time when the connection is lost after the
 * program's start, and attaches at the offsets that it reached: no byte of stdin or output is lost or doubled.
 * hooks->gap reports the bytes that the guest had to drop meanwhile. PITH_LOST: the time is over, the guest has rebooted,
 * or the agent does not know the id any more.
 */
enum pith_code pith_attach(struct pith_conn *conn, const struct pith_attach_options *options,
			   struct pith_exit_record *ret, struct pith_error *err);

enum pith_stdin_end {
	PITH_STDIN_CLOSE,	/* the end of input is the program's end of file */
	PITH_STDIN_LEAVE,	/* stdin stays open: another pith_stdin() may go on */
};

/* Writes input to the stdin of an exec. *ret_taken (may be NULL): bytes of stdin that the program has taken in all. */
enum pith_code pith_stdin(struct pith_conn *conn, const char *id, const struct pith_source *input,
			  enum pith_stdin_end end, uint64_t *ret_taken, struct pith_error *err);

/* Waits for an exec's end. The agent keeps timeout_ms: PITH_GUEST_ERROR, "timed_out"; negative: no timeout. */
enum pith_code pith_wait(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_exit_record *ret,
			 struct pith_error *err);

/*
 * Calls each() for every exec that the agent knows, oldest first. each() returns 0, or another number to end the call.
 * *ret_forgotten (may be NULL): number of records that the agent dropped to make room.
 */
enum pith_code pith_list(struct pith_conn *conn, int64_t timeout_ms,
			 int (*each)(void *user, const struct pith_exec_entry *entry), void *user,
			 uint64_t *ret_forgotten, struct pith_error *err);

/* Sends a signal ("TERM", "SIGTERM" or "15") to the program, not to its descendants. */
enum pith_code pith_signal(struct pith_conn *conn, const char *id, const char *signal, int64_t timeout_ms,
			   struct pith_error *err);
/* Kills the program with all its descendants. */
enum pith_code pith_kill(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_error *err);
enum pith_code pith_resize(struct pith_conn *conn, const char *id, uint16_t rows, uint16_t cols, int64_t timeout_ms,
			   struct pith_error *err);
/* Drops the record and the output of an ended exec. */
enum pith_code pith_forget(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_error *err);

/* Sets the environment that later execs inherit, in place of the one set before. env: "NAME=value", ends with NULL. */
enum pith_code pith_env_set(struct pith_conn *conn, const char *const *env, int64_t timeout_ms, struct pith_error *err);

/*
 * These act on the program of the running pith_exec() or pith_attach(), from any thread or signal handler; without such
 * a call they do nothing. 0, or -errno: -EINVAL for a number out of range, -EAGAIN when thousands of signals wait already.
 */
int pith_exec_signal(struct pith_conn *conn, int signal_number);
int pith_exec_kill(struct pith_conn *conn);	/* with all its descendants */
int pith_exec_resize(struct pith_conn *conn, uint16_t rows, uint16_t cols);
/* Ends the call, within 2 s even if the agent does not reply; the program runs on. */
int pith_exec_detach(struct pith_conn *conn);

/* The JSON text of the last result on conn, or NULL; valid until the next call on conn. */
const char *pith_result_json(const struct pith_conn *conn);

/* "refused", "no_hello": a stable name for programs; static storage. */
const char *pith_code_name(enum pith_code code);

/* The version of this library, "0.1.0"; static storage. */
const char *pith_version(void);
