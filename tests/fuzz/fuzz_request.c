/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/request.c agent/protocol/schema.c common/edit_distance.c agent/protocol/json.c agent/protocol/jsonw.c agent/protocol/reply.c common/json_scan.c common/name.c common/buf.c CJSON common/fmt.c */
/*
 * The input is the payload of a Q frame. Properties: decoding twice gives the same; every field of what was accepted is within the
 * bounds of its row; what was refused has a code and a message, and its error is strict JSON.
 */
#include <string.h>

#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "agent/protocol/request.h"
#include "common/buf.h"
#include "tests/fuzz/fuzz.h"

/* A request is called stdin; <stdio.h> has a macro of that name. */
#undef stdin

#define DUMP_MAX (4u << 20)

struct bounds {
	int64_t min, max, fallback;
};

static bool is_within(const struct bounds *bounds, int64_t value)
{
	return value >= bounds->min && value <= bounds->max;
}

static void dump_string(struct buf *b, const char *key, const field_string *value, struct bounds bounds)
{
	if (!*value)
		return;
	FUZZ_CHECK(is_within(&bounds, (int64_t)strlen(*value)));
	jsonw_string(b, key, *value);
}

static void dump_path(struct buf *b, const char *key, const field_path *value, struct bounds bounds)
{
	dump_string(b, key, value, bounds);
}

static void dump_strings(struct buf *b, const char *key, const field_strings *value, struct bounds bounds)
{
	if (!value->item)
		return;
	FUZZ_CHECK(is_within(&bounds, (int64_t)value->count));
	FUZZ_CHECK(!value->item[value->count]);
	jsonw_array(b, key);
	for (size_t i = 0; i < value->count; i++)
		jsonw_string(b, NULL, value->item[i]);
	jsonw_array_end(b);
}

static void dump_paths(struct buf *b, const char *key, const field_paths *value, struct bounds bounds)
{
	dump_strings(b, key, value, bounds);
}

static void dump_pairs(struct buf *b, const char *key, const field_pairs *value, struct bounds bounds)
{
	if (!value->key)
		return;
	FUZZ_CHECK(is_within(&bounds, (int64_t)value->count));
	jsonw_object(b, key);
	for (size_t i = 0; i < value->count; i++)
		jsonw_string(b, value->key[i], value->value[i]);
	jsonw_object_end(b);
}

static void dump_flag(struct buf *b, const char *key, const field_flag *value, struct bounds bounds)
{
	(void)bounds;
	jsonw_bool(b, key, *value);
}

/* Its members are decoded by others: fuzz_schema. */
static __attribute__((unused)) void dump_document(struct buf *b, const char *key, const field_document *value, struct bounds bounds)
{
	(void)bounds;
	if (!*value)
		return;
	FUZZ_CHECK(json_is_object(*value));
	jsonw_count(b, key, json_count(*value));
}

static void dump_documents(struct buf *b, const char *key, const field_documents *value, struct bounds bounds)
{
	if (!*value)
		return;
	FUZZ_CHECK(json_is_array(*value) && is_within(&bounds, (int64_t)json_count(*value)));
	jsonw_count(b, key, json_count(*value));
}

static void dump_integer(struct buf *b, const char *key, const field_integer *value, struct bounds bounds)
{
	FUZZ_CHECK(is_within(&bounds, *value) || *value == bounds.fallback);
	jsonw_count(b, key, (uint64_t)*value);
}

static void dump_count(struct buf *b, const char *key, const field_count *value, struct bounds bounds)
{
	int64_t number = (int64_t)*value;

	dump_integer(b, key, &number, bounds);
}

static void dump_request(struct buf *b, const struct request *request)
{
	jsonw_object(b, NULL);
	jsonw_string(b, "op", request_name(request->type));
#define REQUEST(name) if (request->type == REQUEST_##name) {
#define FIELD(name, key, kind, need, min, max, fallback) \
		dump_##kind(b, #key, &request->as.name.f_##key, (struct bounds){ (int64_t)min, (int64_t)max, (int64_t)fallback });
#define REQUEST_END(name) }
#include "agent/protocol/requests.def"
	jsonw_object_end(b);
}

static void check_is_strict(const struct buf *b)
{
	const struct cJSON *tree;
	const char *problem;

	FUZZ_CHECK(!b->failed);
	FUZZ_CHECK(json_parse((const char *)b->data, b->len, &tree, &problem));
}

static bool decode_to_dump(const char *text, size_t len, struct buf *ret)
{
	struct request request;
	struct reply reply = { 0 };
	bool decoded;

	memset(&request, 0x5a, sizeof(request));
	decoded = request_decode(text, len, &request, &reply);
	FUZZ_CHECK(decoded != reply.failed);
	if (decoded) {
		dump_request(ret, &request);
		return true;
	}
	FUZZ_CHECK(reply.message[0]);
	FUZZ_CHECK(reply.code == ERROR_INVALID_ARGUMENT || reply.code == ERROR_UNSUPPORTED);
	reply_write_error(&reply, ret);
	if (reply.field)
		FUZZ_REACHED("a field that is refused");
	if (reply.code == ERROR_UNSUPPORTED)
		FUZZ_REACHED("an unknown op");
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf first = BUF_INIT(DUMP_MAX), second = BUF_INIT(DUMP_MAX);
	bool decoded = decode_to_dump((const char *)data, size, &first);

	FUZZ_CHECK(decode_to_dump((const char *)data, size, &second) == decoded);
	FUZZ_CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	if (decoded)
		FUZZ_REACHED("a request that is decoded");
	check_is_strict(&first);
	return 0;
}
