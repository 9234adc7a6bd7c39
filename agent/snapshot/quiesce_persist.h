/* SPDX-License-Identifier: Apache-2.0 */
/* The memfd of a quiesce, which one agent writes and the next one reads. */
#pragma once

#include <stdint.h>

#include "agent/snapshot/quiesce.h"

#define QUIESCE_KEPT_VERSION 1u

/* A new field gets a new version: the agent that reads it may be another than the one that wrote it. */
struct quiesce_kept {
	uint32_t version, size;
	uint32_t state, mode, on_timeout;
	uint32_t hooked, keep_workload, resume_failed, unknown_passed;
	struct restore_mark mark;
	int64_t expires_us, ttl_us, hook_us;
	uint64_t quiesces, resumes, thaws, auto_thaws;
	char token[GENERATION_SIZE], generation[GENERATION_SIZE], id[QUIESCE_ID_SIZE];
	struct freeze_block block;
};
