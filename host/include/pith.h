/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpith: runs programs in a microVM through the pith agent inside it (docs/reference/protocol.md); its files are
 * pith_files.h, and what concerns the guest as a whole is pith_guest.h.
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
 * Calls block until they are done, fail, or their deadline passes. Times are milliseconds unless the name says _us;
 * PITH_FOREVER means no deadline. Sizes are bytes.
 *
 * Every call that can fail returns an enum pith_code and, where err is not NULL, fills *err with the code and a
 * sentence. Outputs (ret_...) are not written on failure, except where it says so.
 *
 * A connection carries one call at a time and belongs to one thread at a time; different connections are independent.
 * Only pith_exec_signal(), _kill(), _resize() and _detach() may be called from another thread or from a signal
 * handler while pith_exec() or pith_attach() runs. The library starts no thread, installs no handler, writes no log
 * and keeps no global state. It never raises SIGPIPE by a socket; a program that gives it a pipe ignores SIGPIPE itself.
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
	/* PITH_GUEST_ERROR only, else empty (docs/reference/protocol.md, section 4). */
	char guest_code[32];	/* "not_found" */
	char guest_errno[24];	/* "ENOENT" */
	char guest_field[64], guest_step[32];	/* "cwd"; "sync" of a quiesce, thaw or resume */
};

struct pith_connect_options {
	int64_t timeout_ms;	/* one attempt, dial and hello together; 0: PITH_CONNECT_TIMEOUT_MS */
	int64_t wait_ms;	/* how long to try again where nothing is there yet; 0: one attempt */
	const char *token;	/* is given to a guest that asks for one; NULL for none */
};

struct pith_hello {
	char version[32];	/* of the agent: "0.1.0" */
	char boot_id[40];
	char generation[40];	/* compare for equality only */
	char features[256];	/* separated by spaces */
	uint32_t protocol_min;
	uint32_t protocol_max;
	uint32_t json_bytes;	/* longest request that the agent takes */
	bool wants_token;	/* it serves who has given it */
};

struct pith_pong {
	char generation[40];
	uint64_t realtime_us;
	uint64_t boottime_us;
	uint64_t round_trip_us;	/* measured here */
};

enum pith_stream_kind {
	PITH_STREAM_NONE,	/* input: the program reads /dev/null; output: thrown away */
	PITH_STREAM_FD,		/* stays the caller's; may be blocking or not, file, pipe, tty or socket */
	PITH_STREAM_CALLBACK,
	PITH_STREAM_POLLED,	/* input only: fd is waited for, read() is called */
};

struct pith_source {
	enum pith_stream_kind kind;
	int fd;
	/*
	 * Returns the bytes stored (1 to size), 0 at the end, or -errno. While it runs nothing else of the call
	 * moves. POLLED: it does not block, and -EAGAIN means that there is nothing now. It is called with size 0
	 * when fd is readable while the program takes nothing: it may look at what came, and returns -EAGAIN, or
	 * -ENOBUFS when it has no room left to keep it and fd is to be left alone until the program takes more.
	 */
	ssize_t (*read)(void *user, void *buf, size_t size);
	void *user;
};

struct pith_sink {
	enum pith_stream_kind kind;
	int fd;
	/* Takes all of it and returns 0, or -errno to stop. Nothing else of the call moves meanwhile. */
	int (*write)(void *user, const void *data, size_t size);
	void *user;
};

struct pith_running {
	char id[72];
	uint64_t pid;
	bool tty;
	bool again;			/* a connection was lost in between */
	uint64_t stdout_offset_bytes;	/* of the next byte that comes */
	uint64_t stderr_offset_bytes;
};

enum pith_on_disconnect {
	PITH_DISCONNECT_DEFAULT,	/* the agent's default: keep */
	PITH_DISCONNECT_KEEP,
	PITH_DISCONNECT_KILL,
	PITH_DISCONNECT_HANGUP,		/* its terminal is closed */
};

/* What a running call tells besides bytes. Each may be NULL. They are called from the call, not from a thread. */
struct pith_exec_hooks {
	void *user;
	/* The program runs, or the attach succeeded: also after a lost connection. */
	void (*running)(void *user, const struct pith_running *running);
	/* These bytes of stream 1 or 2 are gone: dropped in the guest before this call could have them. */
	void (*gap)(void *user, int stream, uint64_t lost_bytes);
	/* The connection is lost, and is dialed again for reattach_ms. */
	void (*lost)(void *user, const char *why);
};

struct pith_limits {			/* 0: none */
	uint64_t memory_max_bytes;
	bool has_swap_max;		/* because 0 is a limit */
	uint64_t swap_max_bytes;
	uint64_t pids_max;
	uint64_t cpu_max_millis;	/* thousandths of a CPU */
	uint64_t io_weight;		/* 1 to 10000 */
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
	int64_t timeout_ms;		/* of this call, by this side's clock; 0 or PITH_FOREVER: none */
	uint64_t max_output_bytes;	/* of output and errors together; 0: no bound */
	int64_t reattach_ms;		/* see pith_attach(); 0: a lost connection is PITH_LOST */
	const struct pith_exec_hooks *hooks;	/* or NULL */

