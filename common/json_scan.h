/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar check in front of cJSON, on both sides: pure, no allocation, no recursion. */
#pragma once

#include <stddef.h>

#define JSON_DEPTH 16

/*
 * NULL when text is one strict JSON value (RFC 8259, UTF-8 of RFC 3629, no \u0000, no unpaired surrogates, nesting at most
 * JSON_DEPTH); else the error, a sentence in static storage. Duplicate keys are not checked.
 */
const char *json_scan(const char *text, size_t len);
