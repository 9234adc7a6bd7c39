/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files with holes in archives: which pieces of the file are there. Written as GNU's format 1.0 (a text before the pieces, pax
 * records GNU.sparse.*); read in all of GNU's forms. Pure but for sparse_scan().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/archive/tar.h"
#include "common/buf.h"

/* Pieces of one file: 16 bytes each. A file with more is written with its last holes as zeros; such an archive is not read. */
#define SPARSE_PIECES_MAX 65536u
#define SPARSE_TEXT_MAX (3u << 20)	/* bytes of a map as text */

struct sparse_piece {
	uint64_t offset, len;
};

struct sparse_map {
	struct buf pieces;	/* struct sparse_piece */
	uint64_t offset;	/* while it is read: whose length comes next */
};

#define SPARSE_MAP_INIT { .pieces = BUF_INIT(SPARSE_PIECES_MAX * sizeof(struct sparse_piece)) }

static inline size_t sparse_count(const struct sparse_map *map)
{
	return map->pieces.len / sizeof(struct sparse_piece);
}

struct sparse_piece sparse_get(const struct sparse_map *map, size_t at);

/* Bytes of all pieces. */
uint64_t sparse_bytes(const struct sparse_map *map);

void sparse_clear(struct sparse_map *map);

/* False: there are too many. */
bool sparse_add(struct sparse_map *map, uint64_t offset, uint64_t len);

/* What a pax record says in the two forms before 1.0; others say nothing. False: it can not be. */
bool sparse_apply_record(struct sparse_map *map, const struct tar_record *record);

/* Pairs of number fields in GNU's old form. False: they can not be. */
bool sparse_add_old(struct sparse_map *map, const uint8_t *at, size_t count);

/* Do they ascend, without overlapping, and end within the file? */
bool sparse_is_good(const struct sparse_map *map, uint64_t file_size);

/* The pieces of an open file in that state that are no holes. 0; -errno; the map is empty where the file has no holes to speak of. */
int sparse_scan(int fd, const struct stat *st, struct sparse_map *map);

/*
 * Makes the entry of a file what an archive says of one with holes: sets its size to what is stored, and its path; adds the
 * records, and writes to *text what stands before the pieces.
 */
void sparse_encode(struct tar_entry *e, const struct sparse_map *map, struct buf *records, struct buf *text);
