/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The persisted state: one sparse memfd that PID 1 keeps, so that the memory outlives the agent. A header comes first,
 * then a slot for each exec, then the rings. A ring's position in the file is never used again, because offsets of a
 * sparse file cost nothing.
 *
 * The agent may die between any two instructions. So fields that belong together are written to the copy that is not in
 * use, and one atomic store makes this copy the one in use. A slot is in use once its number is not 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/exec/exec_types.h"
#include "agent/exec/persist_version.h"

struct agent;

#define PERSIST_MAGIC 0x3165746174736870ull

/* Running execs, ended execs, and ended execs that connections are attached to. */
#define PERSIST_SLOTS 2560u
/* Distance of the rings' positions: no page size is larger. */
#define PERSIST_PLACE_BYTES (64u << 10)
#define PERSIST_FIRST_PLACE (16u << 20)
#define PERSIST_FILE_BYTES (1ull << 60)
/*
 * After so many agents in a row that died before they served, the persisted state is not read any more: it may be the
 * cause.
 */
#define PERSIST_MOST_TRIES 8u

/* A ring and the counters that belong to it. */
struct persist_ring {
	uint64_t place;
	uint64_t size;		/* 0: the ring has no memory */
	uint64_t tail, head;
	uint64_t done;		/* of output: sent bytes; of input: bytes that the program took */
	uint64_t lost;
	uint32_t open;		/* 1: the stream's fd is open */
	uint32_t ended;		/* of input, 1: the host has ended stdin */
};

struct persist_stream {
	uint32_t live;		/* index of the copy in use */
	uint32_t zero;
	struct persist_ring copy[2];
};

enum persist_flag {
	PERSIST_TTY = 1,
	PERSIST_BLOCK = 2,
	PERSIST_KILL_REQUESTED = 4,
	PERSIST_TIMED_OUT = 8,
	PERSIST_LEAF = 16,
	PERSIST_READ = 32,	/* the exec has readers */
	PERSIST_ARGV_CUT = 64,
};

struct persist_exec {
	uint32_t state;		/* enum exec_state */
	int32_t pid;
	uint32_t flags;
	uint32_t gone;		/* enum exec_gone: the strictest of the attached readers */
	uint64_t grace_us;
	uint64_t ring_max;
	int64_t started_us, started_realtime_us, drain_until_us, timeout_due_us;
	struct exec_record record;
};

struct persist_slot {
	uint64_t number;	/* 0: the slot is free */
	uint32_t argv_count;
	uint32_t live;
	char id[EXEC_ID_SIZE + 7];
	char argv[EXEC_ARGV_SIZE];
	struct persist_exec copy[2];
	struct persist_stream out[2], in;
};

enum persist_op_kind { PERSIST_OP_OUTPUT, PERSIST_OP_INPUT };

/* The transfer through the relay pipe (relay_pipe.h) that is under way. */
struct persist_op {
	uint32_t armed;		/* 1: goal is valid */
	uint32_t kind;
	uint32_t slot;
	uint32_t stream;
	uint64_t goal;
};

struct persist_env {
	uint64_t place, size, len;
};

struct persist_header {
	/* These three fields have the same offset in all versions. */
	uint64_t magic;
	uint32_t version;
	uint32_t tries;
	uint32_t slot_size, slot_count;
	uint32_t slots_high, zero;	/* slots from slots_high on were never used */
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
	void *env_data;		/* mapped variables of env_set */
	bool lost;		/* the state of the agent before could not be read */
};

enum persist_opened {
	PERSIST_NEW,
	PERSIST_FOUND,
	PERSIST_REFUSED,	/* the state has another version */
	PERSIST_FAILED,	/* no memory; errno says why */
};

/* Takes the persisted state from the fd store, or makes a new one. */
enum persist_opened persist_open(struct agent *agent);

/* The state was read, and the agent serves: the count of tries ends. */
void persist_settle(struct agent *agent);

/*
 * Allocates size bytes (a multiple of the page size) that children do not inherit; *ret_place: the position. NULL: no
 * memory.
 */
void *persist_alloc(struct agent *agent, size_t size, uint64_t *ret_place);
/* Maps memory that an earlier agent allocated. NULL: no memory. */
void *persist_map(struct agent *agent, uint64_t place, size_t size);
void persist_free(struct agent *agent, void *data, uint64_t place, size_t size);

/* Takes a free slot. NULL: all are in use. */
struct persist_slot *persist_slot_take(struct agent *agent);
void persist_slot_free(struct agent *agent, struct persist_slot *slot);
void persist_slot_mark(struct agent *agent, uint32_t index);

/* Persists the variables of env_set. Without memory the next agent has none. */
void persist_save_env(struct agent *agent);

/* The checked content of a slot. */
struct persist_view {
	char id[EXEC_ID_SIZE];
	char argv[EXEC_ARGV_SIZE];
	uint32_t argv_count;
	uint64_t number;
	struct persist_exec exec;
	struct persist_ring out[2], in;
};

/* Pure. True: *ret is sound, whatever bytes the slot has. places: the end of the positions in use. */
bool persist_check(const struct persist_slot *slot, uint64_t places, struct persist_view *ret);
