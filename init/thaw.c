/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the two deadlines of the agent: for the thaw of file systems, and of the workload. A living agent thaws earlier, and
 * withdraws them.
 *
 * Never: thaws in PID 1 itself. A disk that does not answer blocks a child, not PID 1.
 */
#include "init/thaw.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/io.h"
#include "common/lifeline.h"
#include "init/cgroup.h"
#include "init/fdstore.h"
#include "init/log.h"

#define AGAIN_US 100000

static struct lifeline_thaw due;

bool thaw_set(const struct lifeline_message *message)
{
	return lifeline_payload(message, &due, sizeof(due));
}

int64_t thaw_deadline_us(void)
{
	int64_t first = due.files_us ? due.files_us : due.work_us;

	if (due.work_us && due.work_us < first)
		first = due.work_us;
	return first ? first : INT64_MAX;
}

void thaw_look(int64_t now_us)
{
	bool files = due.files_us && now_us >= due.files_us, work = due.work_us && now_us >= due.work_us;

	if (!files && !work)
		return;
	log_say(LOG_QUIET, "the time of a quiesce is over: %s thaw", work ? "file systems and workload" : "file systems");
	switch (fork()) {
	case -1:
		/* The fork failed: try again later. */
		due.files_us = files ? now_us + AGAIN_US : 0;
		due.work_us = work ? now_us + AGAIN_US : due.work_us;
		return;
	case 0:
		fdstore_thaw();
		if (work)
			(void)io_write_text(AT_FDCWD, CGROUP_WORK "/cgroup.freeze", "0");
		_exit(0);
	default:
		due.files_us = 0;
		if (work)
			due.work_us = 0;
	}
}
