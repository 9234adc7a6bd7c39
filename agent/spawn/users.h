/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the user and group of "name:group" in the text of passwd(5) and group(5). Pure: no files, no libc look-ups (a
 * static libc would ask the network's databases too).
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define USERS_GROUPS 64		/* supplementary groups, at most; further groups are left out */
#define USERS_TEXT_SIZE 256

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USERS_GROUPS];
	size_t group_count;
	char name[USERS_TEXT_SIZE];	/* the number, if there is no entry */
	char home[USERS_TEXT_SIZE];	/* "/" if there is no entry */
	char shell[USERS_TEXT_SIZE];	/* "/bin/sh" if there is no entry */
};

enum users_result {
	USERS_OK,
	USERS_NO_USER,
	USERS_NO_GROUP,
};

/*
 * spec is `name`, `uid`, `name:group` or `uid:gid`. A number is a name first, if an entry has this name. A uid without
 * an entry gets the equal gid. *ret is written only on USERS_OK.
 */
enum users_result users_resolve(const char *spec, const char *passwd, const char *group, struct user *ret);
