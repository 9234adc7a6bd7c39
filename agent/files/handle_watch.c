/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns watch: inotify on a directory and, with recursive, on all directories below it.
 *
 * A new directory is watched first and read then, and each entry in it is reported as created: programs may have made
 * entries before the watch was set. So a change may be reported twice, and none is missed. Where that is impossible
 * (the kernel's queue overflowed, no more watches) the event overflow asks the host to read everything again.
 *
 * Never: follows a symbolic link below the watched directory, holds a change back for longer than HOLD_MS.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <fcntl.h>

#include "agent/core/limits.h"
#include "agent/files/watch_table.h"
#include "agent/files/worker_main.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"

#define MASK (IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)
/* The second event of a rename is already queued with the first, or comes right after the first. */
#define HOLD_MS 10
#define OWN_FD_SIZE 32
/* Of the buffer of one event: further changes go into another event. */
#define CHANGES_BYTES (64u << 10)

struct watcher {
	struct worker_self *work;
	int inotify_fd, top_fd;
	bool recursive;
	bool open;			/* an event with changes is begun */
	bool rescan;			/* a change was missed */
	struct watch_table table;
	char gone[PATH_MAX];		/* old path of a rename whose new path is not known yet; "" for none */
	uint32_t gone_cookie;
	bool gone_dir;
};

static struct watcher watcher;

static void send_changes(struct watcher *w)
{
	if (!w->open)
		return;
	jsonw_array_end(&w->work->event);
	worker_event_end(w->work);
	w->open = false;
}

static void tell(struct watcher *w, const char *kind, const char *path, const char *from, bool is_dir)
{
	struct buf *b = &w->work->event;

	if (!w->open)
		jsonw_array(worker_event_begin(w->work, "changes"), "changes");
	w->open = true;
	jsonw_object(b, NULL);
	jsonw_string(b, "kind", kind);
	file_write_name(b, "path", path);
	if (from)
		file_write_name(b, "from", from);
	jsonw_bool(b, "directory", is_dir);
	jsonw_object_end(b);
	if (b->len > CHANGES_BYTES)
		send_changes(w);
}

/* "dir/name", or the name alone in the watched directory. False: longer than a path may be. */
static bool join(char ret[PATH_MAX], const char *dir, const char *name)
{
	if (strlen(dir) + 1 + strlen(name) >= PATH_MAX)
		return false;
	fmt_text(ret, PATH_MAX, "%s%s%s", dir, *dir && *name ? "/" : "", name);
	return true;
}

static int add_watch(struct watcher *w, int fd, const char *path)
{
	char own[OWN_FD_SIZE];
	int wd;

	/* /proc/self/fd/N is a link that must be followed; the fd itself was opened without following any. */
	fmt_text(own, sizeof(own), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(w->inotify_fd, own, MASK & ~(uint32_t)IN_DONT_FOLLOW);
	return wd < 0 ? -errno : watch_table_set(&w->table, wd, path);
}

static int add_tree(struct watcher *w, const char *path, bool is_new, unsigned int depth);

/* Handles one entry of a directory that has just been watched. */
static int add_entry(struct watcher *w, const char *path, const struct dirent *entry, bool is_new, unsigned int depth)
{
	char *inner = NULL;
	bool is_dir = entry->d_type == DT_DIR;
	int r = 0;

	inner = watch_table_join(path, *path ? "/" : "", entry->d_name);
	if (!inner)
		return -ENOMEM;
	if (is_new && strlen(inner) < PATH_MAX)
		tell(w, "created", inner, NULL, is_dir);
	/* Where d_type is unknown, opening the entry as a directory decides. */
	if (w->recursive && (is_dir || entry->d_type == DT_UNKNOWN))
		r = add_tree(w, inner, is_new, depth + 1);
	free(inner);
	return r;
}

/* Watches a directory and all below it. A directory below that vanished or may not be read is passed over. */
static int add_tree(struct watcher *w, const char *path, bool is_new, unsigned int depth)
{
	int r, fd = depth > LIMIT_TREE_DEPTH ? -ENAMETOOLONG : path_open_dir_at(w->top_fd, *path ? path : ".", true);
	_cleanup_dir_ DIR *dir = NULL;
	const struct dirent *entry;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -EACCES || fd == -ELOOP)
		return depth == 0 ? fd : 0;
	dir = readdir_open(fd, &r);
	if (r == 0)
		r = add_watch(w, fd, path);
	while (r == 0 && (is_new || w->recursive) && (entry = readdir_next(dir, &r)))
		r = add_entry(w, path, entry, is_new, depth);
	return r;
}

static void follow(struct watcher *w, const char *path)
{
	if (w->recursive && add_tree(w, path, true, 1) < 0)
		w->rescan = true;
}

/* A directory was moved out of the tree: its new path is unknown, so its watches are removed. */
static void unfollow(struct watcher *w, const char *path)
{
	size_t at = 0;
	int wd;

	while ((wd = watch_table_below(&w->table, path, &at)) >= 0) {
		inotify_rm_watch(w->inotify_fd, wd);
		watch_table_remove(&w->table, wd);
		at = 0;
	}
}

/* An entry that was moved away and has no new path in the tree is reported as removed. */
static void settle_gone(struct watcher *w)
{
	if (!w->gone[0])
		return;
	tell(w, "removed", w->gone, NULL, w->gone_dir);
	if (w->gone_dir)
		unfollow(w, w->gone);
	w->gone[0] = '\0';
}

static void came(struct watcher *w, const char *path, uint32_t cookie, bool is_dir)
{
	if (!w->gone[0] || w->gone_cookie != cookie) {
		settle_gone(w);
		tell(w, "created", path, NULL, is_dir);
		if (is_dir)
			follow(w, path);
		return;
	}
	tell(w, "renamed", path, w->gone, is_dir);
	if (is_dir && watch_table_rename(&w->table, w->gone, path) < 0)
		w->rescan = true;
	w->gone[0] = '\0';
}

static void act(struct watcher *w, const struct inotify_event *event, const char *name)
{
	const char *dir = watch_table_path(&w->table, event->wd);
	bool is_dir = event->mask & IN_ISDIR;
	char path[PATH_MAX];

	if (event->mask & IN_Q_OVERFLOW)
		w->rescan = true;
	if (event->mask & IN_IGNORED)
		watch_table_remove(&w->table, event->wd);
	if (!dir || (event->mask & (IN_Q_OVERFLOW | IN_IGNORED)))
		return;
	/* The watch of the parent directory reports the same event. */
	if (!event->len && *dir)
		return;
	if (!join(path, dir, name)) {
		w->rescan = true;
		return;
	}
	if (!(event->mask & IN_MOVED_TO))
		settle_gone(w);
	if (event->mask & IN_CREATE) {
		tell(w, "created", path, NULL, is_dir);
		if (is_dir)
			follow(w, path);
	} else if (event->mask & IN_DELETE) {
		tell(w, "removed", path, NULL, is_dir);
	} else if (event->mask & IN_MOVED_FROM) {
		memcpy(w->gone, path, sizeof(path));
		w->gone_cookie = event->cookie;
		w->gone_dir = is_dir;
	} else if (event->mask & IN_MOVED_TO) {
		came(w, path, event->cookie, is_dir);
	} else {
		tell(w, event->mask & IN_ATTRIB ? "attributes" : "modified", path, NULL, is_dir);
	}
}

/* Handles all events that the kernel has queued. */
static int read_events(struct watcher *w)
{
	static alignas(struct inotify_event) uint8_t bytes[16 << 10];
	ssize_t n = io_read(w->inotify_fd, bytes, sizeof(bytes));

	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	for (size_t at = 0; at + sizeof(struct inotify_event) <= (size_t)n;) {
		struct inotify_event event;

		memcpy(&event, bytes + at, sizeof(event));
		act(w, &event, event.len ? (const char *)bytes + at + sizeof(event) : "");
		at += sizeof(event) + event.len;
	}
	return 0;
}

static void tell_rescan(struct watcher *w)
{
	if (!w->rescan)
		return;
	send_changes(w);
	worker_event_begin(w->work, "overflow");
	worker_event_end(w->work);
	w->rescan = false;
}

/* Runs until the host sends the event stop. 0, or -errno of inotify; a lost connection is noted in w->work. */
static int watch_loop(struct watcher *w)
{
	for (;;) {
		struct pollfd ready[2] = { { .fd = w->inotify_fd, .events = POLLIN }, { .fd = w->work->conn.fd, .events = POLLIN } };
		int n = 0, r = 0;

		/* poll(2) does not see frames that were read together with the request. */
		if (w->work->conn.in_len == 0)
			n = io_poll(ready, 2, w->gone[0] ? HOLD_MS : -1);
		if (n < 0)
			return n;
		if (n == 0)
			settle_gone(w);
		if (ready[0].revents)
			r = read_events(w);
		tell_rescan(w);
		send_changes(w);
		if (r < 0 || !worker_flush(w->work))
			return r;
		if ((ready[1].revents || w->work->conn.in_len) && !worker_receive_stop(w->work))
			return 0;
	}
}

enum handled handle_watch(struct worker_self *w, const struct request_watch *request, struct reply *reply)
{
	struct watcher *me = &watcher;
	_cleanup_close_ int top_fd = -1, inotify_fd = -1;
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	*me = (struct watcher){ .work = w, .recursive = request->f_recursive };
	me->top_fd = top_fd = path_open(w->root_fd, request->f_path, O_PATH | O_DIRECTORY, 0);
	me->inotify_fd = inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r = top_fd < 0 ? top_fd : inotify_fd < 0 ? -errno : watch_table_init(&me->table, LIMIT_WATCHES);
	if (r == 0)
		r = add_tree(me, "", false, 0);
	if (r == -ENOSPC) {
		reply_fail_errno(reply, ENOSPC, "watches");
		reply_fail(reply, ERROR_RESOURCE_EXHAUSTED, "more directories than the %u of a watch, or than fs.inotify.max_user_watches",
			   LIMIT_WATCHES);
	} else if (r == 0) {
		jsonw_count(worker_event_begin(w, "started"), "watches", me->table.count);
		worker_event_end(w);
		r = worker_flush(w) ? watch_loop(me) : 0;
	}
	if (r < 0 && r != -ENOSPC)
		reply_fail_path(reply, r, "path");
	watch_table_deinit(&me->table);
	return HANDLED_NOW;
}
