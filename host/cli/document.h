/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents for the guest, and texts of its replies. */
#pragma once

#include "host/lib/json.h"

#define DOCUMENT_SHOWN 256	/* bytes of a text of the guest; longer texts are cut */

/* The text of a file, or of stdin for "-", checked to be a JSON object; the caller frees it. NULL after an error message. */
char *document_read(const char *path);

/* Copies a member to text, without control characters; "" if the member is missing. Returns text. */
const char *document_shown(const struct json *object, const char *name, char text[DOCUMENT_SHOWN]);
