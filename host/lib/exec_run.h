/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's state of a running exec, shared by exec.c (the loop), exec_frames.c (frames from the agent), exec_input.c
 * (stdin) and exec_again.c (attach after a lost connection).
 */
#pragma once

#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/output.h"

#define EXEC_REPLAY_BYTES (256u << 10) /* the agent's stdin window: more bytes are never under way */

/* The members that the two public option structures share. */
struct exec_options {
	const char *op;
	struct pith_attach_options with; /* the options of an attach, or those that an exec has in common with an attach */
	bool tty; /* of an exec; an attach learns it from `attached` */
	bool leave_stdin; /* at the end of the input, send detach instead of Z */
};

struct exec_input {
	bool open; /* the source has not ended, and the program takes more input */
	bool paused; /* a POLLED source has no room to read ahead */
	bool ended; /* the source has ended: Z is, or was, sent */
	bool end_due; /* Z is to be sent after the last byte */
	uint64_t window; /* bytes that may still be sent */
	uint64_t taken; /* bytes taken from the source */
	uint64_t sent; /* bytes of taken that were sent, on this connection or earlier ones; below taken only after a loss */
	uint8_t *replay; /* the last EXEC_REPLAY_BYTES of taken, at their offset modulo EXEC_REPLAY_BYTES; or NULL */
};

struct exec_run {
	struct pith_conn *conn;
	const struct exec_options *options;
	struct pith_exit_record *record;
	struct pith_error *err; /* NULL once the error message is written */
	struct output outputs[2]; /* of streams 1 and 2 */
	const struct output *blocked; /* the output that is full, or NULL */
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
	bool again; /* attach was sent after a loss, and its reply has not come */
	bool again_stdin; /* this attach asked for stdin */
	int64_t again_until; /* deadline for dialing after this loss; 0 while connected */
};

/* exec_run.c */
void exec_end(struct exec_run *run, enum pith_code code);
/* Kills the program with its descendants and waits for the record. *err has the message already. */
void exec_stop(struct exec_run *run, enum pith_code code);
/* Ends a detach to which the agent did not reply; the program runs on. */
void exec_left(struct exec_run *run);
/* Queue an event: with one member at most, or as it is. False: there is no room or no memory. */
bool exec_queue_json(struct exec_run *run, struct json *event);
bool exec_queue_event(struct exec_run *run, const char *name, const char *key, int64_t value);

/* exec_frames.c: handles all received frames, until run->blocked or run->ended. */
void exec_frames(struct exec_run *run);

/* exec_input.c */
bool exec_input_is_wanted(const struct exec_run *run);
/* Sends one read of the source, or bytes that a lost connection did not deliver. */
void exec_input_move(struct exec_run *run);
/* Calls a POLLED source whose fd is readable while the program takes no input. */
void exec_input_look(struct exec_run *run);
/* The program has closed its stdin. */
void exec_input_close(struct exec_run *run);
/* Sets the next byte to send to the agent's offset after a loss. False if bytes from there on are not kept any more. */
bool exec_input_rewind(struct exec_run *run, uint64_t agent_has);

/* exec_again.c: true if a new connection is open and attach was sent. */
bool exec_again(struct exec_run *run);
/* The agent refused this attach. True if the attach was sent once more. */
bool exec_again_refused(struct exec_run *run, const struct pith_error *why);
