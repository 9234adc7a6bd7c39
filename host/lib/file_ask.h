/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls on files have in common: the members every request has, and the state of a file in an answer. */
#pragma once

#include "host/include/pith_files.h"
#include "host/lib/json.h"

/* A request of one path. complete turns false where memory is short; adding goes on doing nothing then. */
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

/* Asks and waits. Ends the request. ret may be NULL, else the caller frees *ret. */
enum pith_code file_request_ask(struct pith_conn *conn, const char *op, struct file_request *request, struct json **ret,
				struct pith_error *err);

/* Queues it, for those that stream. Ends the request. */
enum pith_code file_request_queue(struct pith_conn *conn, const char *op, struct file_request *request,
				  struct pith_error *err);

/* False where a member is missing or out of range. */
bool file_state_read(const struct json *json, struct pith_file *ret);

enum pith_code file_tell_bad_state(struct pith_conn *conn, struct pith_error *err);

/* A turn of the connection for those that stream; writes the sentence for what ends it. */
struct pollfd;
enum pith_code file_turn(struct pith_conn *conn, struct pollfd *fds, unsigned count, int64_t deadline, const char *op,
			 struct pith_error *err);
