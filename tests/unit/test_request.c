/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/request.c agent/protocol/schema.c common/edit_distance.c agent/protocol/json.c common/json_scan.c common/name.c agent/protocol/jsonw.c agent/protocol/reply.c common/buf.c CJSON common/fmt.c */
/* Claims about the way from a Q frame to a struct: agent/protocol/requests.def, docs/reference/protocol.md, section 5. */
#include "agent/protocol/request.h"

#include <stdio.h>
#include <string.h>

#include "agent/protocol/json.h"
#include "common/cleanup.h"
#include "tests/harness/tap.h"

#define TEXT_SIZE (256u << 10)

struct field_row {
	const char *request;
	const char *key;
	enum field_kind kind;
	bool required;
	long long min, max;
};

#define OPTIONAL false
#define REQUIRED true
static const struct field_row fields[] = {
#define FIELD(request, key, kind, need, min, max, fallback) \
	{ #request, #key, FIELD_##kind, need, (long long)min, (long long)max },
#include "agent/protocol/requests.def"
};

static struct request request;
static struct reply reply;

static bool decode(const char *text)
{
	memset(&reply, 0, sizeof(reply));
	memset(&request, 0xa5, sizeof(request));
	return request_decode(text, strlen(text), &request, &reply);
}

static void check_decodes(const char *text)
{
	if (!CHECK(decode(text)))
		tap_diag("%.200s: %s", text, reply.message);
	CHECK(!reply.failed);
}

/* The code, and the field or NULL; the message names the field too. */
static void check_refused(const char *text, enum error_code code, const char *field, const char *part)
{
	CHECK(!decode(text));
	CHECK(reply.failed);
	CHECK_INT(reply.code, ==, code);
	CHECK_STR(reply.field, field);
	if (!CHECK(strstr(reply.message, part) != NULL))
		tap_diag("%.200s: %s", text, reply.message);
}

/* The golden vector of a request: one that has every field. */
static const char *read_vector(const char *name)
{
	static char text[TEXT_SIZE];
	char path[128];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "tests/vectors/%s.json", name);
	file = fopen(path, "re");
	if (!CHECK(file != NULL))
		tap_diag("%s is missing: each row of requests.def has a vector with all its fields", path);
	REQUIRE(file != NULL);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return text;
}

static const struct cJSON *tree_of(const char *text)
{
	const struct cJSON *tree;
	const char *problem;

	REQUIRE(json_parse(text, strlen(text), &tree, &problem));
	return tree;
}

TEST(each_row_of_the_table_decodes_its_golden_vector)
{
	for (int type = 0; type < REQUEST_COUNT_; type++) {
		check_decodes(read_vector(request_name((enum request_type)type)));
		CHECK_INT(request.type, ==, type);
		CHECK_STR(reply.op, request_name((enum request_type)type));
	}
}

TEST(each_golden_vector_has_all_fields_of_its_row)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!CHECK(json_member(tree_of(read_vector(fields[i].request)), fields[i].key) != NULL))
			tap_diag("tests/vectors/%s.json has no %s", fields[i].request, fields[i].key);
}

TEST(every_truncation_of_each_golden_vector_is_refused)
{
	for (int type = 0; type < REQUEST_COUNT_; type++) {
		const char *text = read_vector(request_name((enum request_type)type));
		size_t len = strrchr(text, '}') - text;

		for (size_t n = 0; n <= len; n++) {
			memset(&reply, 0, sizeof(reply));
			CHECK(!request_decode(text, n, &request, &reply));
			CHECK_INT(reply.code, ==, ERROR_INVALID_ARGUMENT);
		}
	}
}

