/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of an image that another version of pith may have written: what no row has is left out by name, all else is taken.
 *
 * What is kept as the image's layer is what was taken, with a member that no row has either, so that merging drops it and the agent
 * that comes after a crash finds it again:
 *
 *	"left_out": ["ports", …]	paths of keys, the first CONFIG_LEFT_OUT_MAX of them
 *	"refused": "why"		nothing was taken
 */
#pragma once

#include "common/buf.h"

struct cJSON;

#define CONFIG_LEFT_OUT_MAX 16	/* keys that are told by name, each of them a line on the console */

/* Makes *layer that of the file: empty where there is no file. What is left out is a line on the console, and so is a refusal. */
void config_image_read(const char *path, struct buf *layer);

/* The layer of an image whose document was not taken. */
void config_image_refuse(struct buf *layer, const char *why);

/* Why the layer was not taken, or NULL. The text has the life of the tree. */
const char *config_image_refused(const struct cJSON *layer);

/* The member "left_out" of an answer; nothing if there is none. */
void config_image_write(const struct cJSON *layer, struct buf *b);
