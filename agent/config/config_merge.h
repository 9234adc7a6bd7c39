/* SPDX-License-Identifier: Apache-2.0 */
/* Several documents become one. Pure but for the JSON arena. */
#pragma once

#include <stdbool.h>

#include "common/buf.h"

struct cJSON;

/*
 * layers is an array of documents, all of them decoded by the rows of config once; a later one wins. Writes what comes of it to *out:
 * members of objects of strings (env) go by their names, items of lists of objects (mounts) by the first key of their rows, all else is
 * replaced as a whole.
 *
 * names (may be NULL) is what the layers are called: then secrets are hidden (values of env and the token are "set"), and *sources gets
 * the same shape with the name of the layer in the place of each value.
 */
void config_merge(const struct cJSON *layers, struct buf *out, const char *const *names, struct buf *sources);
