/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running exec on the host's side, shared by the files that move its parts: exec.c (the loop), exec_frames.c (what
 * comes), exec_input.c (stdin), exec_again.c (a lost connection).
 */
#pragma once

#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/output.h"

#define EXEC_REPLAY_BYTES (256u << 10) /* the agent's stdin window: more is never on the way */

/* Where the two public option structures agree. */
struct exec_options {
	const char *op;
	struct pith_attach_options with; /* as attach has them; of an exec what it has in common with one */
	bool tty; /* of an exec; attach is told */
	bool leave_stdin; /* at the end of the input: detach instead of Z */
};

struct exec_input {
	bool open; /* the source has not ended, and the program takes more */
	bool paused; /* a POLLED source that has no room to look ahead */
	bool ended; /* by the source: Z is, or was, sent */
	bool end_due; /* Z is to be sent when all bytes are */
	uint64_t window; /* bytes that may still be sent */
	uint64_t taken; /* from the source */
	uint64_t sent; /* of those, on this connection or on earlier ones; below taken only after a loss */
	uint8_t *replay; /* the last EXEC_REPLAY_BYTES of taken, at their offset modulo that; or NULL */
};

struct exec_run {
	struct pith_conn *conn;
	const struct exec_options *options;
	struct pith_exit_record *record;
	struct pith_error *err; /* NULL once its sentence is written */
	struct output outputs[2]; /* of streams 1 and 2 */
	const struct output *blocked; /* the one that is full, or NULL */
	struct exec_input input;
	uint64_t offset[2]; /* of the next byte of streams 1 and 2 */
	uint64_t output_left;
	int64_t deadline;
	bool started;
	bool resize_due;
	bool leaving; /* detach was sent */
	bool ended;
	enum pith_code result; /* once ended, or stopping */
	bool stopping;
	bool again; /* attach was sent after a loss, its answer is waited for */
	bool again_stdin; /* and asked for stdin */
	int64_t again_until; /* of this loss; 0 while connected */
};

/* exec_run.c */
void exec_end(struct exec_run *run, enum pith_code code);
/* Kills the tree and waits for its record. The sentence is in *err already. */
void exec_stop(struct exec_run *run, enum pith_code code);
/* The program runs on, and the agent has not said so. */
void exec_left(struct exec_run *run);
/* Queue an event: with one member at most, or as it is. False: there is no room or no memory. */
bool exec_queue_json(struct exec_run *run, struct json *event);
bool exec_queue_event(struct exec_run *run, const char *name, const char *key, int64_t value);

/* exec_frames.c: handles all that has come, until run->blocked or run->ended. */
void exec_frames(struct exec_run *run);

/* exec_input.c */
bool exec_input_is_wanted(const struct exec_run *run);
/* One read of the source, or a part of what a lost connection swallowed. */
void exec_input_move(struct exec_run *run);
/* For a POLLED source that has something while nothing is wanted. */
void exec_input_look(struct exec_run *run);
/* The program takes no more. */
void exec_input_close(struct exec_run *run);
/* What the agent has is known after a loss. False where the rest is not kept any more. */
bool exec_input_rewind(struct exec_run *run, uint64_t agent_has);

/* exec_again.c: true where the connection is back and attach was sent. */
bool exec_again(struct exec_run *run);
/* The agent said no to that attach. True where it was asked once more. */
bool exec_again_refused(struct exec_run *run, const struct pith_error *why);
