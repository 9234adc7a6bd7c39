/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON form of an exec: its requests and its record. */
#pragma once

#include "host/include/pith.h"
#include "host/lib/json.h"

/* Make requests. The caller frees *ret of all three. */
enum pith_code exec_request_json(const struct pith_exec_options *options, struct json **ret, struct pith_error *err);

enum pith_code attach_request_json(const struct pith_attach_options *options, struct json **ret,
				   struct pith_error *err);
enum pith_code id_request_json(const char *id, struct json **ret, struct pith_error *err);

/* False if json is not a record: the cause is missing, or a number is out of range. */
bool exec_record_read(const struct json *json, struct pith_exit_record *ret);
