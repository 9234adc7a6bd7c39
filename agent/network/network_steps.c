/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the current batch of messages and their descriptions. Never: stops at a message that the kernel refused. */
#include "agent/network/network_steps.h"

#include <errno.h>
#include <stdarg.h>

#include "common/fmt.h"

static void interface_path(char path[CHANGE_REPORT_PATH_SIZE], size_t i, const char *key)
{
	fmt_text(path, CHANGE_REPORT_PATH_SIZE, "network.interfaces[%zu]%s%s", i, *key ? "." : "", key);
}

static struct network_step *next_step(struct network_work *work, enum network_step_kind kind)
{
	struct network_step *step;

	if (work->out.count == NETWORK_STEPS)
		network_flush(work);
	step = &work->step[work->out.count];
	step->kind = kind;
	return step;
}

void network_step(struct network_work *work, enum network_step_kind kind, size_t i, const char *key, const char *format, ...)
{
	struct network_step *step = next_step(work, kind);
	va_list args;

	interface_path(step->path, i, key);
	va_start(args, format);
	fmt_text_v(step->what, sizeof(step->what), format, args);
	va_end(args);
}

void network_step_at(struct network_work *work, enum network_step_kind kind, const char *path, const char *what)
{
	struct network_step *step = next_step(work, kind);

	fmt_text(step->path, sizeof(step->path), "%s", path);
	fmt_text(step->what, sizeof(step->what), "%s", what);
}

static bool was_gone(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -EADDRNOTAVAIL || error == -ENODEV;
}

static void tell(struct network_work *work, const struct network_step *step, const struct netlink_ack *ack)
{
	if (step->kind == STEP_FORGET)
		return;
	if (ack->error && !(step->kind == STEP_REMOVE && was_gone(ack->error)))
		change_report_failed(work->report, step->path, -ack->error, step->what, ack->text);
	else if (!ack->error && step->kind != STEP_QUIET)
		change_report_changed(work->report, step->path, "%s", step->what);
}

void network_flush(struct network_work *work)
{
	size_t count = work->out.count;
	int r = count ? netlink_run(&work->nl, &work->out, work->ack) : 0;

	for (size_t i = 0; i < count; i++) {
		/* The kernel sent no acknowledgement: netlink_run() failed, and its errno is the reason. */
		if (r < 0 && (work->out.failed || work->ack[i].error == -ECANCELED))
			work->ack[i] = (struct netlink_ack){ .error = r };
		tell(work, &work->step[i], &work->ack[i]);
	}
	work->out = (struct netlink_out)NETLINK_OUT(work->buffer);
}

void network_fail(struct network_work *work, size_t i, const char *key, int error_number, const char *what)
{
	char path[CHANGE_REPORT_PATH_SIZE];

	interface_path(path, i, key);
	change_report_failed(work->report, path, error_number, what, "");
}

int network_interface_of(const struct network_work *work, int index)
{
	for (size_t i = 0; index && i < work->interfaces->count; i++)
		if (work->index[i] == index)
			return (int)i;
	return -1;
}
