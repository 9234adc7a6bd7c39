/* SPDX-License-Identifier: Apache-2.0 */
/* Merges the configuration's layers into one document. Pure but for the JSON arena. */
#pragma once

#include <stdbool.h>

#include "common/buf.h"

struct cJSON;

/*
 * layers is an array of documents that the rows of config have decoded; a later layer wins. Writes the merged document
 * to *out: members of an object of strings (env) merge by name, items of a list of objects (mounts) by the first key of
 * their rows, and any other value is replaced as a whole.
 *
 * names (may be NULL) are the names of the layers. With names, secrets are hidden (values of env and the token read
 * "set"), and *sources gets a document of the same shape that has the layer's name instead of each value.
 */
void config_merge(const struct cJSON *layers, struct buf *out, const char *const *names, struct buf *sources);
