/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the boot timeline's form. Never: reads a clock. */
#include "init/timeline.h"

#include "common/fmt.h"

void timeline_mark(struct timeline *timeline, const char *step, int64_t at_us)
{
	if (timeline->count == TIMELINE_MAX)
		return;
	timeline->marks[timeline->count].step = step;
	timeline->marks[timeline->count].at_us = at_us;
	timeline->count++;
}

void timeline_text(const struct timeline *timeline, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < timeline->count; i++)
		len += fmt_text(buf + len, size - len, "%s%s=%lld", i ? " " : "", timeline->marks[i].step,
				(long long)timeline->marks[i].at_us);
}
