/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the calls about the guest as a whole. Never: passes on control characters in a text of the guest. */
#include "host/lib/guest.h"

#include "host/lib/error.h"
#include "host/lib/request.h"

static void read_info(const struct json *answer, struct pith_info *info)
{
	const struct json *kernel = json_get_object(answer, "kernel");
	const struct json *memory = json_get_object(answer, "memory");
	const struct json *agent = json_get_object(answer, "agent");

	text_copy_printable(info->version, sizeof(info->version), json_get_string(answer, "pith"));
	text_copy_printable(info->boot_id, sizeof(info->boot_id), json_get_string(answer, "boot_id"));
	text_copy_printable(info->generation, sizeof(info->generation), json_get_string(answer, "generation"));
	text_copy_printable(info->hostname, sizeof(info->hostname), json_get_string(answer, "hostname"));
	text_copy_printable(info->kernel_release, sizeof(info->kernel_release), json_get_string(kernel, "release"));
	text_copy_printable(info->kernel_version, sizeof(info->kernel_version), json_get_string(kernel, "version"));
	text_copy_printable(info->machine, sizeof(info->machine), json_get_string(kernel, "machine"));
	info->uptime_us = json_get_count(answer, "uptime_us", 0);
	info->cpus = json_get_count(answer, "cpus", 0);
	info->memory_total_bytes = json_get_count(memory, "total_bytes", 0);
	info->memory_available_bytes = json_get_count(memory, "available_bytes", 0);
	info->agent_starts = json_get_count(agent, "starts", 0);
	info->agent_memory_bytes = json_get_count(agent, "memory_bytes", 0);
	info->agent_connections = json_get_count(agent, "connections", 0);
	info->agent_requests = json_get_count(agent, "requests", 0);
	info->execs_running = json_get_count(agent, "execs_running", 0);
	info->execs_total = json_get_count(agent, "execs_total", 0);
	text_copy_printable(info->root_failed, sizeof(info->root_failed), json_get_string(answer, "root_failed"));
	info->boot_step_count = guest_read_boot(answer, info->boot);
}

size_t guest_read_boot(const struct json *object, struct pith_boot_step boot[PITH_BOOT_STEPS_MAX])
{
	const struct json *item = json_first_item(object, "boot");
	size_t count = 0;

	for (; item && count < PITH_BOOT_STEPS_MAX; item = json_next_item(item)) {
		struct pith_boot_step *step = &boot[count];

		text_copy_printable(step->name, sizeof(step->name), json_get_string(item, "step"));
		step->at_us = json_get_count(item, "at_us", 0);
		if (step->name[0])
			count++;
	}
	return count;
}

enum pith_code pith_info(struct pith_conn *conn, int64_t timeout_ms, struct pith_info *ret, struct pith_error *err)
{
	struct json *answer = NULL;
	enum pith_code code = request_ask(conn, "info", NULL, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	*ret = (struct pith_info){ .boot_step_count = 0 };
	read_info(answer, ret);
	json_free(answer);
	return PITH_OK;
}

enum pith_code pith_power(struct pith_conn *conn, enum pith_power what, int64_t grace_ms, int64_t timeout_ms,
			  struct pith_error *err)
{
	static const char *const ops[] = {
		[PITH_POWER_OFF] = "poweroff",
		[PITH_POWER_REBOOT] = "reboot",
		[PITH_POWER_HALT] = "halt",
	};
	struct json *fields = json_new_object();
	bool complete = fields && (grace_ms < 0 || json_add_integer(fields, "grace_ms", grace_ms));

	return request_ask_complete(conn, ops[what], fields, complete, timeout_ms, NULL, err);
}