TEST(the_values_of_the_golden_exec_arrive)
{
	const struct request_exec *exec = &request.as.exec;

	check_decodes(read_vector("exec"));
	REQUIRE_INT(request.type, ==, REQUEST_exec);
	REQUIRE_INT(exec->f_argv.count, ==, 4);
	CHECK_STR(exec->f_argv.item[0], "sh");
	CHECK_STR(exec->f_argv.item[2], "echo \"$GREETING\" \\ \xc3\xbc\xf0\x9f\x98\x80 \xc3\xbc\xf0\x9f\x98\x80");
	CHECK_STR(exec->f_argv.item[3], "");
	CHECK(exec->f_argv.item[4] == NULL);
	REQUIRE_INT(exec->f_env.count, ==, 2);
	CHECK_STR(exec->f_env.key[0], "GREETING");
	CHECK_STR(exec->f_env.value[0], "hello");
	CHECK_STR(exec->f_env.key[1], "EMPTY");
	CHECK_STR(exec->f_env.value[1], "");
	CHECK(!exec->f_inherit_env);
	CHECK_STR(exec->f_cwd, "/tmp");
	CHECK(exec->f_stdin);
	CHECK_STR(exec->f_id, "build-1_A");
	CHECK_STR(exec->f_on_disconnect, "kill");
}

TEST(what_is_absent_is_the_fallback)
{
	check_decodes("{\"argv\":[\"a\"],\"op\":\"exec\"}");
	CHECK(request.as.exec.f_inherit_env);
	CHECK(!request.as.exec.f_stdin);
	CHECK(request.as.exec.f_cwd == NULL);
	CHECK(request.as.exec.f_id == NULL);
	CHECK_INT(request.as.exec.f_env.count, ==, 0);
}

/* A value of a field's kind and of that size: so many bytes, items or members, or the number itself. */
static void put_value(FILE *out, enum field_kind kind, long long size)
{
	if (kind == FIELD_flag) {
		fputs("true", out);
	} else if (kind == FIELD_string || kind == FIELD_path) {
		fputc('"', out);
		for (long long i = 0; i < size; i++)
			fputc('x', out);
		fputc('"', out);
	} else if (kind == FIELD_strings || kind == FIELD_paths) {
		fputc('[', out);
		for (long long i = 0; i < size; i++)
			fputs(i ? ",\"x\"" : "\"x\"", out);
		fputc(']', out);
	} else if (kind == FIELD_document) {
		fputs("{}", out);
	} else if (kind == FIELD_documents) {
		fputc('[', out);
		for (long long i = 0; i < size; i++)
			fputs(i ? ",{}" : "{}", out);
		fputc(']', out);
	} else if (kind == FIELD_pairs) {
		fputc('{', out);
		for (long long i = 0; i < size; i++)
			fprintf(out, "%s\"k%lld\":\"x\"", i ? "," : "", i);
		fputc('}', out);
	} else {
		fprintf(out, "%lld", size);
	}
}

/* The request of a field with what else it requires; the field itself has the text, or a value of that size without one. */
static const char *request_with(const struct field_row *field, const char *value, long long size)
{
	static char text[TEXT_SIZE];
	FILE *out = fmemopen(text, sizeof(text), "w");

	REQUIRE(out != NULL);
	fprintf(out, "{\"op\":\"%s\"", field->request);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].request, field->request) != 0 || (&fields[i] != field && !fields[i].required))
			continue;
		fprintf(out, ",\"%s\":", fields[i].key);
		if (&fields[i] == field && value)
			fputs(value, out);
		else
			put_value(out, fields[i].kind, &fields[i] == field ? size : fields[i].min ? fields[i].min : 1);
	}
	fputs("}", out);
	fclose(out);
	return text;
}

static const char *wrong_for(enum field_kind kind)
{
	if (kind == FIELD_string || kind == FIELD_path || kind == FIELD_pairs || kind == FIELD_document ||
	    kind == FIELD_documents)
		return "[\"a\"]";
	return kind == FIELD_flag ? "1" : "\"a\"";
}

