/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how crashes of the agent are told. Never: knows why. */
#include "crash.h"

#include <sys/wait.h>

#include "agent.h"
#include "fmt.h"
#include "jsonw.h"
#include "signame.h"

void crash_write(const struct agent *agent, struct buf *b)
{
	const struct lifeline_given *given = &agent->store.given;
	int status = given->last_status;
	char number[16];

	jsonw_count(b, "crashes", given->crashes);
	if (!given->crashes)
		return;
	jsonw_object(b, "last_crash");
	jsonw_count(b, "at_us", (uint64_t)given->last_us);
	if (WIFSIGNALED(status)) {
		const char *name = signame(WTERMSIG(status));

		fmt_text(number, sizeof(number), "%d", WTERMSIG(status));
		jsonw_string(b, "signal", name ? name : number);
	} else {
		jsonw_count(b, "code", (uint64_t)WEXITSTATUS(status));
	}
	jsonw_object_end(b);
}