	const char *user;		/* "name", "uid", "name:group", "uid:gid", or NULL: uid 0 */
	bool detach;			/* return when it runs, with PITH_CAUSE_DETACHED */
	bool open_stdin;		/* a stdin for pith_stdin(), although input is PITH_STREAM_NONE */
	bool tty;			/* all output is then `output` */
	uint16_t rows;			/* 0: the agent's 24 and 80 */
	uint16_t cols;
	int64_t run_ms;			/* the agent ends the program after that long: timed_out; 0: never */
	int64_t grace_ms;		/* between its SIGTERM and the kill; 0: the agent's 5000; negative: none */
	struct pith_limits limits;
	uint64_t ring_bytes;		/* of output kept per stream; 0: the agent's default */
	bool block_when_unread;		/* else the oldest output goes */
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
	uint64_t stdout_offset_bytes;	/* where to begin, or PITH_OLDEST: at the oldest byte that is kept */
	uint64_t stderr_offset_bytes;
	bool no_follow;			/* only what is there: PITH_CAUSE_RUNNING where it has not ended */
	enum pith_on_disconnect on_disconnect;
	struct pith_source input;	/* PITH_STREAM_NONE: stdin is left to others */
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
	PITH_CAUSE_TIMED_OUT,	/* the agent ended it after run_ms */
	PITH_CAUSE_KILLED,	/* by request */
	PITH_CAUSE_OOM,
	PITH_CAUSE_START_FAILED,
	PITH_CAUSE_DETACHED,	/* the program runs on; pith_exec_detach() or .detach asked for it */
	PITH_CAUSE_RUNNING,	/* it runs, and .no_follow asked for no more */
	PITH_CAUSE_OTHER,	/* one that this library does not know; see cause_name */
};

struct pith_exit_record {
	enum pith_cause cause;
	char cause_name[24];
	char id[72];
	int code;		/* EXITED: 0 to 255 */
	int signal_number;	/* SIGNALED, KILLED, OOM: 1 to 64; TIMED_OUT: that, or 0 and code */
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
	uint64_t stdout_bytes;		/* DETACHED, RUNNING: the offset up to which this call has passed it on; */
	uint64_t stdout_lost_bytes;
	uint64_t stderr_bytes;		/* likewise */
	uint64_t stderr_lost_bytes;
	bool output_open;	/* a descendant still held the output when the program had ended */
};

/* One exec of pith_list(). */
struct pith_exec_entry {
	char id[72];
	char state[16];		/* "starting", "running", "ended" */
	char command[320];	/* argv, joined by spaces, cut */
	char ending[32];	/* an ended one: "exited 3", "SIGKILL (oom)" */
	uint64_t number;
	uint64_t pid;
	uint64_t started_us;	/* CLOCK_REALTIME of the guest */
	uint64_t attached;
	uint64_t stdout_bytes;
	uint64_t stderr_bytes;
	bool tty;
	const char *json;	/* as it came; valid until the callback returns */
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
 * The same for an exec that is there already: its output from the given offsets on, then live, then its record.
 *
 * With reattach_ms, here and in pith_exec(), a connection that is lost after the program has
 * started is dialed again for that long and attached where it was: no byte is lost or doubled, on stdin neither; what
 * the guest itself had to drop in between is told by hooks->gap. It is PITH_LOST then where the guest has rebooted
 * or knows the id no more.
 */
enum pith_code pith_attach(struct pith_conn *conn, const struct pith_attach_options *options,
			   struct pith_exit_record *ret, struct pith_error *err);

enum pith_stdin_end {
	PITH_STDIN_CLOSE,	/* the end of input is the program's end of file */
	PITH_STDIN_LEAVE,	/* another pith_stdin() may go on */
};

/* Writes the stdin of another connection's exec. *ret_taken (may be NULL): all that the program has taken so far. */
enum pith_code pith_stdin(struct pith_conn *conn, const char *id, const struct pith_source *input,
			  enum pith_stdin_end end, uint64_t *ret_taken, struct pith_error *err);

/* Its record, when it has ended. timeout_ms is kept by the agent: PITH_GUEST_ERROR, timed_out. Negative: none. */
enum pith_code pith_wait(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_exit_record *ret,
			 struct pith_error *err);

/*
 * Every exec that the agent knows, oldest first. each() returns 0, or another number to end the call. *ret_forgotten
 * (may be NULL): records that went to make room.
 */
enum pith_code pith_list(struct pith_conn *conn, int64_t timeout_ms,
			 int (*each)(void *user, const struct pith_exec_entry *entry), void *user,
			 uint64_t *ret_forgotten, struct pith_error *err);

/* signal: "TERM", "SIGTERM" or "15"; to the program itself. */
enum pith_code pith_signal(struct pith_conn *conn, const char *id, const char *signal, int64_t timeout_ms,
			   struct pith_error *err);
/* The whole tree. */
enum pith_code pith_kill(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_error *err);
enum pith_code pith_resize(struct pith_conn *conn, const char *id, uint16_t rows, uint16_t cols, int64_t timeout_ms,
			   struct pith_error *err);
/* Only of an ended exec. */
enum pith_code pith_forget(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_error *err);

/* "NAME=value", ends with NULL: what later execs inherit, in place of what was set before. */
enum pith_code pith_env_set(struct pith_conn *conn, const char *const *env, int64_t timeout_ms, struct pith_error *err);

/*
 * Reach the program of the running pith_exec() or pith_attach(); from any thread, or from a signal handler. 0, or
 * -errno: -EINVAL for a number out of range, -EAGAIN when thousands wait already. Else they are forgotten.
 */
int pith_exec_signal(struct pith_conn *conn, int signal_number);
int pith_exec_kill(struct pith_conn *conn);	/* the whole tree */
int pith_exec_resize(struct pith_conn *conn, uint16_t rows, uint16_t cols);
/* Ends the call, within 2 s also where the agent is silent; the program runs on. */
int pith_exec_detach(struct pith_conn *conn);

/* The JSON text of the last result on this connection, or NULL; valid until its next call. */
const char *pith_result_json(const struct pith_conn *conn);

/* "refused", "no_hello": a stable name for programs; static storage. */
const char *pith_code_name(enum pith_code code);

/* Of this library. */
const char *pith_version(void);
