/* SPDX-License-Identifier: Apache-2.0 */
/* The persisted state of a quiesce: a memfd that one agent writes and the next one reads. */
#pragma once

#include <stdint.h>

#include "agent/snapshot/quiesce.h"

#define QUIESCE_KEPT_VERSION 1u

/* A change of the struct needs a new version number: the reading agent may have another version than the writing one. */
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
