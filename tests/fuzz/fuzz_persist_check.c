/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/exec/persist_check.c */
/*
 * The slot of an exec, as an agent before this one may have left it: whatever stands in it, what comes out is sound, and what goes
 * out of a sound one is what went in. The input: two bytes for the end of the places, then the slot.
 */
#include <string.h>

#include "agent/core/limits.h"
#include "agent/exec/attach.h"
#include "agent/exec/persist.h"
#include "tests/fuzz/fuzz.h"

static void check_ring(const struct persist_ring *ring, uint64_t places)
{
	FUZZ_CHECK(ring->tail <= ring->head);
	if (!ring->size) {
		FUZZ_CHECK(ring->tail == ring->head);
		return;
	}
	FUZZ_CHECK(ring->head - ring->tail <= ring->size && ring->size <= LIMIT_RING_MOST_BYTES);
	FUZZ_CHECK((ring->size & (ring->size - 1)) == 0 && ring->place >= PERSIST_FIRST_PLACE && ring->place + ring->size <= places);
	FUZZ_REACHED("a ring");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct persist_slot slot;
	struct persist_view view;
	uint64_t places = PERSIST_FIRST_PLACE;
	size_t argv_len = 0;

	if (size < 2)
		return 0;
	places += (uint64_t)(data[0] | data[1] << 8) * PERSIST_PLACE_BYTES;
	memset(&slot, 0, sizeof(slot));
	memcpy(&slot, data + 2, size - 2 < sizeof(slot) ? size - 2 : sizeof(slot));
	if (!persist_check(&slot, places, &view)) {
		FUZZ_REACHED("a slot that is not believed");
		return 0;
	}
	FUZZ_REACHED("a slot that is");
	FUZZ_CHECK(view.number != 0 && view.id[0] && memchr(view.id, '\0', sizeof(view.id)));
	for (uint32_t i = 0; i < view.argv_count; i++)
		argv_len += strlen(view.argv + argv_len) + 1;
	FUZZ_CHECK(argv_len <= sizeof(view.argv));
	FUZZ_CHECK(view.exec.state <= EXEC_ENDED && view.exec.gone <= GONE_HANGUP);
	FUZZ_CHECK((unsigned int)view.exec.record.cause < EXEC_CAUSES && (unsigned int)view.exec.record.stage < SPAWN_STAGE_COUNT);
	check_ring(&view.out[0], places);
	check_ring(&view.out[1], places);
	check_ring(&view.in, places);
	return 0;
}
