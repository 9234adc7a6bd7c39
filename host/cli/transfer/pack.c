/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the walk through a local directory, and its archive:
 *
 *	(header, records) -> pieces of the file -> padding -> next entry … end
 *
 * Never: follows a link, opens entries other than files and directories, writes more or fewer bytes of a file than its header says.
 */
#include "host/cli/transfer/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"
#include "common/io.h"

#define NOTES_MAX (64u << 20) /* bytes for the names of files with several links */
#define RECORDS_MAX (1u << 20)

static const uint8_t zeros[2 * TAR_BLOCK];

static void leave_out(const struct pack *pack, const char *why, int error)
{
	pack->hooks->left_out(pack->hooks->user, pack->path, why, error);
}

static bool put_header(struct pack *pack, const struct stat *st, enum tar_type type)
{
	struct tar_entry *e = &pack->entry;

	tar_set_stat(e, st, type);
	memcpy(e->path, pack->path[0] ? pack->path : "./", strlen(pack->path[0] ? pack->path : "./") + 1);
	pack->records.len = pack->map_text.len = 0;
	if (type == TAR_FILE && sparse_count(&pack->map))
		sparse_encode(e, &pack->map, &pack->records, &pack->map_text);
	tar_encode(e, &pack->records, &pack->out);
	buf_append(&pack->out, pack->map_text.data, pack->map_text.len);
	return !pack->out.failed && !pack->map_text.failed && !pack->records.failed;
}

/* Once the fd is open, the archive gets the file's full length, with zeros for bytes that cannot be read. */
static bool begin_file(struct pack *pack, int dir_fd, const char *name)
{
	struct stat st;
	int fd = path_open_entry_at(dir_fd, name, &st), r;

	if (fd < 0) {
		leave_out(pack, "cannot open it", -fd);
		return true;
	}
	if (pack->links && st.st_nlink > 1 && tree_links_find(&pack->seen, &st, pack->path, pack->entry.link)) {
		close(fd);
		return put_header(pack, &st, TAR_LINK);
	}
	r = sparse_scan(fd, &st, &pack->map);
	if (r == 0 && sparse_count(&pack->map) == 0 && !sparse_add(&pack->map, 0, (uint64_t)st.st_size))
		r = -ENOMEM;
	if (r < 0) {
		close(fd);
		leave_out(pack, "cannot read it", -r);
		return true;
	}
	if (pack->hooks->begin)
		pack->hooks->begin(pack->hooks->user, pack->path);
	pack->fd = fd;
	pack->is_cut = false;
	pack->piece = 0;
	pack->piece_done = 0;
	if (sparse_count(&pack->map) == 1 && sparse_get(&pack->map, 0).len == (uint64_t)st.st_size) {
		/* A single piece of the file's length means no holes. */
		struct sparse_map whole = pack->map;
		bool ok;

		pack->map = (struct sparse_map)SPARSE_MAP_INIT;
		ok = put_header(pack, &st, TAR_FILE);
		pack->map = whole;
		return ok;
	}
	return put_header(pack, &st, TAR_FILE);
}

static bool put_symlink(struct pack *pack, int dir_fd, const char *name, const struct stat *st)
{
	ssize_t n = readlinkat(dir_fd, name, pack->entry.link, sizeof(pack->entry.link) - 1);

	if (n <= 0) {
		leave_out(pack, "cannot read the link", n < 0 ? errno : ENOENT);
		return true;
	}
	pack->entry.link[n] = '\0';
	return put_header(pack, st, TAR_SYMLINK);
}

/* Consumes the fd. */
static bool push(struct pack *pack, int fd, size_t len)
{
	int r;
	DIR *dir = readdir_open(fd, &r);

	if (!dir)
		return false;
	pack->level[pack->depth++] = (struct pack_level){ dir, len };
	return true;
}

static bool enter(struct pack *pack, int dir_fd, const char *name, size_t len, bool take)
{
	_cleanup_close_ int fd = pack->depth < PACK_DEPTH_MAX ? path_open_dir_at(dir_fd, name, true) : -ELOOP;
	struct stat st;

	errno = fd < 0 ? -fd : 0;
	if (fd == -ELOOP) {
		leave_out(pack, "the directories are nested too deep, or the directory was replaced by a link", 0);
		return true;
	}
	if (fd < 0 || fstat(fd, &st) < 0 || !push(pack, take_fd(&fd), len)) {
		leave_out(pack, "cannot open the directory", errno);
		return true;
	}
	return !take || put_header(pack, &st, TAR_DIR);
}

static bool put_entry(struct pack *pack, int dir_fd, const char *name, size_t len)
{
	enum pack_choice choice;
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		/* ENOENT: the entry was removed during the walk. */
		if (errno != ENOENT)
			leave_out(pack, "cannot look at it", errno);
		return true;
	}
	choice = pack->hooks->choose(pack->hooks->user, pack->path, &st);
	if (S_ISDIR(st.st_mode) && choice != PACK_SKIP)
		return enter(pack, dir_fd, name, len, choice == PACK_TAKE);
	if (choice != PACK_TAKE)
		return true;
	if (S_ISREG(st.st_mode))
		return begin_file(pack, dir_fd, name);
	if (S_ISLNK(st.st_mode))
		return put_symlink(pack, dir_fd, name, &st);
	leave_out(pack, "left out: neither a file, a directory nor a symbolic link", 0);
	return true;
}

