/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the members that describe a file's state. Never: opens a file. */
#include "agent/protocol/file_info.h"

#include <limits.h>
#include <sys/types.h>

#include "agent/protocol/jsonw.h"
#include "common/fmt.h"
#include "common/name.h"

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFBLK:
		return "block";
	case S_IFCHR:
		return "char";
	}
	return "unknown";
}

/* Rounded down, also for times before 1970, in microseconds since 1970. */
static int64_t time_us(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000;
}

void file_version(const struct stat *st, char ret[VERSION_SIZE])
{
	fmt_text(ret, VERSION_SIZE, "%llx.%llx.%llx.%llx.%lx.%llx.%lx", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		 (unsigned long long)st->st_size, (unsigned long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		 (unsigned long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

void file_write_info(const struct stat *st, struct buf *b)
{
	char version[VERSION_SIZE];

	file_version(st, version);
	jsonw_string(b, "type", type_name(st->st_mode));
	jsonw_count(b, "size_bytes", (uint64_t)st->st_size);
	jsonw_count(b, "allocated_bytes", (uint64_t)st->st_blocks * 512);
	jsonw_count(b, "mode", st->st_mode & 07777);
	jsonw_count(b, "uid", st->st_uid);
	jsonw_count(b, "gid", st->st_gid);
	jsonw_count(b, "links", st->st_nlink);
	jsonw_integer(b, "mtime_us", time_us(&st->st_mtim));
	jsonw_integer(b, "ctime_us", time_us(&st->st_ctim));
	jsonw_string(b, "version", version);
}

void file_write_name(struct buf *b, const char *key, const char *name)
{
	char text[NAME_ENCODED_SIZE(PATH_MAX)];

	if (name_is_plain(name)) {
		jsonw_string(b, key, name);
	} else {
		name_encode(name, text);
		jsonw_string(b, key, text);
	}
}
