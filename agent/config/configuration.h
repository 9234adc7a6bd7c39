/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration in three layers, of which a later one wins: the image's file, the kernel's command line, the host's
 * requests. Each layer is kept as JSON text, and the values that the agent uses are kept decoded. The layers outlive
 * the agent in the fd store.
 */
#pragma once

#include <stdbool.h>

#include "agent/config/entrypoint.h"
#include "common/buf.h"

struct agent;
struct cJSON;
struct config_config;
struct reply;

#define CONFIG_IMAGE_PATH "/etc/pith.json"
#define CONFIG_USER_SIZE 129
#define CONFIG_WORKDIR_SIZE 4096
#define CONFIG_TOKEN_SIZE 257
#define CONFIG_PROBLEM_SIZE 256

enum config_layer { LAYER_IMAGE, LAYER_COMMAND_LINE, LAYER_HOST, LAYERS };

struct configuration {
	struct buf layers[LAYERS];	/* documents; empty: the layer has none */
	struct buf effective;
	/* From the merged document: */
	struct buf env;				/* NAME=VALUE strings, each with its NUL */
	char user[CONFIG_USER_SIZE];		/* "" for none */
	char workdir[CONFIG_WORKDIR_SIZE];
	char token[CONFIG_TOKEN_SIZE];		/* asked of connections from outside; "" for none */
	char problem[CONFIG_PROBLEM_SIZE];	/* why a layer of the image or of the command line was refused */
	bool image_refused;			/* the image's layer was refused, so the user of its programs is unknown */
	bool restored;				/* from the fd store: the predecessor has done the steps */
};

struct config_run;

struct config {
	struct agent *agent;
	struct configuration configuration;
	struct entrypoint entrypoint;
	struct config_run *runs;	/* the current run, then the waiting ones */
	struct buf steps;		/* results of the steps at boot: items of JSON */
};

/* Makes agent->config, with nothing in it. */
void configure_init(struct agent *agent);

/* Restores the predecessor's configuration. At the agent's start, before fdstore_settle(). */
void configuration_restore(struct agent *agent);

/* Writes the state to the fd store, after each change. */
void configuration_keep(struct agent *agent);

/* Reads the image's file and the command line, unless a configuration was restored. Errors there are logged, and the layer left out. */
void configuration_init(struct agent *agent);

/*
 * Adds a document to the host's layer, or (replace) puts it in the layer's place. *todo gets the document of steps to
 * do: the document's keys, with the merged value of hosts. False: *error has the reason, and nothing has changed.
 */
bool configuration_take(struct agent *agent, const struct cJSON *document, bool replace, struct buf *todo, struct reply *error);

/* Decodes the merged document into the JSON arena. False: there is none, or no memory. */
bool configuration_decode(const struct buf *text, struct config_config *ret);

/* Writes the members "configuration" and "sources", with secrets hidden, "left_out" and "problem". */
void configuration_write(const struct agent *agent, struct buf *b);

/* True: the image's layer was refused and no other layer names a user, so the user of programs is unknown. */
bool configuration_lacks_user(const struct agent *agent);

/* Decodes a document into the JSON arena. False: *error has the reason. */
bool config_decode(const struct buf *text, struct config_config *ret, struct reply *error);

/* Checks a document by its rows and by config_check(). False: *error has the reason. */
bool config_check_document(const struct buf *text, struct reply *error);

/* Checks a decoded document beyond its rows. False: *error names the key. Pure. */
bool config_check(const struct config_config *config, struct reply *error);
