/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the common part of requests and replies about files.
 *
 * Never: takes a number from the guest without a check of its range.
 */
#include "host/lib/file_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "host/lib/conn.h"
#include "host/lib/error.h"
#include "host/lib/file_name.h"
#include "host/lib/request.h"

void file_request_name(struct file_request *request, const char *key, const char *name)
{
	char *text = file_name_encode(name);

	request->complete = request->complete && text && json_add_string(request->fields, key, text);
	free(text);
}

void file_request_text(struct file_request *request, const char *key, const char *text)
{
	if (text)
		request->complete = request->complete && json_add_string(request->fields, key, text);
}

void file_request_flag(struct file_request *request, const char *key, bool value)
{
	request->complete = request->complete && json_add_bool(request->fields, key, value);
}

void file_request_integer(struct file_request *request, const char *key, int64_t value)
{
	request->complete = request->complete && json_add_integer(request->fields, key, value);
}

void file_request_init(struct file_request *request, const struct pith_where *where, const char *path)
{
	*request = (struct file_request){ .fields = json_new_object(), .timeout_ms = PITH_FOREVER };
	request->complete = request->fields != NULL;
	if (path)
		file_request_name(request, "path", path);
	if (!where)
		return;
	request->timeout_ms = where->timeout_ms;
	if (where->root)
		file_request_name(request, "root", where->root);
	file_request_text(request, "user", where->user);
}

enum pith_code file_request_ask(struct pith_conn *conn, const char *op, struct file_request *request, struct json **ret,
				struct pith_error *err)
{
	return request_ask_complete(conn, op, request->fields, request->complete, request->timeout_ms, ret, err);
}

enum pith_code file_request_queue(struct pith_conn *conn, const char *op, struct file_request *request,
				  struct pith_error *err)
{
	enum pith_code code = request->complete ? conn_check_usable(conn, err) : error_set_no_memory(err);

	if (code == PITH_OK)
		return conn_queue_request(conn, op, request->fields, err);
	json_free(request->fields);
	return code;
}

static enum pith_file_type type_of(const char *name)
{
	static const struct {
		const char *name;
		enum pith_file_type type;
	} types[] = {
		{ "file", PITH_FILE_REGULAR },	{ "directory", PITH_FILE_DIRECTORY }, { "symlink", PITH_FILE_SYMLINK },
		{ "fifo", PITH_FILE_FIFO },	{ "socket", PITH_FILE_SOCKET },	      { "block", PITH_FILE_BLOCK },
		{ "char", PITH_FILE_CHAR },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	}
	return PITH_FILE_OTHER;
}

bool file_state_read(const struct json *json, struct pith_file *ret)
{
	const char *type = json_get_string(json, "type");
	uint64_t mode = json_get_count(json, "mode", UINT64_MAX);
	uint64_t uid = json_get_count(json, "uid", UINT64_MAX);
	uint64_t gid = json_get_count(json, "gid", UINT64_MAX);

	if (!type || mode > 07777 || uid > UINT32_MAX || gid > UINT32_MAX)
		return false;
	*ret = (struct pith_file){
		.type = type_of(type),
		.size_bytes = json_get_count(json, "size_bytes", UINT64_MAX),
		.allocated_bytes = json_get_count(json, "allocated_bytes", 0),
		.mode = (uint32_t)mode,
		.uid = (uint32_t)uid,
		.gid = (uint32_t)gid,
		.links = json_get_count(json, "links", 0),
		.mtime_us = json_get_integer(json, "mtime_us", INT64_MIN),
		.ctime_us = json_get_integer(json, "ctime_us", 0),
	};
	text_copy_printable(ret->version, sizeof(ret->version), json_get_string(json, "version"));
	return ret->size_bytes != UINT64_MAX && ret->mtime_us != INT64_MIN;
}

enum pith_code file_tell_bad_state(struct pith_conn *conn, struct pith_error *err)
{
	return conn_tell_bad_reply(conn, "the state of a file that lacks a member, or has one out of range", err);
}

enum pith_code file_turn(struct pith_conn *conn, struct pollfd *fds, unsigned count, int64_t deadline, const char *op,
			 struct pith_error *err)
{
	enum pith_code code;

	if (conn->eof)
		return conn_tell_lost(conn, op, err);
	code = conn_turn(conn, fds, count, CONN_WANT_INPUT, deadline);
	if (code == PITH_OK)
		return code;
	conn->unusable = true;
	if (code == PITH_DEADLINE)
		return error_set(err, code, "%s: '%s' has stood still for too long", conn->name, op);
	return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot wait", conn->name);
}
