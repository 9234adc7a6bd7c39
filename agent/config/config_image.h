/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of an image, which another version of pith may have written: keys that no row has are left out and
 * reported, all others are taken.
 *
 * The pruned document is kept as the image's layer, with one of two members that no row has either: merging drops this
 * member, and the next agent finds it after a crash.
 *
 *	"left_out": ["ports", …]	paths of keys, the first CONFIG_LEFT_OUT_MAX of them
 *	"refused": "why"		the whole document was refused
 */
#pragma once

#include "common/buf.h"

struct cJSON;

#define CONFIG_LEFT_OUT_MAX 16	/* keys that are reported by name, one log line each */

/* Sets *layer to the pruned document; empty if the file is missing. Keys that are left out, and a refusal, are logged. */
void config_image_read(const char *path, struct buf *layer);

/* Sets *layer to that of a refused document. */
void config_image_refuse(struct buf *layer, const char *why);

/* The reason of a refused layer, or NULL. The string lives as long as the tree. */
const char *config_image_refused(const struct cJSON *layer);

/* Writes the member "left_out" of a reply, if there is one. */
void config_image_write(const struct cJSON *layer, struct buf *b);
