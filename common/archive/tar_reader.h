/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of an archive, in pieces as they come, to its entries: ustar, pax, GNU's long names, and files with holes in all of
 * GNU's forms. Pure: no fd; allocates within its bounds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/archive/tar.h"
#include "common/archive/tar_sparse.h"
#include "common/buf.h"

enum tar_step {
	TAR_STEP_MORE,		/* the data at hand are used up */
	TAR_STEP_ENTRY,		/* entry and records are those of the next entry, whose path is clean */
	TAR_STEP_BYTES,		/* so many bytes of it, for that offset of the file */
	TAR_STEP_ENTRY_END,	/* all of it came; comes once for each entry */
	TAR_STEP_END,		/* of the archive; what follows means nothing */
	TAR_STEP_BROKEN,	/* problem says why; it can not be gone on with */
};

enum tar_state {
	TAR_AT_HEADER,
	TAR_AT_RECORDS,
	TAR_AT_LONG,		/* a name in GNU's way */
	TAR_AT_MAP_BLOCK,	/* a sparse map in GNU's old way */
	TAR_AT_MAP_TEXT,	/* … and in that of format 1.0 */
	TAR_AT_ENTRY,
	TAR_AT_BYTES,
	TAR_AT_PADDING,		/* then state `after` */
	TAR_AT_END,
	TAR_AT_BROKEN,
};

struct tar_reader {
	struct tar_entry entry;
	struct buf records;		/* pax records of the entry */
	const uint8_t *bytes;
	size_t bytes_len;
	uint64_t bytes_offset;
	uint64_t file_size;		/* of the entry; entry.size is what the archive stores of it */
	bool is_sparse;
	const char *problem;
	bool is_of_entry;		/* the problem is what the entry says; else the archive is no archive there */
	bool is_unsupported;		/* it may be right, and can not be done */
	uint64_t consumed;		/* bytes of the archive so far */

	/* What follows is the reader's own. */
	enum tar_state state, after;
	struct buf globals;
	struct buf *records_to;
	struct sparse_map map;
	char gnu_path[TAR_PATH_SIZE], gnu_link[TAR_PATH_SIZE];
	char *long_to;
	bool begun;			/* something before the header of the next entry was read */
	uint8_t block[TAR_BLOCK];
	size_t have;			/* in block, or of the name */
	uint64_t left;			/* of what state reads */
	size_t padding;
	size_t piece;			/* of the map */
	uint64_t piece_done;
	uint64_t number, numbers;	/* of a map's text: the one under way, how many came */
	uint64_t count;			/* … and how many pieces there are to be */
	bool has_digit;
};

/* Pax records, and a map, of more than so many bytes are refused. */
void tar_reader_init(struct tar_reader *r, size_t records_max);
void tar_reader_deinit(struct tar_reader *r);

/* One step; *data moves behind what it took. After TAR_STEP_BROKEN and _END it takes nothing. */
enum tar_step tar_reader_step(struct tar_reader *r, const uint8_t **data, size_t *len);

/* True: the archive may end here. */
bool tar_reader_is_at_end(const struct tar_reader *r);
