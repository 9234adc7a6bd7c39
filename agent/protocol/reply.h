/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one answer that a request gets. Handlers fill it and return; only the dispatcher sends it.
 */
#pragma once

#include <stdbool.h>

#include "common/buf.h"
#include "common/frame.h"

enum error_code {
#define ERROR_CODE(name, wire) ERROR_##name,
#include "agent/protocol/errors.def"
#undef ERROR_CODE
};

#define REPLY_MESSAGE_SIZE 256

struct reply {
	struct buf *result;	/* where a result is written: the dispatcher's buffer, an object is already open */
	bool failed;
	enum error_code code;
	const char *op;			/* static storage or NULL, as field */
	const char *field;
	const char *step;		/* which of several failed */
	int error_number;		/* 0 or an errno */
	char message[REPLY_MESSAGE_SIZE];
};

/* Empties both, and opens the object that a result is. */
void reply_begin(struct reply *reply, struct buf *result);

/* Closes it: reply->result is then the payload of the frame whose type is returned, R or E. A result that did not fit is an E. */
enum frame_type reply_end(struct reply *reply);

/* The result cannot be sent: too large, or no memory. */
void reply_fail_result(struct reply *reply);

/* Writes the result of ping, which a worker answers too. */
void reply_write_ping(struct reply *reply, const char *generation);

/* Makes it an error, the text as by printf, cut at REPLY_MESSAGE_SIZE. Returns false, for `return reply_fail(…)`. */
bool reply_fail(struct reply *reply, enum error_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, naming the field at fault. */
bool reply_fail_field(struct reply *reply, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a system call that failed with error_number; what says what it was to do. The code follows from the errno. */
bool reply_fail_errno(struct reply *reply, int error_number, const char *what);

/* The same for a path that could not be worked on; r is -errno as path.h gives it. */
bool reply_fail_path(struct reply *reply, int r, const char *field);

/* "ENOENT"; "EUNKNOWN" for a number that has no name here. */
const char *errno_name(int error_number);

/* Writes the JSON of a failed reply, in place of what was in out. */
void reply_write_error(const struct reply *reply, struct buf *out);
