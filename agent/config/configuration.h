/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guest is to be, in three layers of which the later wins: the image's file, the kernel's command line, the host's requests.
 * Each is kept as JSON text; what the agent itself lives by is kept beside it. Survives the agent in PID 1's store.
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
	struct buf layers[LAYERS];	/* documents; empty for none */
	struct buf effective;
	/* Of the effective one: */
	struct buf env;				/* NAME=VALUE strings, each with its NUL */
	char user[CONFIG_USER_SIZE];		/* "" for none */
	char workdir[CONFIG_WORKDIR_SIZE];
	char token[CONFIG_TOKEN_SIZE];		/* asked of callers from outside */
	char problem[CONFIG_PROBLEM_SIZE];	/* why the image's layer or that of the command line was not taken */
	bool image_refused;			/* it was the image's: whom it wanted programs to run as is not known */
	bool restored;				/* a predecessor has done what is in it */
};

struct config_run;

struct config {
	struct agent *agent;
	struct configuration configuration;
	struct entrypoint entrypoint;
	struct config_run *runs;	/* what is being done, then what waits for it */
	struct buf steps;		/* what became of the steps at boot: items of JSON */
};

/* Makes agent->config, with nothing in it. */
void configure_init(struct agent *agent);

/* At the agent's start, before fdstore_settle(): what a predecessor had. */
void configuration_restore(struct agent *agent);

/* What is to survive has changed. */
void configuration_keep(struct agent *agent);

/* If there was none: reads the image's file and the command line. What is wrong there is told and left out. */
void configuration_init(struct agent *agent);

/*
 * Takes a document of the host's, on top of its earlier ones or (replace) in their place. *todo is then the document of what has to be
 * done: its keys, with what the effective one says of hosts. False: *error says why, and nothing has changed.
 */
bool configuration_take(struct agent *agent, const struct cJSON *document, bool replace, struct buf *todo, struct reply *error);

/* The effective one, decoded in the JSON arena. False when there is none or no memory. */
bool configuration_decode(const struct buf *text, struct config_config *ret);

/* The members "configuration" and "sources", with secrets hidden, "left_out" and "problem". */
void configuration_write(const struct agent *agent, struct buf *b);

/* The user that programs run as is that of an image whose document was not taken: nobody knows it. */
bool configuration_lacks_user(const struct agent *agent);

/* Decodes a document, in the JSON arena. False: *error says why. */
bool config_decode(const struct buf *text, struct config_config *ret, struct reply *error);

/* Is it one, by its rows and by config_check()? False: *error says what is wrong with it. */
bool config_check_document(const struct buf *text, struct reply *error);

/* Can it be meant? False: *error names the key. Pure. */
bool config_check(const struct config_config *config, struct reply *error);
