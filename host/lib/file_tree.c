/* SPDX-License-Identifier: Apache-2.0 */
/* Owns tree_export and tree_import: their fields and their replies. Never: reads the archive. */
#include <stdlib.h>

#include "host/lib/conn.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_name.h"
#include "host/lib/file_stream.h"

static void add_patterns(struct file_request *request, const char *key, const char *const *patterns)
{
	if (patterns && patterns[0])
		request->complete = request->complete && json_add_strings(request->fields, key, patterns);
}

/* Encoded as names, because paths are bytes; patterns are text. */
static void add_paths(struct file_request *request, const char *const *paths)
{
	size_t count = 0, done = 0;
	char **texts;

	while (paths && paths[count])
		count++;
	if (!paths)
		return;
	texts = calloc(count + 1, sizeof(*texts));
	for (; texts && done < count; done++) {
		texts[done] = file_name_encode(paths[done]);
		if (!texts[done])
			break;
	}
	request->complete = request->complete && texts && done == count &&
			    json_add_strings(request->fields, "paths", (const char *const *)texts);
	for (size_t i = 0; i < done; i++)
		free(texts[i]);
	free(texts);
}

enum pith_code pith_tree_export(struct pith_conn *conn, const struct pith_where *where, const char *path,
				const struct pith_export_options *options, struct pith_tree_counts *ret,
				struct pith_error *err)
{
	struct file_stream stream = { .conn = conn, .op = "tree_export" };
	struct file_request request;
	struct json *answer;
	uint64_t received;
	enum pith_code code;
	bool ended;

	file_request_init(&request, where, path);
	add_patterns(&request, "include", options->include);
	add_patterns(&request, "exclude", options->exclude);
	add_paths(&request, options->paths);
	file_request_flag(&request, "itself", options->itself);
	file_request_flag(&request, "xattrs", options->xattrs);
	file_request_flag(&request, "allow_devices", options->devices);
	file_request_flag(&request, "changes", options->changes);
	stream.timeout_ms = request.timeout_ms;
	code = file_request_queue(conn, "tree_export", &request, err);
	if (code == PITH_OK)
		code = file_stream_down(&stream, &options->output, &answer, &received, &ended, err);
	if (code != PITH_OK)
		return code;
	*ret = (struct pith_tree_counts){
		.entries = json_get_count(answer, "entries", 0),
		.file_bytes = json_get_count(answer, "file_bytes", 0),
		.skipped = json_get_count(answer, "skipped", 0),
		.changed = json_get_count(answer, "changed", 0),
	};
	json_free(answer);
	return ended ? PITH_OK : conn_tell_bad_reply(conn, "an archive without an end", err);
}

enum pith_code pith_tree_import(struct pith_conn *conn, const struct pith_where *where, const char *path,
				const struct pith_import_options *options, struct pith_tree_counts *ret,
				struct pith_error *err)
{
	struct file_stream stream = { .conn = conn, .op = "tree_import" };
	struct file_request request;
	struct json *answer;
	enum pith_code code;

	file_request_init(&request, where, path);
	file_request_flag(&request, "parents", options->parents);
	file_request_flag(&request, "itself", options->itself);
	add_patterns(&request, "include", options->include);
	add_patterns(&request, "exclude", options->exclude);
	file_request_text(&request, "owner", options->owner);
	file_request_flag(&request, "keep_owner", options->keep_owner);
	file_request_flag(&request, "xattrs", options->xattrs);
	file_request_flag(&request, "allow_devices", options->devices);
	file_request_flag(&request, "whiteouts", options->whiteouts);
	file_request_flag(&request, "delete_extra", options->delete_extra);
	stream.timeout_ms = request.timeout_ms;
	code = file_request_queue(conn, "tree_import", &request, err);
	if (code == PITH_OK)
		code = file_stream_up(&stream, &options->input, &answer, err);
	if (code != PITH_OK)
		return code;
	*ret = (struct pith_tree_counts){
		.entries = json_get_count(answer, "entries", 0),
		.file_bytes = json_get_count(answer, "file_bytes", 0),
		.skipped = json_get_count(answer, "skipped", 0),
		.deleted = json_get_count(answer, "deleted", 0),
	};
	json_free(answer);
	return PITH_OK;
}
