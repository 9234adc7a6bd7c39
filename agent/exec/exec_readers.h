/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of an exec, as the exec sees one: the offsets that the reader was sent, and on_disconnect. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct exec;

/* on_disconnect: what happens to the program when the reader's connection is lost. */
enum exec_gone { GONE_KEEP, GONE_KILL, GONE_HANGUP };

struct exec_reader {
	struct exec_reader *next;
	/* The exec has news for the reader. Must not send or free anything. */
	void (*wake)(struct exec_reader *reader);
	bool reads;			/* reads output, so that a full ring must not drop unsent bytes */
	bool bounded;			/* `until` is valid */
	enum exec_gone when_gone;
	uint64_t offset[2];		/* of stdout and stderr: the offset up to which the reader was sent bytes */
	uint64_t until[2];		/* the offset at which reading ends */
};

void exec_readers_add(struct exec *e, struct exec_reader *reader);
void exec_readers_remove(struct exec *e, struct exec_reader *reader);

/* True: at least one reader reads the output. */
bool exec_readers_read(const struct exec *e);

/* The exec has ended: each reader gets the output up to the present head. */
void exec_readers_bound(struct exec *e);
void exec_reader_bound(const struct exec *e, struct exec_reader *reader);

void exec_readers_wake(struct exec *e);
