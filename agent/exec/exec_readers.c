/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of an exec's readers. Never: knows the connection of a reader. */
#include "agent/exec/exec_readers.h"

#include "agent/exec/exec.h"

void exec_readers_add(struct exec *e, struct exec_reader *reader)
{
	reader->next = e->readers;
	e->readers = reader;
}

void exec_readers_remove(struct exec *e, struct exec_reader *reader)
{
	struct exec_reader **at = &e->readers;

	while (*at != reader)
		at = &(*at)->next;
	*at = reader->next;
	if (e->writer == reader)
		e->writer = NULL;
}

bool exec_readers_read(const struct exec *e)
{
	for (const struct exec_reader *reader = e->readers; reader; reader = reader->next)
		if (reader->reads)
			return true;
	return false;
}

void exec_reader_bound(const struct exec *e, struct exec_reader *reader)
{
	if (reader->bounded)
		return;
	reader->bounded = true;
	for (int i = 0; i < 2; i++)
		reader->until[i] = e->out[i].ring.head;
}

void exec_readers_bound(struct exec *e)
{
	for (struct exec_reader *reader = e->readers; reader; reader = reader->next)
		exec_reader_bound(e, reader);
}

void exec_readers_wake(struct exec *e)
{
	for (struct exec_reader *reader = e->readers; reader; reader = reader->next)
		reader->wake(reader);
}
