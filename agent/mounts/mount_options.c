/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of mount flags. Never: refuses an unknown name, which the file system may know. */
#include "agent/mounts/mount_options.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "common/cleanup.h"

/* A letter says what the option does: set the flag, clear it, or set it as propagation. */
static const struct {
	char name[12];
	char what;
	unsigned long flag;
} names[] = {
	{ "ro", '+', MS_RDONLY },	    { "rw", '-', MS_RDONLY },
	{ "nosuid", '+', MS_NOSUID },	    { "suid", '-', MS_NOSUID },
	{ "nodev", '+', MS_NODEV },	    { "dev", '-', MS_NODEV },
	{ "noexec", '+', MS_NOEXEC },	    { "exec", '-', MS_NOEXEC },
	{ "sync", '+', MS_SYNCHRONOUS },    { "async", '-', MS_SYNCHRONOUS },
	{ "dirsync", '+', MS_DIRSYNC },	    { "lazytime", '+', MS_LAZYTIME },
	{ "noatime", '+', MS_NOATIME },	    { "atime", '-', MS_NOATIME },
	{ "nodiratime", '+', MS_NODIRATIME }, { "diratime", '-', MS_NODIRATIME },
	{ "relatime", '+', MS_RELATIME },   { "strictatime", '+', MS_STRICTATIME },
	{ "bind", '+', MS_BIND },	    { "rbind", '+', MS_BIND | MS_REC },
	{ "remount", '+', MS_REMOUNT },	    { "silent", '+', MS_SILENT },
	{ "private", '/', MS_PRIVATE },	    { "rprivate", '/', MS_PRIVATE | MS_REC },
	{ "slave", '/', MS_SLAVE },	    { "rslave", '/', MS_SLAVE | MS_REC },
	{ "shared", '/', MS_SHARED },	    { "rshared", '/', MS_SHARED | MS_REC },
	{ "unbindable", '/', MS_UNBINDABLE }, { "defaults", '-', 0 },
};

static bool apply_flag(const char *name, size_t len, struct mount_options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) != len || memcmp(names[i].name, name, len) != 0)
			continue;
		if (names[i].what == '+')
			options->flags |= names[i].flag;
		else if (names[i].what == '-')
			options->flags &= ~names[i].flag;
		else
			options->propagation = names[i].flag;
		return true;
	}
	return false;
}

/* Length up to the next comma without a backslash before it. */
static size_t option_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != ',')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return n;
}

int mount_options_parse(const struct string_list *list, struct mount_options *ret)
{
	size_t used = 0;

	ret->flags = 0;
	ret->propagation = 0;
	for (size_t i = 0; i < list->count; i++) {
		for (const char *at = list->item[i]; *at; at += *at == ',') {
			size_t n = option_length(at);

			if (n && !apply_flag(at, n, ret)) {
				/* A comma before the option and a NUL after it. */
				if (n + 2 > sizeof(ret->data) - used)
					return -E2BIG;
				if (used)
					ret->data[used++] = ',';
				memcpy(ret->data + used, at, n);
				used += n;
			}
			at += n;
		}
	}
	ret->data[used] = '\0';
	return 0;
}
