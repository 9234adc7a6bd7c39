/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the layers of the configuration and the document merged from them.
 *
 * Never: acts on the document; configure.c does. Takes a document without a check, shows a secret.
 */
#include "agent/config/configuration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/config/config_image.h"
#include "agent/config/config_merge.h"
#include "agent/core/agent.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "agent/protocol/config.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "agent/server/server.h"
#include "agent/server/token.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/frame.h"
#include "common/io.h"
#include "common/lifeline.h"
#include "common/read_file.h"

#define STATE_HEAD "pith-config 1 "
/* Bytes of the line before the layers. */
#define STATE_LINE_SIZE 160

static const char *const layer_names[LAYERS] = { "image", "command_line", "host" };

/* Parses several documents into one tree, as there is only one JSON arena. */
static bool parse_list(const struct buf *const *texts, size_t count, const struct cJSON **ret, struct reply *error)
{
	struct buf list = BUF_INIT(LAYERS * FRAME_JSON_MAX + 16);
	const char *problem = "no memory";
	bool parsed = false;

	buf_append(&list, "[", 1);
	for (size_t i = 0; i < count; i++) {
		buf_append(&list, ",", i ? 1 : 0);
		buf_append(&list, texts[i]->len ? (const void *)texts[i]->data : "{}", texts[i]->len ? texts[i]->len : 2);
	}
	buf_append(&list, "]", 1);
	if (!list.failed)
		parsed = json_parse((const char *)list.data, list.len, ret, &problem);
	buf_deinit(&list);
	return parsed || reply_fail(error, ERROR_RESOURCE_EXHAUSTED, "the configuration: %s", problem);
}

static bool merge(const struct buf *const *texts, size_t count, struct buf *ret, struct reply *error)
{
	const struct cJSON *list = NULL;

	if (!parse_list(texts, count, &list, error))
		return false;
	*ret = BUF_INIT(FRAME_JSON_MAX);
	config_merge(list, ret, NULL, NULL);
	if (!ret->failed)
		return true;
	buf_deinit(ret);
	return reply_fail(error, ERROR_RESOURCE_EXHAUSTED, "the configuration is more than %u bytes", FRAME_JSON_MAX);
}

bool configuration_decode(const struct buf *text, struct config_config *ret)
{
	struct reply ignored = { 0 };

	return text->len && config_decode(text, ret, &ignored);
}

static void put_text(char *to, size_t size, const char *text)
{
	fmt_text(to, size, "%s", text ? text : "");
}

/* Copies the values that the agent itself uses. */
static void adopt(struct agent *agent, const struct config_config *config)
{
	struct configuration *c = &agent->config->configuration;

	buf_deinit(&c->env);
	c->env = BUF_INIT(FRAME_JSON_MAX);
	schema_append_env(&config->f_env, &c->env);
	if (c->env.failed)
		buf_deinit(&c->env);
	put_text(c->user, sizeof(c->user), config->f_user);
	put_text(c->workdir, sizeof(c->workdir), config->f_workdir);
	if (strcmp(c->token, config->f_token ? config->f_token : "") == 0)
		return;
	put_text(c->token, sizeof(c->token), config->f_token);
	token_changed(agent, c->token[0]);
}

/* Without the image's user, programs must not run as root: the image may have named another user. exec refuses instead. */
static void tell_execs(struct agent *agent)
{
	const struct configuration *c = &agent->config->configuration;

	agent->execs->defaults.unknown_user = c->image_refused && !c->user[0] ? c->problem : NULL;
}

/* Called for a restored layer too. */
static void note_refused(struct configuration *c, const struct buf *image)
{
	const struct buf *const one[] = { image };
	const struct cJSON *list = NULL;
	struct reply ignored = { 0 };
	const char *why = parse_list(one, 1, &list, &ignored) ? config_image_refused(json_first(list)) : NULL;

	c->image_refused = why != NULL;
	if (why)
		put_text(c->problem, sizeof(c->problem), why);
}

/* Takes ownership of the layers if the merged document passes all checks; frees the layers otherwise. */
static bool commit(struct agent *agent, struct buf layers[LAYERS], struct reply *error)
{
	static struct config_config config;
	struct configuration *c = &agent->config->configuration;
	const struct buf *const all[] = { &layers[0], &layers[1], &layers[2] };
	struct buf effective;

	if (!merge(all, LAYERS, &effective, error))
		return false;
	if (!config_decode(&effective, &config, error) || !config_check(&config, error)) {
		buf_deinit(&effective);
		return false;
	}
	adopt(agent, &config);
	buf_deinit(&c->effective);
	c->effective = effective;
	memcpy(c->layers, layers, sizeof(c->layers));
	note_refused(c, &layers[LAYER_IMAGE]);
	tell_execs(agent);
	return true;
}

