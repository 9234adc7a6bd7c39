/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the memfd of the persisted state, its positions and its slots. Never: uses a position twice, knows the meaning
 * of a slot.
 */
#include "agent/exec/persist.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "common/cleanup.h"

#define SLOTS_AT 4096u
#define MAPPED_BYTES (SLOTS_AT + PERSIST_SLOTS * sizeof(struct persist_slot))

_Static_assert(sizeof(struct persist_header) <= SLOTS_AT && MAPPED_BYTES <= PERSIST_FIRST_PLACE, "header and slots lie before the rings");

static void *map(int fd, uint64_t place, size_t size)
{
	void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)place);

	if (data == MAP_FAILED)
		return NULL;
	/* Without DONTFORK each clone of a child, up to its execve(2), would copy these page tables. */
	madvise(data, size, MADV_DONTFORK);
	return data;
}

static bool map_all(struct persist *s)
{
	uint8_t *data = map(s->fd, 0, MAPPED_BYTES);

	if (!data)
		return false;
	s->header = (struct persist_header *)(void *)data;
	s->slots = (struct persist_slot *)(void *)(data + SLOTS_AT);
	return true;
}

static bool make(struct agent *agent)
{
	struct persist *s = &agent->execs->persist;
	struct persist_header *header;

	s->fd = memfd_create("pith-state", MFD_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, (off_t)PERSIST_FILE_BYTES) < 0 || !map_all(s))
		return false;
	header = s->header;
	header->slot_size = sizeof(struct persist_slot);
	header->slot_count = PERSIST_SLOTS;
	header->next_place = PERSIST_FIRST_PLACE;
	header->version = PERSIST_VERSION;
	header->magic = PERSIST_MAGIC;
	fdstore_put(agent, store_key(STORE_AGENT, STORE_STATE), 0, 0, &s->fd, 1);
	return true;
}

/* The part of the header that is read before the version is known. */
static enum persist_opened look(struct persist *s)
{
	struct stat st;
	struct persist_header *header;

	if (fstat(s->fd, &st) < 0 || (uint64_t)st.st_size != PERSIST_FILE_BYTES || !map_all(s))
		return PERSIST_FAILED;
	header = s->header;
	if (header->magic != PERSIST_MAGIC || header->tries >= PERSIST_MOST_TRIES)
		return PERSIST_FAILED;
	header->tries++;
	if (header->version != PERSIST_VERSION || header->slot_size != sizeof(struct persist_slot) || header->slot_count != PERSIST_SLOTS)
		return PERSIST_REFUSED;
	if (header->next_place < PERSIST_FIRST_PLACE || header->next_place > PERSIST_FILE_BYTES / 2 ||
	    header->next_place % PERSIST_PLACE_BYTES || header->next_exec >> 56 || header->slots_high > PERSIST_SLOTS)
		return PERSIST_FAILED;
	return PERSIST_FOUND;
}

enum persist_opened persist_open(struct agent *agent)
{
	struct persist *s = &agent->execs->persist;
	struct fdstore_entry *stored = fdstore_find(agent, store_key(STORE_AGENT, STORE_STATE));
	enum persist_opened opened;

	if (!stored || stored->fd_count != 1)
		return make(agent) ? PERSIST_NEW : PERSIST_FAILED;
	stored->taken = true;
	s->fd = take_fd(&stored->fds[0]);
	opened = look(s);
	if (opened != PERSIST_FAILED)
		return opened;
	log_line("the persisted state cannot be read; programs of the agent before run on, but their execs are forgotten");
	s->lost = true;
	if (s->header)
		munmap(s->header, MAPPED_BYTES);
	s->header = NULL;
	close_fd(&s->fd);
	return make(agent) ? PERSIST_NEW : PERSIST_FAILED;
}

void persist_settle(struct agent *agent)
{
	agent->execs->persist.header->tries = 0;
}

void *persist_alloc(struct agent *agent, size_t size, uint64_t *ret_place)
{
	struct persist_header *header = agent->execs->persist.header;
	uint64_t place = header->next_place;
	void *data;

	if (place > PERSIST_FILE_BYTES / 2)
		return NULL;
	data = map(agent->execs->persist.fd, place, size);
	if (!data)
		return NULL;
	header->next_place = place + (size + PERSIST_PLACE_BYTES - 1) / PERSIST_PLACE_BYTES * PERSIST_PLACE_BYTES;
	*ret_place = place;
	return data;
}

void *persist_map(struct agent *agent, uint64_t place, size_t size)
{
	return map(agent->execs->persist.fd, place, size);
}

void persist_free(struct agent *agent, void *data, uint64_t place, size_t size)
{
	munmap(data, size);
	/* Without the hole the freed pages would stay with the memfd. */
	fallocate(agent->execs->persist.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)place, (off_t)size);
}

void persist_slot_mark(struct agent *agent, uint32_t index)
{
	agent->execs->persist.used[index / 64] |= 1ull << index % 64;
}

struct persist_slot *persist_slot_take(struct agent *agent)
{
	struct persist *s = &agent->execs->persist;

	for (uint32_t i = 0; i < ARRAY_SIZE(s->used); i++) {
		uint32_t index = i * 64;

		if (s->used[i] == UINT64_MAX)
			continue;
		index += (uint32_t)__builtin_ctzll(~s->used[i]);
		persist_slot_mark(agent, index);
		if (index >= s->header->slots_high)
			s->header->slots_high = index + 1;
		return &s->slots[index];
	}
	return NULL;
}

void persist_slot_free(struct agent *agent, struct persist_slot *slot)
{
	uint32_t index = (uint32_t)(slot - agent->execs->persist.slots);

	__atomic_store_n(&slot->number, 0, __ATOMIC_RELEASE);
	agent->execs->persist.used[index / 64] &= ~(1ull << index % 64);
}

void persist_save_env(struct agent *agent)
{
	struct persist *s = &agent->execs->persist;
	struct persist_env old = s->header->env[s->header->env_live & 1];
	struct persist_env *next = &s->header->env[!(s->header->env_live & 1)];
	void *old_data = s->env_data;

	*next = (struct persist_env){
		.size = (agent->execs->base_env.len + PERSIST_PLACE_BYTES - 1) / PERSIST_PLACE_BYTES * PERSIST_PLACE_BYTES,
	};
	s->env_data = next->size ? persist_alloc(agent, next->size, &next->place) : NULL;
	if (s->env_data) {
		memcpy(s->env_data, agent->execs->base_env.data, agent->execs->base_env.len);
		next->len = agent->execs->base_env.len;
	} else {
		next->size = 0;
	}
	__atomic_store_n(&s->header->env_live, !(s->header->env_live & 1), __ATOMIC_RELEASE);
	if (old_data)
		persist_free(agent, old_data, old.place, old.size);
}
