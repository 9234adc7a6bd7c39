/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading and setting of extended attributes. Never: follows a link at the end of a path. */
#include "agent/files/xattrs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>

#include "agent/files/tree_changes.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/tar.h"
#include "common/fmt.h"
#include "common/name.h"

/* The kernel's maximum for the list of one file. */
#define NAMES_BYTES 65536
#define VALUE_BYTES 65536
#define NAME_BYTES 255

static char names[NAMES_BYTES];
static char value[NAME_ENCODED_SIZE(VALUE_BYTES)];

void xattrs_of_fd(struct xattrs_of *ret, int fd)
{
	ret->is_link = false;
	fmt_text(ret->path, sizeof(ret->path), "/proc/self/fd/%d", fd);
}

void xattrs_of_link(struct xattrs_of *ret, int dir_fd, const char *name)
{
	ret->is_link = true;
	fmt_text(ret->path, sizeof(ret->path), "/proc/self/fd/%d/%s", dir_fd, name);
}

int xattrs_of_request(struct xattrs_of *ret, int root_fd, const char *path, int fd, int *ret_dir_fd)
{
	char name[PATH_NAME_SIZE];
	struct stat st, now;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	xattrs_of_fd(ret, fd);
	if (!S_ISLNK(st.st_mode))
		return 0;
	r = path_open_parent(root_fd, path, ret_dir_fd, name);
	if (r < 0)
		return r;
	xattrs_of_link(ret, *ret_dir_fd, name);
	if (fstatat(*ret_dir_fd, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return now.st_ino == st.st_ino && now.st_dev == st.st_dev ? 0 : -ESTALE;
}

/* Calls put() with each name and value; stops at the first -errno. */
static int each(const struct xattrs_of *of, int (*put)(struct buf *b, const char *name, const char *bytes, size_t len), struct buf *b)
{
	ssize_t len = (of->is_link ? llistxattr : listxattr)(of->path, names, sizeof(names));
	int r = 0;

	if (len < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; r == 0 && name < names + len; name += strlen(name) + 1) {
		ssize_t n;

		if (tree_changes_hides(name))
			continue;
		n = (of->is_link ? lgetxattr : getxattr)(of->path, name, value, VALUE_BYTES);
		if (n >= 0)
			r = put(b, name, value, (size_t)n);
		else if (errno != ENODATA)
			r = -errno;
	}
	return r;
}

static int put_record(struct buf *records, const char *name, const char *bytes, size_t len)
{
	char key[sizeof(TAR_XATTR_PREFIX) + NAME_BYTES];

	fmt_text(key, sizeof(key), TAR_XATTR_PREFIX "%s", name);
	tar_put_record(records, key, bytes, len);
	return 0;
}

int xattrs_put_records(struct buf *records, const struct xattrs_of *of)
{
	return each(of, put_record, records);
}

static int put_member(struct buf *b, const char *name, const char *bytes, size_t len)
{
	static char text[NAME_ENCODED_SIZE(VALUE_BYTES)];
	char key[NAME_ENCODED_SIZE(NAME_BYTES)];

	if (name_is_plain(name))
		memcpy(key, name, strlen(name) + 1);
	else
		name_encode(name, key);
	value[len] = '\0';
	if (strlen(bytes) == len && name_is_plain(bytes)) {
		jsonw_string(b, key, bytes);
	} else {
		name_encode_bytes(bytes, len, text);
		jsonw_string(b, key, text);
	}
	return 0;
}

int xattrs_write(struct buf *b, const struct xattrs_of *of)
{
	int r;

	jsonw_object(b, "xattrs");
	r = each(of, put_member, b);
	jsonw_object_end(b);
	return r;
}

static int set(const struct xattrs_of *of, const char *name, const char *text)
{
	char *bytes = json_alloc(strlen(text) + 1);
	size_t len;

	if (!bytes)
		return -ENOMEM;
	if (!name_decode_bytes(text, bytes, &len))
		return -EINVAL;
	return (of->is_link ? lsetxattr : setxattr)(of->path, name, bytes, len, 0) < 0 ? -errno : 0;
}

int xattrs_change(const struct xattrs_of *of, const struct pair_list *sets, const struct string_list *removes, const char **ret_name)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sets->count; i++) {
		*ret_name = sets->key[i];
		r = set(of, sets->key[i], sets->value[i]);
	}
	for (size_t i = 0; r == 0 && i < removes->count; i++) {
		*ret_name = removes->item[i];
		if ((of->is_link ? lremovexattr : removexattr)(of->path, removes->item[i]) < 0 && errno != ENODATA)
			r = -errno;
	}
	return r;
}
