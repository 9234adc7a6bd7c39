/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the calls on files: the members of every request, and the state of a file in a reply. */
#pragma once

#include "host/include/pith_files.h"
#include "host/lib/json.h"

/* A request about one path. complete becomes false without memory; later calls then add nothing. */
struct file_request {
	struct json *fields;
	bool complete;
	int64_t timeout_ms;
};

/* Begins it with path (NULL: none) and where. */
void file_request_init(struct file_request *request, const struct pith_where *where, const char *path);
void file_request_name(struct file_request *request, const char *key, const char *name);
void file_request_text(struct file_request *request, const char *key, const char *text);	/* NULL: not added */
void file_request_flag(struct file_request *request, const char *key, bool value);
void file_request_integer(struct file_request *request, const char *key, int64_t value);

/* Sends the request, waits for the reply, and frees the request. ret may be NULL, else the caller frees *ret. */
enum pith_code file_request_ask(struct pith_conn *conn, const char *op, struct file_request *request, struct json **ret,
				struct pith_error *err);

/* Queues the request, for requests with a stream, and frees it. */
enum pith_code file_request_queue(struct pith_conn *conn, const char *op, struct file_request *request,
				  struct pith_error *err);

/* False if a member is missing or out of range. */
bool file_state_read(const struct json *json, struct pith_file *ret);

enum pith_code file_tell_bad_state(struct pith_conn *conn, struct pith_error *err);

/* One turn of the connection, for requests with a stream; writes the error message if the connection ends. */
struct pollfd;
enum pith_code file_turn(struct pith_conn *conn, struct pollfd *fds, unsigned count, int64_t deadline, const char *op,
			 struct pith_error *err);
