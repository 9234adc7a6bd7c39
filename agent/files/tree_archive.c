/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the bytes of an archive on the wire. Never: sends more or fewer bytes of a file than its header says. */
#include "agent/files/tree_archive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/files/tree_changes.h"
#include "agent/files/xattrs.h"

/* Exactly size bytes: a file that shrank is filled up with zeros, and counts as changed. */
static int put_piece(struct tree_archive *x, int fd, uint64_t offset, uint64_t size)
{
	while (size) {
		size_t room = sizeof(worker_bytes) - x->len, want = size < room ? (size_t)size : room;
		ssize_t n = pread(fd, worker_bytes + x->len, want, (off_t)offset);
		int r = 0;

		if (n < 0)
			return -errno;
		if (n == 0) {
			n = (ssize_t)want;
			memset(worker_bytes + x->len, 0, want);
		}
		x->len += (size_t)n;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
		if (x->len == sizeof(worker_bytes))
			r = tree_archive_flush(x);
		if (r < 0)
			return r;
	}
	return 0;
}

int tree_archive_flush(struct tree_archive *x)
{
	int r = x->len ? worker_conn_send_data(&x->work->conn, FRAME_STDOUT, worker_bytes, x->len) : 0;

	x->len = 0;
	if (r < 0)
		worker_lose(x->work, r);
	return r;
}

int tree_archive_put(struct tree_archive *x, const uint8_t *from, size_t len)
{
	while (len) {
		size_t room = sizeof(worker_bytes) - x->len, n = len < room ? len : room;
		int r;

		if (from)
			memcpy(worker_bytes + x->len, from, n);
		else
			memset(worker_bytes + x->len, 0, n);
		from = from ? from + n : NULL;
		x->len += n;
		len -= n;
		r = x->len == sizeof(worker_bytes) ? tree_archive_flush(x) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

int tree_archive_header(struct tree_archive *x, const struct stat *st, enum tar_type type)
{
	struct tar_entry *e = &x->entry;

	tar_set_stat(e, st, type);
	memcpy(e->path, x->path, strlen(x->path) + 1);
	x->headers.len = x->map_text.len = 0;
	if (type == TAR_FILE && sparse_count(&x->map))
		sparse_encode(e, &x->map, &x->records, &x->map_text);
	tar_encode(e, &x->records, &x->headers);
	x->records.len = 0;
	x->entries++;
	return x->headers.failed || x->map_text.failed ? -E2BIG : tree_archive_put(x, x->headers.data, x->headers.len);
}

int tree_archive_xattrs(struct tree_archive *x, int fd, const char *name)
{
	struct xattrs_of of;

	if (!x->request->f_xattrs)
		return 0;
	if (name)
		xattrs_of_link(&of, fd, name);
	else
		xattrs_of_fd(&of, fd);
	return xattrs_put_records(&x->records, &of);
}

int tree_archive_content(struct tree_archive *x, int fd, uint64_t size)
{
	int r;

	x->file_bytes += size;
	if (!sparse_count(&x->map)) {
		r = put_piece(x, fd, 0, size);
		return r < 0 ? r : tree_archive_put(x, NULL, tar_padding(size));
	}
	r = tree_archive_put(x, x->map_text.data, x->map_text.len);
	for (size_t i = 0; r == 0 && i < sparse_count(&x->map); i++)
		r = put_piece(x, fd, sparse_get(&x->map, i).offset, sparse_get(&x->map, i).len);
	return r < 0 ? r : tree_archive_put(x, NULL, tar_padding(sparse_bytes(&x->map)));
}

int tree_archive_whiteout(struct tree_archive *x, size_t at)
{
	size_t mark = strlen(TREE_CHANGES_WHITEOUT), len = strlen(x->path + at) + 1;
	struct stat st = { .st_mode = S_IFREG | 0600 };

	if (at + mark + len > sizeof(x->path))
		return -ENAMETOOLONG;
	memmove(x->path + at + mark, x->path + at, len);
	memcpy(x->path + at, TREE_CHANGES_WHITEOUT, mark);
	x->map.pieces.len = 0;
	return tree_archive_header(x, &st, TAR_FILE);
}