TEST(each_field_refuses_another_type_and_is_named)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *object = fields[i].kind == FIELD_document ? "1" : "{\"x\":{}}";
		const char *const wrong[] = { "null", object, "[[]]", wrong_for(fields[i].kind) };

		for (size_t n = 0; n < ARRAY_SIZE(wrong); n++)
			check_refused(request_with(&fields[i], wrong[n], 0), ERROR_INVALID_ARGUMENT, fields[i].key, "must be");
	}
}

TEST_TIMEOUT(each_field_keeps_to_its_bounds, 30)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field_row *f = &fields[i];
		bool is_number = f->kind == FIELD_count || f->kind == FIELD_integer;

		if (f->kind == FIELD_flag || f->kind == FIELD_document)
			continue;
		check_decodes(request_with(f, NULL, f->min));
		check_decodes(request_with(f, NULL, f->max));
		if (f->min > 0 || is_number)
			check_refused(request_with(f, NULL, f->min - 1), ERROR_INVALID_ARGUMENT, f->key, "must be");
		check_refused(request_with(f, NULL, f->max + 1), ERROR_INVALID_ARGUMENT, f->key, "must be");
	}
}

TEST(a_wrong_item_in_a_list_names_the_list)
{
	check_refused("{\"op\":\"exec\",\"argv\":[\"a\",1]}", ERROR_INVALID_ARGUMENT, "argv", "argv: must be an array of strings");
	check_refused("{\"op\":\"exec\",\"argv\":[null]}", ERROR_INVALID_ARGUMENT, "argv", "argv");
	check_refused("{\"op\":\"exec\",\"argv\":[\"a\"],\"env\":{\"A\":\"b\",\"C\":1}}", ERROR_INVALID_ARGUMENT, "env",
		      "env: must be an object of strings");
	check_refused("{\"op\":\"exec\",\"argv\":[\"a\"],\"cwd\":1}", ERROR_INVALID_ARGUMENT, "cwd", "cwd: must be a string");
	check_refused("{\"op\":\"exec\",\"argv\":[\"a\"],\"stdin\":\"yes\"}", ERROR_INVALID_ARGUMENT, "stdin", "true or false");
}

TEST(a_missing_field_is_named)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		char text[128];

		if (!fields[i].required)
			continue;
		snprintf(text, sizeof(text), "{\"op\":\"%s\"}", fields[i].request);
		CHECK(!decode(text));
		CHECK_INT(reply.code, ==, ERROR_INVALID_ARGUMENT);
		CHECK(strstr(reply.message, "missing") != NULL);
		CHECK(reply.field != NULL);
	}
	check_refused("{\"op\":\"exec\"}", ERROR_INVALID_ARGUMENT, "argv", "argv: missing");
}

TEST(an_unknown_field_is_refused_in_every_request_and_named)
{
	for (int type = 0; type < REQUEST_COUNT_; type++) {
		const char *name = request_name((enum request_type)type);
		char text[128];

		snprintf(text, sizeof(text), "{\"op\":\"%s\",\"colour\":1}", name);
		check_refused(text, ERROR_INVALID_ARGUMENT, NULL, "colour: no such field in ");
		CHECK(strstr(reply.message, name) != NULL);
	}
	check_refused("{\"op\":\"ping\",\"\":1}", ERROR_INVALID_ARGUMENT, NULL, "no such field");
	check_refused("{\"op\":\"exec\",\"ARGV\":[\"a\"]}", ERROR_INVALID_ARGUMENT, NULL, "ARGV");
}

TEST(an_unknown_op_is_unsupported_and_named)
{
	check_refused("{\"op\":\"dance\"}", ERROR_UNSUPPORTED, NULL, "dance: no such request");
	check_refused("{\"op\":\"PING\"}", ERROR_UNSUPPORTED, NULL, "PING");
	check_refused("{\"op\":\"\"}", ERROR_UNSUPPORTED, NULL, "no such request");
	check_refused("{\"op\":\"pingg\",\"argv\":1}", ERROR_UNSUPPORTED, NULL, "pingg");
}

