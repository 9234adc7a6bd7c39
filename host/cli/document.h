/* SPDX-License-Identifier: Apache-2.0 */
/* Documents on their way to the guest, and what it says of them. */
#pragma once

#include "host/lib/json.h"

#define DOCUMENT_SHOWN 256	/* bytes of a text of the guest; longer ones are cut */

/* The text of a file, or of stdin for "-", which is a JSON object; the caller frees it. NULL with a sentence. */
char *document_read(const char *path);

/* A member as text that is fit for a terminal; "" if it is not there. Returns text. */
const char *document_shown(const struct json *object, const char *name, char text[DOCUMENT_SHOWN]);
