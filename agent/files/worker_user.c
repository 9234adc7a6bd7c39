/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a worker's identity: the agent's own, or the user of the current request. Never: goes on after a change that cannot be undone. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/files/worker_main.h"
#include "agent/spawn/users_files.h"

static struct {
	uid_t uid;
	gid_t gid;
	gid_t groups[USERS_GROUPS];
	int group_count;
} own;

bool worker_user_become(struct worker_self *w, const char *spec, struct reply *reply)
{
	struct user user;

	switch (users_look_up(spec, &user)) {
	case USERS_OK:
		break;
	case USERS_NO_USER:
		reply_fail_field(reply, "user", "user: no such user");
		reply->code = ERROR_NOT_FOUND;
		return false;
	case USERS_NO_GROUP:
		reply_fail_field(reply, "user", "user: no such group");
		reply->code = ERROR_NOT_FOUND;
		return false;
	}
	/* Set before the first call, so that worker_user_leave() undoes a partial change. */
	w->is_other = true;
	if (setgroups(user.group_count, user.groups) < 0 || setegid(user.gid) < 0 || seteuid(user.uid) < 0)
		return reply_fail_errno(reply, errno, "user: the worker cannot take on these ids");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return true;
}

void worker_user_leave(struct worker_self *w)
{
	if (!w->is_other)
		return;
	/* A worker that could not take back its own ids must serve no further request. */
	if (seteuid(own.uid) < 0 || setegid(own.gid) < 0 || setgroups((size_t)own.group_count, own.groups) < 0)
		_exit(1);
	/* A change of ids clears the signal of prctl(2). */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	w->is_other = false;
}

void worker_user_init(void)
{
	own.uid = geteuid();
	own.gid = getegid();
	own.group_count = getgroups(USERS_GROUPS, own.groups);
	if (own.group_count < 0)
		own.group_count = 0;
}
