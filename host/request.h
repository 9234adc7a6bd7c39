/* SPDX-License-Identifier: Apache-2.0 */
/* One question and one answer, for those that read the answer's members. */
#pragma once

#include "json.h"
#include "pith.h"

/* fields is consumed. The caller frees *ret. */
enum pith_code request_ask(struct pith_conn *conn, const char *op, struct json *fields, int64_t timeout_ms,
			   struct json **ret, struct pith_error *err);
