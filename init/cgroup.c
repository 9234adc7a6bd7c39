/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the two cgroups at the top. Never: looks below `work`; the leaves are the agent's. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"
#include "init/log.h"

/* One write per controller: one that the kernel refuses does not take the others with it. */
static void enable_controllers(const char *cgroup)
{
	char path[64];
	char names[256];
	char *name = names;

	fmt_text(path, sizeof(path), "%s/cgroup.controllers", cgroup);
	if (io_read_text(AT_FDCWD, path, names, sizeof(names)) < 0)
		return;
	fmt_text(path, sizeof(path), "%s/cgroup.subtree_control", cgroup);
	while (*name) {
		size_t len = strcspn(name, " \n");
		char word[32];
		int r;

		fmt_text(word, sizeof(word), "+%.*s", (int)len, name);
		r = len ? io_write_text(AT_FDCWD, path, word) : 0;
		if (r < 0)
			log_failed(r, "cgroup %s: %s", cgroup, word);
		name += len + (name[len] != '\0');
	}
}

static int make_cgroup(const char *path)
{
	int r = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;

	if (r < 0)
		log_failed(r, "mkdir %s", path);
	return r;
}

bool cgroup_setup(void)
{
	struct statfs fs = { 0 };
	int r;

	if (statfs(CGROUP_ROOT, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC) {
		log_say(LOG_QUIET, "no cgroup2 on " CGROUP_ROOT ": programs run without cgroups of their own");
		return false;
	}
	if (make_cgroup(CGROUP_WORK) < 0)
		return false;
	/* Before the controllers: a cgroup other than the machine's root may not have both processes and children with limits. */
	if (make_cgroup(CGROUP_PITH) == 0) {
		r = io_write_text(AT_FDCWD, CGROUP_PITH "/cgroup.procs", "0");
		if (r < 0)
			log_failed(r, "cgroup " CGROUP_PITH);
	}
	enable_controllers(CGROUP_ROOT);
	enable_controllers(CGROUP_WORK);
	return true;
}

void cgroup_kill_work(void)
{
	(void)io_write_text(AT_FDCWD, CGROUP_WORK "/cgroup.kill", "1");
}