/* The state is a line of numbers (lengths of the layers, then the entrypoint's) and then the layers. */
static int write_state(const struct agent *agent, int fd)
{
	const struct configuration *c = &agent->config->configuration;
	const struct entrypoint *main = &agent->config->entrypoint;
	char head[STATE_LINE_SIZE];
	size_t len = fmt_text(head, sizeof(head), STATE_HEAD "%zu %zu %zu %u %llu %llu %u\n", c->layers[0].len, c->layers[1].len,
			      c->layers[2].len, (unsigned int)main->state, (unsigned long long)main->starts,
			      (unsigned long long)main->failures, main->status);
	ssize_t n = io_write(fd, head, len);

	for (size_t i = 0; n >= 0 && i < LAYERS; i++)
		n = c->layers[i].len ? io_write(fd, c->layers[i].data, c->layers[i].len) : 0;
	return n < 0 ? (int)n : 0;
}

/* Writes a new memfd each time: a crash before fdstore_put() leaves the last state. */
void configuration_keep(struct agent *agent)
{
	_cleanup_close_ int fd = memfd_create("pith-config", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : write_state(agent, fd);

	if (r == 0)
		r = fdstore_put(agent, store_key(STORE_AGENT, STORE_CONFIG), 0, 0, &fd, 1);
	if (r < 0)
		log_line("the configuration is not kept for the next agent: %s", strerror(-r));
}

/* Reads numbers after blanks, up to the end of the line. */
static bool read_numbers(const char **at, uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *end;

		numbers[i] = strtoull(*at, &end, 10);
		if (end == *at)
			return false;
		*at = end;
	}
	return *(*at)++ == '\n';
}

static bool restore_layers(struct agent *agent, const char *text, size_t len)
{
	struct buf layers[LAYERS] = { BUF_INIT(FRAME_JSON_MAX), BUF_INIT(FRAME_JSON_MAX), BUF_INIT(FRAME_JSON_MAX) };
	struct entrypoint *main = &agent->config->entrypoint;
	struct reply error = { 0 };
	const char *at = text + strlen(STATE_HEAD);
	uint64_t numbers[LAYERS + 4];

	if (strncmp(text, STATE_HEAD, strlen(STATE_HEAD)) != 0 || !read_numbers(&at, numbers, ARRAY_SIZE(numbers)) ||
	    numbers[3] > ENTRYPOINT_OVER)
		return false;
	len -= (size_t)(at - text);
	for (size_t i = 0; i < LAYERS; at += numbers[i++]) {
		if (numbers[i] > len)
			break;
		buf_append(&layers[i], at, (size_t)numbers[i]);
		len -= (size_t)numbers[i];
	}
	if (len == 0 && commit(agent, layers, &error)) {
		main->state = (enum entrypoint_state)numbers[3];
		main->starts = numbers[4];
		main->failures = numbers[5];
		main->status = (unsigned int)numbers[6];
		return true;
	}
	for (size_t i = 0; i < LAYERS; i++)
		buf_deinit(&layers[i]);
	return false;
}

static void leave_out(struct configuration *c, struct buf *layer, const char *what, const char *problem)
{
	fmt_text(c->problem, sizeof(c->problem), "%s: %s", what, problem);
	log_line("%s", c->problem);
	buf_deinit(layer);
}

static void read_layers(struct agent *agent, const char *path)
{
	struct configuration *c = &agent->config->configuration;
	struct buf layers[LAYERS] = { BUF_INIT(FRAME_JSON_MAX), BUF_INIT(FRAME_JSON_MAX), BUF_INIT(FRAME_JSON_MAX) };
	const char *hostname = getenv(LIFELINE_ENV_HOSTNAME);
	struct reply error = { 0 };

	if (path)
		config_image_read(path, &layers[LAYER_IMAGE]);
	if (hostname) {
		jsonw_object(&layers[LAYER_COMMAND_LINE], NULL);
		jsonw_string(&layers[LAYER_COMMAND_LINE], "hostname", hostname);
		jsonw_object_end(&layers[LAYER_COMMAND_LINE]);
		if (!config_check_document(&layers[LAYER_COMMAND_LINE], &error))
			leave_out(c, &layers[LAYER_COMMAND_LINE], "pith.hostname", error.message);
	}
	if (commit(agent, layers, &error))
		return;
	leave_out(c, &layers[LAYER_COMMAND_LINE], path ? path : "the command line", error.message);
	/* Even without memory it must stay known that the image has a document, which may name a user. */
	c->image_refused = layers[LAYER_IMAGE].len > 0;
	if (c->image_refused)
		config_image_refuse(&layers[LAYER_IMAGE], c->problem);
	if (!commit(agent, layers, &error))
		buf_deinit(&layers[LAYER_IMAGE]);
	tell_execs(agent);
}

