/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one reply that a request gets, R or E. Handlers fill a struct reply and return; only server/dispatch.c and
 * workers send.
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
	struct buf *result;	/* buffer for a result: the dispatcher's; the result's object is open */
	bool failed;
	enum error_code code;
	const char *op;			/* static storage or NULL, as is field */
	const char *field;
	const char *step;		/* name of the failed step, if the request has several */
	int error_number;		/* 0 or an errno */
	char message[REPLY_MESSAGE_SIZE];
};

/* Empties reply and *result, and opens the object of the result. */
void reply_begin(struct reply *reply, struct buf *result);

/*
 * Closes the object. Returns the type of the frame, R or E, whose payload is reply->result. A result that did not fit
 * becomes an E.
 */
enum frame_type reply_end(struct reply *reply);

/* Makes the reply an error: the result is too large for a frame, or there is no memory for the result. */
void reply_fail_result(struct reply *reply);

/* Writes the result of ping, which a worker answers too. */
void reply_write_ping(struct reply *reply, const char *generation);

/*
 * Makes the reply an error with a message as by printf, cut at REPLY_MESSAGE_SIZE. Returns false, for `return
 * reply_fail(…)`.
 */
bool reply_fail(struct reply *reply, enum error_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As reply_fail(), and names the field at fault. */
bool reply_fail_field(struct reply *reply, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * As reply_fail(), for a system call that failed with error_number; `what` says what the call was to do. The code
 * follows from the errno.
 */
bool reply_fail_errno(struct reply *reply, int error_number, const char *what);

/* As reply_fail(), for an operation on the path in field; r is the -errno of path.h. */
bool reply_fail_path(struct reply *reply, int r, const char *field);

/* "ENOENT"; "EUNKNOWN" for a number without a name in the table. Static storage. */
const char *errno_name(int error_number);

/* Writes the JSON of a failed reply to out, whose content is replaced. */
void reply_write_error(const struct reply *reply, struct buf *out);
