/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/json.c agent/protocol/jsonw.c common/json_scan.c common/buf.c CJSON */
/*
 * The input is a text that a peer calls JSON. Properties: what the scanner accepts cJSON parses, but for duplicate keys; a refused
 * text leaves no tree and a reason; parsing twice gives the same; a tree written out and parsed again is the same tree.
 */
#include <string.h>

#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "common/buf.h"
#include "common/json_scan.h"
#include "tests/fuzz/fuzz.h"

#define DUMP_MAX (4u << 20)
/* A text that short has fewer values than the arena holds. */
#define SHORT_TEXT 4096u

/* What the accessors say about the tree; numbers that are no counts, and null, as words. */
static void dump(struct buf *b, const struct cJSON *item, const char *key)
{
	const char *string;
	uint64_t count;
	bool flag;

	if (json_is_object(item) || json_is_array(item)) {
		bool object = json_is_object(item);
		size_t children = 0;

		(object ? jsonw_object : jsonw_array)(b, key);
		for (const struct cJSON *child = json_first(item); child; child = json_next(child)) {
			dump(b, child, object ? json_key(child) : NULL);
			FUZZ_CHECK(!object || json_member(item, json_key(child)) == child);
			children++;
		}
		FUZZ_CHECK(children == json_count(item));
		(object ? jsonw_object_end : jsonw_array_end)(b);
	} else if (json_get_string(item, &string)) {
		jsonw_string(b, key, string);
	} else if (json_get_bool(item, &flag)) {
		jsonw_bool(b, key, flag);
	} else if (json_get_count(item, &count)) {
		FUZZ_CHECK(count < (1ull << 53));
		jsonw_count(b, key, count);
		FUZZ_REACHED("a count");
	} else {
		jsonw_string(b, key, "another value");
	}
}

static bool parse_to_dump(const char *text, size_t len, struct buf *ret, const char **ret_problem)
{
	const struct cJSON *tree = NULL;

	if (!json_parse(text, len, &tree, ret_problem)) {
		FUZZ_CHECK(!tree);
		FUZZ_CHECK(*ret_problem && **ret_problem);
		return false;
	}
	FUZZ_CHECK(tree && !*ret_problem);
	dump(ret, tree, NULL);
	FUZZ_CHECK(!ret->failed);
	return true;
}

static void check_same(const struct buf *a, const struct buf *b)
{
	FUZZ_CHECK(a->len == b->len && memcmp(a->data, b->data, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf first = BUF_INIT(DUMP_MAX), second = BUF_INIT(DUMP_MAX), again = BUF_INIT(DUMP_MAX);
	const char *text = (const char *)data, *scanned = json_scan(text, size), *problem, *problem_again;

	if (!parse_to_dump(text, size, &first, &problem)) {
		FUZZ_CHECK(!parse_to_dump(text, size, &second, &problem_again) && problem == problem_again);
		if (scanned) {
			FUZZ_CHECK(problem == scanned);
			FUZZ_REACHED("a text that the scanner refuses");
		} else if (strstr(problem, "same key")) {
			FUZZ_REACHED("a key that comes twice");
		} else {
			FUZZ_CHECK(size > SHORT_TEXT);
		}
		return 0;
	}
	FUZZ_CHECK(!scanned);
	FUZZ_CHECK(parse_to_dump(text, size, &second, &problem));
	check_same(&first, &second);
	FUZZ_CHECK(parse_to_dump((const char *)first.data, first.len, &again, &problem));
	check_same(&first, &again);
	FUZZ_REACHED("a text that is parsed");
	return 0;
}
