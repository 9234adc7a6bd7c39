/* SPDX-License-Identifier: Apache-2.0 */
/* What an exec looks like on the wire: its request and its record. */
#pragma once

#include "json.h"
#include "pith.h"

/* The caller frees *ret. */
enum pith_code exec_request_json(const struct pith_exec_options *options, struct json **ret, struct pith_error *err);

/* False where it is no record: no cause, or a number out of range. */
bool exec_record_read(const struct json *json, struct pith_exit_record *ret);
