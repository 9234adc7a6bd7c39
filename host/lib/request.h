/* SPDX-License-Identifier: Apache-2.0 */
/* A request without streams, for callers that read the reply's members. */
#pragma once

#include "host/include/pith.h"
#include "host/lib/json.h"

/* Consumes fields (NULL: no fields). The caller frees *ret; ret may be NULL. */
enum pith_code request_ask(struct pith_conn *conn, const char *op, struct json *fields, int64_t timeout_ms,
			   struct json **ret, struct pith_error *err);

/* As request_ask(); complete is false if fields lacks members for want of memory. */
enum pith_code request_ask_complete(struct pith_conn *conn, const char *op, struct json *fields, bool complete,
				    int64_t timeout_ms, struct json **ret, struct pith_error *err);
