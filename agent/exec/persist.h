/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that outlives the agent: one sparse memfd that PID 1 keeps. It begins with a header and a slot for each exec; behind them
 * lie rings, each in a place that is never used again, for a file's offsets cost nothing.
 *
 * The agent may die between any two instructions. So what belongs together is written to the copy that is not in use, and one
 * store makes it the one in use; a slot is in use once its number is not 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/exec/exec_types.h"
#include "agent/exec/persist_version.h"

struct agent;

#define STATE_MAGIC 0x3165746174736870ull

/* Running and ended execs, and ended ones that somebody is attached to. */
#define STATE_SLOTS 2560u
/* Rings are this far apart at least: no page size is larger. */
#define STATE_PLACE_BYTES (64u << 10)
#define STATE_FIRST_PLACE (16u << 20)
#define STATE_FILE_BYTES (1ull << 60)
/* After so many agents that died before they served, one after the other, it is not read any more: the fault may be in it. */
#define STATE_MOST_TRIES 8u

/* A ring and the numbers that belong to it. */
struct state_ring {
	uint64_t place;
	uint64_t size;		/* 0: there is none */
	uint64_t tail, head;
	uint64_t done;		/* output: sent; input: written */
	uint64_t lost;
	uint32_t open;		/* its fd is not closed */
	uint32_t ended;		/* input: no more will come */
};

struct state_stream {
	uint32_t live;		/* which copy */
	uint32_t zero;
	struct state_ring copy[2];
};

enum state_flag {
	STATE_TTY = 1,
	STATE_BLOCK = 2,
	STATE_KILL_REQUESTED = 4,
	STATE_TIMED_OUT = 8,
	STATE_LEAF = 16,
	STATE_READ = 32,	/* somebody reads its output */
	STATE_ARGV_CUT = 64,
};

struct state_exec {
	uint32_t state;		/* enum exec_state */
	int32_t pid;
	uint32_t flags;
	uint32_t gone;		/* enum exec_gone: the strictest of those who are attached */
	uint64_t grace_us;
	uint64_t ring_max;
	int64_t started_us, started_realtime_us, drain_until_us, timeout_due_us;
	struct exec_record record;
};

struct state_slot {
	uint64_t number;	/* 0: free */
	uint32_t argv_count;
	uint32_t live;
	char id[EXEC_ID_SIZE + 7];
	char argv[EXEC_ARGV_SIZE];
	struct state_exec copy[2];
	struct state_stream out[2], in;
};

enum state_op_kind { STATE_OP_OUTPUT, STATE_OP_INPUT };

/* What is being done with the pipe of stage.h. */
struct state_op {
	uint32_t armed;		/* goal holds */
	uint32_t kind;
	uint32_t slot;
	uint32_t stream;
	uint64_t goal;
};

struct state_env {
	uint64_t place, size, len;
};

struct state_header {
	/* These three stay where they are in all versions. */
	uint64_t magic;
	uint32_t version;
	uint32_t tries;
	uint32_t slot_size, slot_count;
	uint32_t slots_high, zero;	/* slots from here on were never used */
	uint64_t next_place, next_exec;
	uint64_t execs_total, execs_forgotten;
	struct state_op op;
	uint32_t env_live, zero_too;
	struct state_env env[2];
};

struct state {
	int fd;
	struct state_header *header;
	struct state_slot *slots;
	uint64_t used[STATE_SLOTS / 64];
	void *env_data;		/* what env_set set, mapped */
	bool lost;		/* there was one that could not be read */
};

enum state_opened {
	STATE_NEW,
	STATE_FOUND,
	STATE_REFUSED,	/* of another version */
	STATE_FAILED,	/* no memory for it, in errno */
};

/* Takes what PID 1 kept, or makes a new one. */
enum state_opened state_open(struct agent *agent);

/* The state was read, and the agent serves. */
void state_settle(struct agent *agent);

/* Memory for size bytes (a multiple of a page), kept out of copies of the agent. NULL: there is none. */
void *state_alloc(struct agent *agent, size_t size, uint64_t *ret_place);
/* That of an earlier agent. */
void *state_map(struct agent *agent, uint64_t place, size_t size);
void state_free(struct agent *agent, void *data, uint64_t place, size_t size);

/* NULL: all are in use. */
struct state_slot *state_slot_take(struct agent *agent);
void state_slot_free(struct agent *agent, struct state_slot *slot);
void state_slot_mark(struct agent *agent, uint32_t index);

/* What env_set set. Without memory for it the next agent has none. */
void state_save_env(struct agent *agent);

/* What a slot says, checked. */
struct state_view {
	char id[EXEC_ID_SIZE];
	char argv[EXEC_ARGV_SIZE];
	uint32_t argv_count;
	uint64_t number;
	struct state_exec exec;
	struct state_ring out[2], in;
};

/* Pure: whatever stands in the slot, *ret is sound if it returns true. places is the end of those in use. */
bool state_check(const struct state_slot *slot, uint64_t places, struct state_view *ret);