void configuration_restore(struct agent *agent)
{
	struct fdstore_entry *stored = fdstore_find(agent, store_key(STORE_AGENT, STORE_CONFIG));
	_cleanup_buf_ struct buf text = BUF_INIT(LAYERS * FRAME_JSON_MAX + STATE_LINE_SIZE + 1);

	if (!stored || stored->fd_count != 1)
		return;
	stored->taken = true;
	/* The agent that wrote the file left the offset at its end. */
	if (lseek(stored->fds[0], 0, SEEK_SET) == 0 && read_file(stored->fds[0], &text) == 0)
		buf_append(&text, "", 1);
	if (text.len && !text.failed && restore_layers(agent, (const char *)text.data, text.len - 1))
		agent->config->configuration.restored = true;
	else
		log_line("the kept configuration cannot be read");
}

void configuration_init(struct agent *agent)
{
	const char *path = getenv(LIFELINE_ENV_CONFIG);

	if (agent->config->configuration.restored)
		return;
	/* An agent started by hand reads only the named file: CONFIG_IMAGE_PATH is meant for guests. */
	if (!path && agent->lifeline >= 0)
		path = CONFIG_IMAGE_PATH;
	if (path && strcmp(path, "none") == 0)
		path = NULL;
	read_layers(agent, path);
	configuration_keep(agent);
}

bool configuration_lacks_user(const struct agent *agent)
{
	return agent->execs->defaults.unknown_user != NULL;
}

/* Writes the document's keys with its own values; of hosts the merged value, as the file is written as a whole. */
static bool make_todo(const struct buf *document, const struct buf *effective, struct buf *todo, struct reply *error)
{
	const struct buf *const both[] = { document, effective };
	const struct cJSON *list = NULL, *all;

	if (!parse_list(both, 2, &list, error))
		return false;
	all = json_next(json_first(list));
	*todo = BUF_INIT(FRAME_JSON_MAX);
	jsonw_object(todo, NULL);
	for (const struct cJSON *item = json_first(json_first(list)); item; item = json_next(item))
		json_write(todo, json_key(item), strcmp(json_key(item), "hosts") == 0 ? json_member(all, "hosts") : item);
	jsonw_object_end(todo);
	if (!todo->failed)
		return true;
	buf_deinit(todo);
	return reply_fail_errno(error, ENOMEM, "the configuration");
}

bool configuration_take(struct agent *agent, const struct cJSON *document, bool replace, struct buf *todo, struct reply *error)
{
	struct configuration *c = &agent->config->configuration;
	_cleanup_buf_ struct buf text = BUF_INIT(FRAME_JSON_MAX);
	struct buf layers[LAYERS], old_host = c->layers[LAYER_HOST];
	const struct buf *const both[] = { replace ? &text : &old_host, &text };
	static struct config_config config;

	if (!schema_decode(document, &config_tables[CONFIG_config], "", &config, error) || !config_check(&config, error))
		return false;
	json_write(&text, NULL, document);
	if (text.failed)
		return reply_fail_errno(error, ENOMEM, "the configuration");
	memcpy(layers, c->layers, sizeof(layers));
	if (!merge(both, 2, &layers[LAYER_HOST], error))
		return false;
	if (!commit(agent, layers, error)) {
		buf_deinit(&layers[LAYER_HOST]);
		return false;
	}
	buf_deinit(&old_host);
	configuration_keep(agent);
	return make_todo(&text, &c->effective, todo, error);
}

void configuration_write(const struct agent *agent, struct buf *b)
{
	const struct configuration *c = &agent->config->configuration;
	const struct buf *const all[] = { &c->layers[0], &c->layers[1], &c->layers[2] };
	struct buf shown = BUF_INIT(FRAME_JSON_MAX), sources = BUF_INIT(FRAME_JSON_MAX);
	struct reply ignored = { 0 };
	const struct cJSON *list = NULL;

	if (parse_list(all, LAYERS, &list, &ignored)) {
		config_merge(list, &shown, layer_names, &sources);
		jsonw_raw(b, "configuration", &shown);
		jsonw_raw(b, "sources", &sources);
		config_image_write(json_first(list), b);
	}
	if (c->problem[0])
		jsonw_string(b, "problem", c->problem);
	buf_deinit(&shown);
	buf_deinit(&sources);
}
