/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the checks of a persisted state that another agent left. Never: trusts a number, touches anything but its
 * arguments.
 */
#include <string.h>

#include "agent/core/limits.h"
#include "agent/exec/attach.h"
#include "agent/exec/persist.h"

#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool check_ring(const struct persist_stream *stream, uint64_t places, struct persist_ring *ret)
{
	uint32_t live = stream->live;

	if (live > 1)
		return false;
	*ret = stream->copy[live];
	if (ret->open > 1 || ret->ended > 1 || ret->tail > ret->head || ret->head > PERSIST_FILE_BYTES || ret->done > PERSIST_FILE_BYTES)
		return false;
	if (ret->size == 0) {
		ret->tail = ret->head;
		return true;
	}
	return ret->size >= LIMIT_RING_LAST_BYTES && ret->size <= LIMIT_RING_MOST_BYTES && (ret->size & (ret->size - 1)) == 0 &&
	       ret->head - ret->tail <= ret->size && ret->place >= PERSIST_FIRST_PLACE && ret->place % PERSIST_PLACE_BYTES == 0 &&
	       ret->place < places && ret->size <= places - ret->place;
}

static bool check_record(const struct exec_record *record)
{
	return (unsigned int)record->cause < EXEC_CAUSES && (unsigned int)record->stage < SPAWN_STAGE_COUNT && record->signal >= 0 &&
	       record->signal <= 64 && record->code >= 0 && record->code <= 255 && record->error_number >= 0 && record->error_number < 4096;
}

static bool check_exec(const struct persist_exec *exec)
{
	return exec->state <= EXEC_ENDED && exec->pid >= 0 && exec->gone <= GONE_HANGUP && exec->grace_us < INT64_MAX / 2 &&
	       exec->started_us >= 0 && exec->timeout_due_us >= 0 && exec->drain_until_us >= 0 && exec->ring_max >= LIMIT_RING_LAST_BYTES &&
	       exec->ring_max <= LIMIT_RING_MOST_BYTES && (exec->ring_max & (exec->ring_max - 1)) == 0 && check_record(&exec->record);
}

static bool check_argv(const struct persist_view *view)
{
	size_t at = 0;

	for (uint32_t i = 0; i < view->argv_count; i++) {
		if (at >= sizeof(view->argv) || !is_text(view->argv + at, sizeof(view->argv) - at))
			return false;
		at += strlen(view->argv + at) + 1;
	}
	return true;
}

bool persist_check(const struct persist_slot *slot, uint64_t places, struct persist_view *ret)
{
	uint32_t live = slot->live;

	memcpy(ret->id, slot->id, sizeof(ret->id));
	memcpy(ret->argv, slot->argv, sizeof(ret->argv));
	ret->argv_count = slot->argv_count;
	ret->number = slot->number;
	if (live > 1 || ret->number == 0 || ret->number >> 56 || !is_text(ret->id, sizeof(ret->id)) || !ret->id[0] ||
	    ret->id[strspn(ret->id, NAME_BYTES)] || ret->argv_count > EXEC_ARGV_SIZE || !check_argv(ret))
		return false;
	ret->exec = slot->copy[live];
	return check_exec(&ret->exec) && check_ring(&slot->out[0], places, &ret->out[0]) &&
	       check_ring(&slot->out[1], places, &ret->out[1]) && check_ring(&slot->in, places, &ret->in);
}
