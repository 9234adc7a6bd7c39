/* SPDX-License-Identifier: Apache-2.0 */
/* Owns which files of a tree were met, by device and inode. Never: more than its bound; a file that is not noted goes as two. */
#include "common/archive/tree_links.h"

#include <stddef.h>
#include <string.h>

#define NO_NOTE SIZE_MAX

struct note {
	size_t before;
	dev_t dev;
	ino_t ino;
	char path[TAR_PATH_SIZE];	/* stored up to its NUL */
};

void tree_links_init(struct tree_links *links, size_t notes_max)
{
	memset(links->bucket, 0xff, sizeof(links->bucket));
	links->notes = BUF_INIT(notes_max);
}

bool tree_links_find(struct tree_links *links, const struct stat *st, const char *path, char ret[TAR_PATH_SIZE])
{
	size_t *bucket = &links->bucket[(st->st_ino ^ st->st_dev) % TREE_LINKS_BUCKETS];
	size_t len = strlen(path) + 1, size = (offsetof(struct note, path) + len + 7) & ~(size_t)7;
	struct note note;
	uint8_t *to;

	for (size_t at = *bucket; at != NO_NOTE; at = note.before) {
		const uint8_t *from = links->notes.data + at;

		memcpy(&note, from, offsetof(struct note, path));
		if (note.dev != st->st_dev || note.ino != st->st_ino)
			continue;
		from += offsetof(struct note, path);
		memcpy(ret, from, strlen((const char *)from) + 1);
		return true;
	}
	to = buf_reserve(&links->notes, size);
	if (!to)
		return false;
	note = (struct note){ .before = *bucket, .dev = st->st_dev, .ino = st->st_ino };
	memcpy(to, &note, offsetof(struct note, path));
	memcpy(to + offsetof(struct note, path), path, len);
	*bucket = links->notes.len;
	buf_commit(&links->notes, size);
	return false;
}
