/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests mount, unmount and mounts. Never: makes a call that may hang outside of a job. */
#include "agent/mounts/mount_table.h"
#include "agent/mounts/mounting.h"
#include "agent/protocol/config.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/server/job_op.h"

enum handled handle_mount(struct conn *c, const struct request_mount *request, struct reply *reply)
{
	struct config_mount wish;
	const char *problem, *key;
	struct job_op_spec spec = { .job = { .name = "mount", .run = mounting_run, .arg = &wish } };

	if (!schema_decode(request->f_mount, &config_tables[CONFIG_mount], "mount", &wish, reply))
		return HANDLED_NOW;
	problem = mounting_check(&wish, &key);
	if (problem) {
		reply_fail_field(reply, "mount", "mount.%s: %s", key, problem);
		return HANDLED_NOW;
	}
	spec.job.timeout_ms = mounting_timeout_ms(&wish);
	return job_op_start(c, &spec, reply);
}

enum handled handle_unmount(struct conn *c, const struct request_unmount *request, struct reply *reply)
{
	struct unmounting wish = { request->f_target, request->f_lazy };
	const char *problem = mounting_check_target(request->f_target);
	struct job_op_spec spec = {
		.job = { .name = "unmount", .run = unmounting_run, .arg = &wish, .timeout_ms = request->f_timeout_ms },
	};

	if (problem) {
		reply_fail_field(reply, "target", "target: %s", problem);
		return HANDLED_NOW;
	}
	return job_op_start(c, &spec, reply);
}

/* Leaves room for one more mount of the longest line that mount_table.c reads, where a byte may take six in JSON. */
#define PAGE_BYTES (128u << 10)

struct page {
	struct buf *b;
	uint64_t skip, end, count;
	bool more;
};

static bool write_mount(const struct mountinfo *mount, void *data)
{
	struct page *page = data;

	if (page->count < page->skip) {
		page->count++;
		return true;
	}
	page->more = page->count == page->end || page->b->len > PAGE_BYTES;
	if (page->more)
		return false;
	page->count++;
	jsonw_object(page->b, NULL);
	file_write_name(page->b, "target", mount->path);
	jsonw_string(page->b, "type", mount->type);
	file_write_name(page->b, "source", mount->source);
	file_write_name(page->b, "root", mount->root);
	jsonw_string(page->b, "options", mount->options);
	jsonw_string(page->b, "super_options", mount->super);
	jsonw_object_end(page->b);
	return true;
}

/* Runs in the agent: the kernel makes the table from memory, without a file system. */
enum handled handle_mounts(struct conn *c, const struct request_mounts *request, struct reply *reply)
{
	struct page page = { .b = reply->result, .skip = request->f_after, .end = request->f_after + request->f_max };
	int r;

	(void)c;
	jsonw_array(reply->result, "mounts");
	r = mount_table_each(write_mount, &page);
	jsonw_array_end(reply->result);
	if (r < 0)
		reply_fail_errno(reply, -r, "/proc/self/mountinfo");
	else if (page.more)
		jsonw_count(reply->result, "after", page.count);
	return HANDLED_NOW;
}
