/* SPDX-License-Identifier: Apache-2.0 */
/* Owns upgrade: sends a file, and prints one line about the result. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/include/pith_guest.h"

#define UPGRADE_TIMEOUT_MS 60000 /* for a slow link; the new agent itself has 10 s to start */

int cmd_upgrade(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	const char *path = invocation->arguments[0];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t timeout_ms = settings->timeout_ms ? settings->timeout_ms : UPGRADE_TIMEOUT_MS;
	struct pith_upgrade upgrade;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code;

	if (fd < 0) {
		cmd_say("%s: %s", path, strerror(errno));
		return STATUS_FAILED;
	}
	code = cmd_connect(settings, &conn, &err);
	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_upgrade(conn, fd, timeout_ms, &upgrade, &err);
	pith_close(conn);
	if (code != PITH_OK)
		return cmd_fail(&err);
	if (!upgrade.done) {
		cmd_say("pith-agent %s did not start (%s); the old agent serves again", upgrade.version, upgrade.failure);
		return STATUS_FAILED;
	}
	printf("pith-agent %s serves\n", upgrade.version);
	return cmd_finish_output();
}
