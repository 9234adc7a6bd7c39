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

#define PERSIST_MAGIC 0x3165746174736870ull

/* Running and ended execs, and ended ones that somebody is attached to. */
#define PERSIST_SLOTS 2560u
/* Rings are this far apart at least: no page size is larger. */
#define PERSIST_PLACE_BYTES (64u << 10)
#define PERSIST_FIRST_PLACE (16u << 20)
#define PERSIST_FILE_BYTES (1ull << 60)
/* After so many agents that died before they served, one after the other, it is not read any more: the fault may be in it. */
#define PERSIST_MOST_TRIES 8u

/* A ring and the numbers that belong to it. */
struct persist_ring {
	uint64_t place;
	uint64_t size;		/* 0: there is none */
	uint64_t tail, head;
	uint64_t done;		/* output: sent; input: written */
	uint64_t lost;
	uint32_t open;		/* its fd is not closed */
	uint32_t ended;		/* input: no more will come */
};

struct persist_stream {
	uint32_t live;		/* which copy */
	uint32_t zero;
	struct persist_ring copy[2];
};

enum persist_flag {
	PERSIST_TTY = 1,
	PERSIST_BLOCK = 2,
	PERSIST_KILL_REQUESTED = 4,
	PERSIST_TIMED_OUT = 8,
	PERSIST_LEAF = 16,
	PERSIST_READ = 32,	/* somebody reads its output */
	PERSIST_ARGV_CUT = 64,
};

struct persist_exec {
	uint32_t state;		/* enum exec_state */
	int32_t pid;
	uint32_t flags;
	uint32_t gone;		/* enum exec_gone: the strictest of those who are attached */
	uint64_t grace_us;
	uint64_t ring_max;
	int64_t started_us, started_realtime_us, drain_until_us, timeout_due_us;
	struct exec_record record;
};

struct persist_slot {
	uint64_t number;	/* 0: free */
	uint32_t argv_count;
	uint32_t live;
	char id[EXEC_ID_SIZE + 7];
	char argv[EXEC_ARGV_SIZE];
	struct persist_exec copy[2];
	struct persist_stream out[2], in;
};

enum persist_op_kind { PERSIST_OP_OUTPUT, PERSIST_OP_INPUT };

/* What is being done with the pipe of stage.h. */
struct persist_op {
	uint32_t armed;		/* goal holds */
	uint32_t kind;
	uint32_t slot;
	uint32_t stream;
	uint64_t goal;
};

struct persist_env {
	uint64_t place, size, len;
};

struct persist_header {
	/* These three stay where they are in all versions. */
	uint64_t magic;
	uint32_t version;
	uint32_t tries;
	uint32_t slot_size, slot_count;
	uint32_t slots_high, zero;	/* slots from here on were never used */
	uint64_t next_place, next_exec;
	uint64_t execs_total, execs_forgotten;
	struct persist_op op;
	uint32_t env_live, zero_too;
	struct persist_env env[2];
};

struct persist {
	int fd;
	struct persist_header *header;
	struct persist_slot *slots;
	uint64_t used[PERSIST_SLOTS / 64];
	void *env_data;		/* what env_set set, mapped */
	bool lost;		/* there was one that could not be read */
};

enum persist_opened {
	PERSIST_NEW,
	PERSIST_FOUND,
	PERSIST_REFUSED,	/* of another version */
	PERSIST_FAILED,	/* no memory for it, in errno */
};

/* Takes what PID 1 kept, or makes a new one. */
enum persist_opened persist_open(struct agent *agent);

/* The state was read, and the agent serves. */
void persist_settle(struct agent *agent);

/* Memory for size bytes (a multiple of a page), kept out of copies of the agent. NULL: there is none. */
void *persist_alloc(struct agent *agent, size_t size, uint64_t *ret_place);
/* That of an earlier agent. */
void *persist_map(struct agent *agent, uint64_t place, size_t size);
void persist_free(struct agent *agent, void *data, uint64_t place, size_t size);

/* NULL: all are in use. */
struct persist_slot *persist_slot_take(struct agent *agent);
void persist_slot_free(struct agent *agent, struct persist_slot *slot);
void persist_slot_mark(struct agent *agent, uint32_t index);

/* What env_set set. Without memory for it the next agent has none. */
void persist_save_env(struct agent *agent);

/* What a slot says, checked. */
struct persist_view {
	char id[EXEC_ID_SIZE];
	char argv[EXEC_ARGV_SIZE];
	uint32_t argv_count;
	uint64_t number;
	struct persist_exec exec;
	struct persist_ring out[2], in;
};

/* Pure: whatever stands in the slot, *ret is sound if it returns true. places is the end of those in use. */
bool persist_check(const struct persist_slot *slot, uint64_t places, struct persist_view *ret);