TEST(a_request_without_an_op_names_op)
{
	check_refused("{}", ERROR_INVALID_ARGUMENT, "op", "op: must be a string");
	check_refused("{\"op\":1}", ERROR_INVALID_ARGUMENT, "op", "op");
	check_refused("{\"op\":null}", ERROR_INVALID_ARGUMENT, "op", "op");
	check_refused("{\"op\":[\"ping\"]}", ERROR_INVALID_ARGUMENT, "op", "op");
	check_refused("[]", ERROR_INVALID_ARGUMENT, NULL, "must be a JSON object");
	check_refused("\"ping\"", ERROR_INVALID_ARGUMENT, NULL, "must be a JSON object");
	check_refused("", ERROR_INVALID_ARGUMENT, NULL, "not strict JSON");
	check_refused("{\"op\":\"ping\",\"op\":\"info\"}", ERROR_INVALID_ARGUMENT, NULL, "same key twice");
}

/* {"op":"exec","argv":[…count times "x"…]} */
static const char *exec_with_args(size_t count)
{
	static char text[TEXT_SIZE];
	size_t len = (size_t)snprintf(text, sizeof(text), "{\"op\":\"exec\",\"argv\":[");

	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"x\"", i ? "," : "");
	snprintf(text + len, sizeof(text) - len, "]}");
	return text;
}

TEST(a_list_is_bounded_at_both_ends)
{
	check_refused(exec_with_args(0), ERROR_INVALID_ARGUMENT, "argv", "argv: 0 items, must be 1 to 4096");
	check_decodes(exec_with_args(1));
	check_decodes(exec_with_args(4096));
	CHECK_INT(request.as.exec.f_argv.count, ==, 4096);
	check_refused(exec_with_args(4097), ERROR_INVALID_ARGUMENT, "argv", "argv: 4097 items, must be 1 to 4096");
}

static const char *exec_with_id(int len)
{
	static char text[512];

	snprintf(text, sizeof(text), "{\"op\":\"exec\",\"argv\":[\"a\"],\"id\":\"%.*s\"}", len,
		 "0123456789012345678901234567890123456789012345678901234567890123456789");
	return text;
}

TEST(a_string_is_bounded_at_both_ends)
{
	check_refused(exec_with_id(0), ERROR_INVALID_ARGUMENT, "id", "id: 0 bytes, must be 1 to 64");
	check_decodes(exec_with_id(1));
	check_decodes(exec_with_id(64));
	check_refused(exec_with_id(65), ERROR_INVALID_ARGUMENT, "id", "id: 65 bytes, must be 1 to 64");
}

TEST(a_long_foreign_name_does_not_overflow_the_message)
{
	char text[1024], name[900];

	memset(name, 'n', sizeof(name));
	snprintf(text, sizeof(text), "{\"op\":\"%.*s\"}", (int)sizeof(name), name);
	check_refused(text, ERROR_UNSUPPORTED, NULL, "nnnn: no such request");
	snprintf(text, sizeof(text), "{\"op\":\"ping\",\"%.*s\":1}", (int)sizeof(name), name);
	check_refused(text, ERROR_INVALID_ARGUMENT, NULL, "nnnn: no such field");
}

TEST(an_error_of_each_kind_is_strict_json)
{
	/* The cut of a long name falls into a character of three bytes. */
	static const char *const texts[] = {
		"{\"op\":\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\"}",
		"{\"op\":\"\\\"\\\\\\n\"}", "{\"op\":\"exec\"}", "{\"op\":\"ping\",\"\\u0001\":1}", "{",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT(4096);
		const struct cJSON *tree;
		const char *problem = NULL, *message = NULL;

		CHECK(!decode(texts[i]));
		reply_write_error(&reply, &out);
		REQUIRE(!out.failed);
		json_parse((const char *)out.data, out.len, &tree, &problem);
		CHECK_STR(problem, NULL);
		REQUIRE(tree != NULL && json_member(tree, "message") != NULL);
		CHECK(json_get_string(json_member(tree, "message"), &message));
	}
}
