/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the pruning of an image's document that another version wrote. Never: takes part of an object that a row decodes as a whole. */
#include "agent/config/config_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/configuration.h"
#include "agent/core/log.h"
#include "agent/protocol/config.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/frame.h"
#include "common/read_file.h"

#define PATH_SIZE 128
#define KEY_SHOWN 64	/* bytes of an unknown key in a log line */
#define LEFT_OUT "left_out"
#define REFUSED "refused"

struct prune {
	struct buf *out, *left_out;
	const char *file;
	size_t count;
	char path[PATH_SIZE];	/* of the current object; ends with a dot for an inner object */
};

static const struct schema_row *find_row(const struct schema_table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].key, key) == 0)
			return &table->rows[i];
	return NULL;
}

static void leave_out(struct prune *p, const struct schema_table *table, const char *key)
{
	const char *nearest = schema_nearest_key(table, key);
	char name[PATH_SIZE + KEY_SHOWN];

	if (p->count++ >= CONFIG_LEFT_OUT_MAX)
		return;
	fmt_text(name, sizeof(name), "%s%.*s", p->path, KEY_SHOWN, key);
	jsonw_string(p->left_out, NULL, name);
	/* An image's author must not write control characters, and so lines, to the console. */
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	log_line("%s: %s: no such field in %s%s%s%s; it is left out", p->file, name, table->name, nearest ? " (nearest: " : "",
		 nearest ? nearest : "", nearest ? ")" : "");
}

static void prune_object(struct prune *p, const char *key, const struct cJSON *object, const struct schema_table *table);

static void prune_list(struct prune *p, const struct cJSON *list, const struct schema_row *row, const struct schema_table *inner)
{
	size_t len = strlen(p->path), number = 0;

	jsonw_array(p->out, row->key);
	for (const struct cJSON *item = json_first(list); item; item = json_next(item), number++) {
		fmt_text(p->path + len, sizeof(p->path) - len, "%s[%zu].", row->key, number);
		if (json_is_object(item))
			prune_object(p, NULL, item, inner);
		else
			json_write(p->out, NULL, item);
		p->path[len] = '\0';
	}
	jsonw_array_end(p->out);
}

/* Recursion is as deep as the rows nest. A value of the wrong type stays, for the decoder to refuse. */
static void prune_object(struct prune *p, const char *key, const struct cJSON *object, const struct schema_table *table)
{
	size_t len = strlen(p->path);

	jsonw_object(p->out, key);
	for (const struct cJSON *item = json_first(object); item; item = json_next(item)) {
		const struct schema_row *row = find_row(table, json_key(item));

		if (!row) {
			leave_out(p, table, json_key(item));
		} else if (row->kind == FIELD_object && json_is_object(item)) {
			fmt_text(p->path + len, sizeof(p->path) - len, "%s.", row->key);
			prune_object(p, row->key, item, table + row->table);
			p->path[len] = '\0';
		} else if (row->kind == FIELD_list && json_is_array(item)) {
			prune_list(p, item, row, table + row->table);
		} else {
			json_write(p->out, row->key, item);
		}
	}
	jsonw_object_end(p->out);
}

/* Writes to *out the document without the keys that no row has, and to *left_out their paths, as items of JSON. */
static void prune(const struct cJSON *document, const char *file, struct buf *out, struct buf *left_out)
{
	struct prune p = { .out = out, .left_out = left_out, .file = file };

	prune_object(&p, NULL, document, &config_tables[CONFIG_config]);
	if (p.count > CONFIG_LEFT_OUT_MAX)
		log_line("%s: %zu more keys are left out", file, p.count - CONFIG_LEFT_OUT_MAX);
}

/* Appends the member left_out to a pruned document. */
static void note(struct buf *document, const struct buf *left_out)
{
	if (!left_out->len || document->failed)
		return;
	/* The document's closing brace. */
	document->len--;
	jsonw_array(document, LEFT_OUT);
	jsonw_members(document, left_out->data, left_out->len);
	jsonw_array_end(document);
	jsonw_object_end(document);
}

/* Replaces the file's text by the pruned document. */
static bool take(struct buf *layer, const char *path, struct reply *error)
{
	_cleanup_buf_ struct buf left_out = BUF_INIT(FRAME_JSON_MAX);
	_cleanup_buf_ struct buf taken = BUF_INIT(FRAME_JSON_MAX);
	const struct cJSON *tree;
	const char *problem;

	if (!json_parse((const char *)layer->data, layer->len, &tree, &problem))
		return reply_fail(error, ERROR_INVALID_ARGUMENT, "not strict JSON: %s", problem);
	if (!json_is_object(tree))
		return reply_fail(error, ERROR_INVALID_ARGUMENT, "must be an object");
	prune(tree, path, &taken, &left_out);
	if (!taken.failed && !config_check_document(&taken, error))
		return false;
	note(&taken, &left_out);
	if (taken.failed)
		return reply_fail_errno(error, ENOMEM, "the document");
	buf_deinit(layer);
	*layer = taken;
	taken = (struct buf){ 0 };
	return true;
}

/* Only a regular file; one that is not there is no error. */
static int read_path(const char *path, struct buf *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > FRAME_JSON_MAX)
		return -EFBIG;
	return read_file(fd, ret);
}

void config_image_refuse(struct buf *layer, const char *why)
{
	layer->len = 0;
	layer->failed = false;
	jsonw_object(layer, NULL);
	jsonw_string(layer, REFUSED, why);
	jsonw_object_end(layer);
}

const char *config_image_refused(const struct cJSON *layer)
{
	const struct cJSON *member = json_member(layer, REFUSED);
	const char *why = NULL;

	return member && json_get_string(member, &why) ? why : NULL;
}

void config_image_write(const struct cJSON *layer, struct buf *b)
{
	const struct cJSON *member = json_member(layer, LEFT_OUT);

	if (member)
		json_write(b, LEFT_OUT, member);
}

void config_image_read(const char *path, struct buf *layer)
{
	struct reply error = { 0 };
	char why[CONFIG_PROBLEM_SIZE];
	int r = read_path(path, layer);

	if (r == 0 && (!layer->len || take(layer, path, &error)))
		return;
	fmt_text(why, sizeof(why), "%s: %s", path, r < 0 ? strerror(-r) : error.message);
	log_line("%s", why);
	config_image_refuse(layer, why);
}
