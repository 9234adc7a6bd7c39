/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of fsync and owner. Never: acts on them. */
#include "agent/files/write_options.h"

#include <string.h>

#include "agent/spawn/users_files.h"

bool write_options_fsync(const char *text, enum atomic_file_fsync *ret, struct reply *reply)
{
	if (!text || strcmp(text, "none") == 0)
		*ret = ATOMIC_FILE_FSYNC_NONE;
	else if (strcmp(text, "file") == 0)
		*ret = ATOMIC_FILE_FSYNC_FILE;
	else if (strcmp(text, "all") == 0)
		*ret = ATOMIC_FILE_FSYNC_ALL;
	else
		return reply_fail_field(reply, "fsync", "fsync: must be none, file or all");
	return true;
}

bool write_options_owner(const char *spec, struct atomic_file_options *wish, struct reply *reply)
{
	struct user user;

	if (!spec)
		return true;
	if (users_look_up(spec, &user) != USERS_OK) {
		reply_fail_field(reply, "owner", "owner: no such user or group");
		reply->code = ERROR_NOT_FOUND;
		return false;
	}
	wish->set_owner = true;
	wish->uid = user.uid;
	wish->gid = user.gid;
	return true;
}