/* Handles one entry, or the end of a directory. False: the walk cannot go on. */
static bool next_entry(struct pack *pack)
{
	struct pack_level *level = &pack->level[pack->depth - 1];
	const struct dirent *found;
	size_t len = level->len, more;
	int r = 0;

	pack->path[len] = '\0';
	found = readdir_next(level->dir, &r);
	if (!found) {
		if (r < 0)
			leave_out(pack, "cannot read the directory", -r);
		closedir(level->dir);
		pack->depth--;
		return true;
	}
	more = strlen(found->d_name);
	if (len + 1 + more >= sizeof(pack->path)) {
		leave_out(pack, "a path in it is too long", ENAMETOOLONG);
		return true;
	}
	if (len)
		pack->path[len++] = '/';
	memcpy(pack->path + len, found->d_name, more + 1);
	return put_entry(pack, dirfd(level->dir), found->d_name, len + more);
}

/* Reads from the current file; 0 at its end. */
static ssize_t read_piece(struct pack *pack, void *buf, size_t size)
{
	struct sparse_piece piece = { 0, 0 };
	ssize_t n;

	for (; pack->piece < sparse_count(&pack->map); pack->piece++, pack->piece_done = 0) {
		piece = sparse_get(&pack->map, pack->piece);
		if (pack->piece_done < piece.len)
			break;
	}
	if (pack->piece == sparse_count(&pack->map))
		return 0;
	if (size > piece.len - pack->piece_done)
		size = (size_t)(piece.len - pack->piece_done);
	n = io_read_at(pack->fd, buf, size, piece.offset + pack->piece_done);
	if (n < 0)
		return n;
	if (n == 0) {
		/* The file was cut after its header was written: fill with zeros, and report once. */
		if (!pack->is_cut)
			leave_out(pack, "the file was cut while it was read: the copy ends in zeros", 0);
		pack->is_cut = true;
		memset(buf, 0, size);
		n = (ssize_t)size;
	}
	pack->piece_done += (uint64_t)n;
	return n;
}

static void end_file(struct pack *pack)
{
	buf_append(&pack->out, zeros, tar_padding(pack->entry.size));
	close_fd(&pack->fd);
}

static ssize_t give(struct pack *pack, uint8_t *buf, size_t size)
{
	size_t left = pack->out.len - pack->out_at, n = left < size ? left : size;

	if (left) {
		memcpy(buf, pack->out.data + pack->out_at, n);
		pack->out_at += n;
		return (ssize_t)n;
	}
	pack->out.len = pack->out_at = 0;
	if (pack->fd >= 0) {
		ssize_t got = read_piece(pack, buf, size);

		if (got == 0)
			end_file(pack);
		return got;
	}
	if (pack->itself) {
		struct stat st;

		pack->itself = false;
		return fstat(dirfd(pack->level[0].dir), &st) < 0 ? -errno : put_header(pack, &st, TAR_DIR) ? 0 : -ENOMEM;
	}
	if (pack->depth)
		return next_entry(pack) ? 0 : -ENOMEM;
	if (!pack->over)
		buf_append(&pack->out, zeros, sizeof(zeros));
	pack->over = true;
	return 0;
}

ssize_t pack_read(void *user, void *buf, size_t size)
{
	struct pack *pack = user;
	size_t had = 0;

	while (had < size && !(pack->over && pack->out_at == pack->out.len)) {
		ssize_t n = give(pack, (uint8_t *)buf + had, size - had);

		if (n < 0)
			return n;
		had += (size_t)n;
	}
	return (ssize_t)had;
}

bool pack_init(struct pack *pack, int dir_fd, const struct pack_hooks *hooks)
{
	memset(pack, 0, sizeof(*pack));
	pack->hooks = hooks;
	pack->fd = -1;
	pack->records = BUF_INIT(RECORDS_MAX);
	pack->out = BUF_INIT(4 * RECORDS_MAX + SPARSE_TEXT_MAX);
	pack->map = (struct sparse_map)SPARSE_MAP_INIT;
	pack->map_text = BUF_INIT(SPARSE_TEXT_MAX);
	tree_links_init(&pack->seen, NOTES_MAX);
	return push(pack, dir_fd, 0);
}

void pack_deinit(struct pack *pack)
{
	while (pack->depth)
		closedir(pack->level[--pack->depth].dir);
	close_fd(&pack->fd);
	buf_deinit(&pack->records);
	buf_deinit(&pack->out);
	buf_deinit(&pack->map.pieces);
	buf_deinit(&pack->map_text);
	buf_deinit(&pack->seen.notes);
}
