/* SPDX-License-Identifier: Apache-2.0 */
/* One question and one answer, for those that read the answer's members. */
#pragma once

#include "host/include/pith.h"
#include "host/lib/json.h"

/* fields is consumed; NULL: there are none. The caller frees *ret; ret may be NULL. */
enum pith_code request_ask(struct pith_conn *conn, const char *op, struct json *fields, int64_t timeout_ms,
			   struct json **ret, struct pith_error *err);

/* The same; complete: there was memory for all that fields was to have. */
enum pith_code request_ask_complete(struct pith_conn *conn, const char *op, struct json *fields, bool complete,
				    int64_t timeout_ms, struct json **ret, struct pith_error *err);
