/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of all attributes of a file. Never: follows a link. */
#include "tree_xattrs.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>

#include "fmt.h"
#include "tar.h"

/* Of one file: what the kernel gives at most. */
#define NAMES_BYTES 65536
#define VALUE_BYTES 65536

int tree_put_xattrs(struct buf *records, int fd, const char *path)
{
	static char names[NAMES_BYTES], key[sizeof(TAR_XATTR_PREFIX) + NAMES_BYTES];
	static uint8_t value[VALUE_BYTES];
	ssize_t len = path ? llistxattr(path, names, sizeof(names)) : flistxattr(fd, names, sizeof(names));

	if (len < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t n = path ? lgetxattr(path, name, value, sizeof(value)) : fgetxattr(fd, name, value, sizeof(value));

		if (n < 0 && errno == ENODATA)
			continue;
		if (n < 0)
			return -errno;
		fmt_text(key, sizeof(key), TAR_XATTR_PREFIX "%s", name);
		tar_put_record(records, key, value, (size_t)n);
	}
	return 0;
}
