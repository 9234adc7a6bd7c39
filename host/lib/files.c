/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the calls on files without a stream. Never: keeps state between two calls. */
#include <string.h>

#include "host/lib/conn.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_name.h"

static enum pith_code ask_state(struct pith_conn *conn, const char *op, struct file_request *request,
				struct pith_file *ret, struct pith_error *err)
{
	struct json *answer;
	enum pith_code code = file_request_ask(conn, op, request, &answer, err);

	if (code != PITH_OK)
		return code;
	if (!file_state_read(answer, ret))
		code = file_tell_bad_state(conn, err);
	json_free(answer);
	return code;
}

enum pith_code pith_file_stat(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      enum pith_links links, struct pith_file *ret, struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_flag(&request, "follow", links == PITH_LINKS_FOLLOW);
	return ask_state(conn, "file_stat", &request, ret, err);
}

enum pith_code pith_dir_make(struct pith_conn *conn, const struct pith_where *where, const char *path,
			     const struct pith_make_options *options, bool *ret_created, struct pith_error *err)
{
	struct file_request request;
	struct json *answer;
	enum pith_code code;

	file_request_init(&request, where, path);
	if (options && options->has_mode)
		file_request_integer(&request, "mode", options->mode);
	file_request_flag(&request, "parents", options && options->parents);
	code = file_request_ask(conn, "dir_make", &request, &answer, err);
	if (code != PITH_OK)
		return code;
	if (ret_created)
		*ret_created = json_get_bool(answer, "created");
	json_free(answer);
	return PITH_OK;
}

enum pith_code pith_remove(struct pith_conn *conn, const struct pith_where *where, const char *path,
			   enum pith_remove_how how, struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_flag(&request, "recursive", how == PITH_REMOVE_TREE);
	return file_request_ask(conn, "remove", &request, NULL, err);
}

enum pith_code pith_rename(struct pith_conn *conn, const struct pith_where *where, const char *path, const char *to,
			   enum pith_rename_how how, struct pith_error *err)
{
	static const char *const names[] = {
		[PITH_RENAME_REPLACE] = "replace",
		[PITH_RENAME_NO_REPLACE] = "no_replace",
		[PITH_RENAME_EXCHANGE] = "exchange",
	};
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_name(&request, "to", to);
	file_request_text(&request, "how", names[how]);
	return file_request_ask(conn, "rename", &request, NULL, err);
}

enum pith_code pith_copy(struct pith_conn *conn, const struct pith_where *where, const char *path, const char *to,
			 struct pith_file *ret, struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_name(&request, "to", to);
	return ask_state(conn, "copy", &request, ret, err);
}

enum pith_code pith_link(struct pith_conn *conn, const struct pith_where *where, const char *path, const char *to,
			 struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_name(&request, "to", to);
	return file_request_ask(conn, "link", &request, NULL, err);
}

enum pith_code pith_symlink(struct pith_conn *conn, const struct pith_where *where, const char *target,
			    const char *path, struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_name(&request, "target", target);
	return file_request_ask(conn, "symlink", &request, NULL, err);
}

enum pith_code pith_readlink(struct pith_conn *conn, const struct pith_where *where, const char *path,
			     char ret_target[PITH_PATH_SIZE], struct pith_error *err)
{
	struct file_request request;
	struct json *answer;
	enum pith_code code;

	file_request_init(&request, where, path);
	code = file_request_ask(conn, "readlink", &request, &answer, err);
	if (code != PITH_OK)
		return code;
	if (!file_name_decode(json_get_string(answer, "target"), ret_target, PITH_PATH_SIZE))
		code = conn_tell_bad_reply(conn, "the target of a link that is no name", err);
	json_free(answer);
	return code;
}

enum pith_code pith_set_attributes(struct pith_conn *conn, const struct pith_where *where, const char *path,
				   enum pith_links links, const struct pith_attributes *attributes,
				   struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_flag(&request, "follow", links == PITH_LINKS_FOLLOW);
	if (attributes->has_mode)
		file_request_integer(&request, "mode", attributes->mode);
	file_request_text(&request, "owner", attributes->owner);
	if (attributes->has_mtime)
		file_request_integer(&request, "mtime_us", attributes->mtime_us);
	return file_request_ask(conn, "set_attributes", &request, NULL, err);
}

enum pith_code pith_disk_usage(struct pith_conn *conn, const struct pith_where *where, const char *path,
			       struct pith_usage *ret, struct pith_error *err)
{
	const struct json *filesystem, *tree;
	struct file_request request;
	struct json *answer;
	enum pith_code code;

	file_request_init(&request, where, path);
	file_request_flag(&request, "tree", true);
	code = file_request_ask(conn, "disk_usage", &request, &answer, err);
	if (code != PITH_OK)
		return code;
	filesystem = json_get_object(answer, "filesystem");
	tree = json_get_object(answer, "tree");
	*ret = (struct pith_usage){
		.total_bytes = json_get_count(filesystem, "total_bytes", 0),
		.free_bytes = json_get_count(filesystem, "free_bytes", 0),
		.available_bytes = json_get_count(filesystem, "available_bytes", 0),
		.entries = json_get_count(tree, "entries", 0),
		.directories = json_get_count(tree, "directories", 0),
		.apparent_bytes = json_get_count(tree, "apparent_bytes", 0),
		.allocated_bytes = json_get_count(tree, "allocated_bytes", 0),
		.skipped = json_get_count(tree, "skipped", 0),
	};
	json_free(answer);
	return PITH_OK;
}

enum pith_code pith_file_hash(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      char ret_sha256[65], struct pith_error *err)
{
	struct file_request request;
	struct json *answer;
	const char *text;
	enum pith_code code;

	file_request_init(&request, where, path);
	code = file_request_ask(conn, "file_hash", &request, &answer, err);
	if (code != PITH_OK)
		return code;
	text = json_get_string(answer, "sha256");
	if (text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64)
		memcpy(ret_sha256, text, 65);
	else
		code = conn_tell_bad_reply(conn, "a hash that is none", err);
	json_free(answer);
	return code;
}
