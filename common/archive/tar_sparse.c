/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the maps of files with holes. Never: reads a file's bytes. */
#include "common/archive/tar_sparse.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fmt.h"

#define NUMBER_TEXT 24
#define OLD_FIELD 12u
/* A hole smaller than that costs more than its zeros. */
#define HOLE_MIN 4096u

struct sparse_piece sparse_get(const struct sparse_map *map, size_t at)
{
	struct sparse_piece piece;

	memcpy(&piece, map->pieces.data + at * sizeof(piece), sizeof(piece));
	return piece;
}

uint64_t sparse_bytes(const struct sparse_map *map)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < sparse_count(map); i++)
		sum += sparse_get(map, i).len;
	return sum;
}

bool sparse_add(struct sparse_map *map, uint64_t offset, uint64_t len)
{
	struct sparse_piece piece = { offset, len };

	buf_append(&map->pieces, &piece, sizeof(piece));
	return !map->pieces.failed;
}

void sparse_clear(struct sparse_map *map)
{
	map->pieces.len = 0;
	map->pieces.failed = false;
	map->offset = 0;
}

bool sparse_apply_record(struct sparse_map *map, const struct tar_record *record)
{
	const uint8_t *at = record->value, *end = at + record->value_len;
	uint64_t offset, len;

	if (tar_is_key(record, "GNU.sparse.offset"))
		return tar_get_decimal(&at, end, &map->offset) && at == end;
	if (tar_is_key(record, "GNU.sparse.numbytes"))
		return tar_get_decimal(&at, end, &len) && at == end && sparse_add(map, map->offset, len);
	if (!tar_is_key(record, "GNU.sparse.map"))
		return true;
	while (at < end) {
		if (!tar_get_decimal(&at, end, &offset) || at == end || *at++ != ',' || !tar_get_decimal(&at, end, &len) ||
		    !sparse_add(map, offset, len))
			return false;
		if (at < end && *at++ != ',')
			return false;
	}
	return true;
}

bool sparse_add_old(struct sparse_map *map, const uint8_t *at, size_t count)
{
	for (; count; count--, at += 2 * OLD_FIELD) {
		int64_t offset, len;

		/* An empty field ends them. */
		if (at[OLD_FIELD] == '\0')
			return true;
		if (!tar_get_number(at, 0, OLD_FIELD, &offset) || !tar_get_number(at, OLD_FIELD, OLD_FIELD, &len) || offset < 0 ||
		    len < 0 || !sparse_add(map, (uint64_t)offset, (uint64_t)len))
			return false;
	}
	return true;
}

bool sparse_is_good(const struct sparse_map *map, uint64_t file_size)
{
	uint64_t end = 0;

	for (size_t i = 0; i < sparse_count(map); i++) {
		struct sparse_piece piece = sparse_get(map, i);

		if (piece.offset < end || piece.offset > file_size || piece.len > file_size - piece.offset)
			return false;
		end = piece.offset + piece.len;
	}
	return true;
}

int sparse_scan(int fd, const struct stat *st, struct sparse_map *map)
{
	uint64_t at = 0, file_size = (uint64_t)st->st_size;

	sparse_clear(map);
	if ((uint64_t)st->st_blocks * 512 + HOLE_MIN > file_size)
		return 0;
	while (at < file_size) {
		off_t begin = lseek(fd, (off_t)at, SEEK_DATA), end;

		/* ENXIO: only a hole is left. Others: the file system can not tell. */
		if (begin < 0 && errno != ENXIO)
			break;
		if (begin < 0 || (uint64_t)begin >= file_size) {
			/* The last piece says where the file ends. */
			sparse_add(map, file_size, 0);
			return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
		}
		end = lseek(fd, begin, SEEK_HOLE);
		if (end <= begin || sparse_count(map) + 2 >= SPARSE_PIECES_MAX || (uint64_t)end > file_size)
			end = (off_t)file_size;
		if (!sparse_add(map, (uint64_t)begin, (uint64_t)(end - begin)))
			return -ENOMEM;
		at = (uint64_t)end;
	}
	if (at < file_size)
		map->pieces.len = 0;
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static void put_line(struct buf *text, uint64_t number)
{
	char line[NUMBER_TEXT];

	buf_append(text, line, fmt_text(line, sizeof(line), "%llu\n", (unsigned long long)number));
}

static void put_number(struct buf *records, const char *key, uint64_t number)
{
	char text[NUMBER_TEXT];

	tar_put_record(records, key, text, fmt_text(text, sizeof(text), "%llu", (unsigned long long)number));
}

void sparse_encode(struct tar_entry *e, const struct sparse_map *map, struct buf *records, struct buf *text)
{
	static const uint8_t zeros[TAR_BLOCK];
	static const char directory[] = "GNUSparseFile.0/";
	char *slash = strrchr(e->path, '/'), *name = slash ? slash + 1 : e->path;
	size_t len = strlen(name), room = TAR_PATH_SIZE - (size_t)(name - e->path);

	put_number(records, "GNU.sparse.major", 1);
	put_number(records, "GNU.sparse.minor", 0);
	tar_put_record(records, "GNU.sparse.name", e->path, strlen(e->path));
	put_number(records, "GNU.sparse.realsize", e->size);
	put_line(text, sparse_count(map));
	for (size_t i = 0; i < sparse_count(map); i++) {
		put_line(text, sparse_get(map, i).offset);
		put_line(text, sparse_get(map, i).len);
	}
	buf_append(text, zeros, tar_padding(text->len));
	e->size = text->len + sparse_bytes(map);
	/* A program that does not know of this shall not take the pieces for the file. */
	if (len + sizeof(directory) <= room) {
		memmove(name + sizeof(directory) - 1, name, len + 1);
		memcpy(name, directory, sizeof(directory) - 1);
	}
}
