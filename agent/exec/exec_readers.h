/* SPDX-License-Identifier: Apache-2.0 */
/* Who follows an exec, as far as the exec itself must know: what each was given, and what it wants when it is gone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct exec;

/* What is done with the program when its reader's connection is lost. */
enum exec_gone { GONE_KEEP, GONE_KILL, GONE_HANGUP };

struct exec_reader {
	struct exec_reader *next;
	/* There is something new to look at; sends nothing by itself, frees nothing. */
	void (*wake)(struct exec_reader *reader);
	bool reads;			/* reads output, and so keeps a full ring from dropping it */
	bool bounded;			/* until holds */
	enum exec_gone when_gone;
	uint64_t offset[2];		/* of stdout and stderr: what it was given so far */
	uint64_t until[2];		/* where its reading ends */
};

void exec_readers_add(struct exec *e, struct exec_reader *reader);
void exec_readers_remove(struct exec *e, struct exec_reader *reader);

/* Somebody reads the output. */
bool exec_readers_read(const struct exec *e);

/* The exec has ended: what is there now is what they get. */
void exec_readers_bound(struct exec *e);
void exec_reader_bound(const struct exec *e, struct exec_reader *reader);

void exec_readers_wake(struct exec *e);
