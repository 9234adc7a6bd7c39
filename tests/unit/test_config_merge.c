/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/config/config_merge.c agent/protocol/config.c agent/protocol/json.c agent/protocol/jsonw.c common/json_scan.c common/buf.c CJSON */
/* Claims about configuration in layers: what wins, and what is said about where it is from. */
#include "agent/config/config_merge.h"

#include <string.h>

#include "agent/protocol/json.h"
#include "tests/harness/tap.h"

static const char *const names[] = { "image", "command_line", "host" };
static char merged[8192], sources[8192];

static void take(struct buf *b, char *to, size_t size)
{
	REQUIRE(!b->failed && b->len < size);
	memcpy(to, b->len ? (const char *)b->data : "", b->len);
	to[b->len] = '\0';
	buf_deinit(b);
}

static void merge(const char *layers, const char *const *shown)
{
	struct buf out = BUF_INIT(sizeof(merged)), from = BUF_INIT(sizeof(sources));
	const struct cJSON *tree;
	const char *problem;

	REQUIRE(json_parse(layers, strlen(layers), &tree, &problem));
	config_merge(tree, &out, shown, &from);
	take(&out, merged, sizeof(merged));
	take(&from, sources, sizeof(sources));
}

TEST(nothing_of_nothing_is_nothing)
{
	merge("[]", NULL);
	CHECK_STR(merged, "{}");
	merge("[{},{},{}]", names);
	CHECK_STR(merged, "{}");
	CHECK_STR(sources, "{}");
}

TEST(plain_values_lists_of_strings_and_inner_objects_are_replaced_as_a_whole)
{
	merge("[{\"hostname\":\"a\",\"cmd\":[\"x\",\"y\"],\"dns\":{\"servers\":[\"10.0.0.1\"],\"search\":[\"s\"]},\"start\":false},"
	      "{\"hostname\":\"b\"},{\"cmd\":[],\"dns\":{\"servers\":[]}}]", names);
	CHECK_STR(merged, "{\"hostname\":\"b\",\"dns\":{\"servers\":[]},\"cmd\":[],\"start\":false}");
	CHECK_STR(sources, "{\"hostname\":\"command_line\",\"dns\":\"host\",\"cmd\":\"host\",\"start\":\"image\"}");
}

TEST(objects_of_strings_go_by_name)
{
	merge("[{\"sysctls\":{\"a\":\"1\",\"b\":\"1\"}},{},{\"sysctls\":{\"b\":\"2\",\"c\":\"2\"}}]", names);
	CHECK_STR(merged, "{\"sysctls\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"2\"}}");
	CHECK_STR(sources, "{\"sysctls\":{\"a\":\"image\",\"b\":\"host\",\"c\":\"host\"}}");
}

TEST(lists_of_objects_go_by_their_first_key)
{
	merge("[{\"mounts\":[{\"target\":\"/a\",\"type\":\"tmpfs\"},{\"target\":\"/b\",\"type\":\"tmpfs\"}]},"
	      "{\"mounts\":[{\"target\":\"/b\",\"source\":\"/dev/vda\"},{\"target\":\"/c\",\"type\":\"proc\"}]}]", names);
	CHECK_STR(merged, "{\"mounts\":[{\"target\":\"/a\",\"type\":\"tmpfs\"},{\"target\":\"/b\",\"source\":\"/dev/vda\"},"
			  "{\"target\":\"/c\",\"type\":\"proc\"}]}");
	CHECK_STR(sources, "{\"mounts\":[\"image\",\"command_line\",\"command_line\"]}");
	merge("[{\"mounts\":[{\"target\":\"/a\",\"type\":\"x\"},{\"target\":\"/a\",\"type\":\"y\"}]}]", NULL);
	CHECK_STR(merged, "{\"mounts\":[{\"target\":\"/a\",\"type\":\"y\"}]}");
}

TEST(secrets_are_hidden_where_it_is_shown_and_only_there)
{
	merge("[{\"env\":{\"KEY\":\"hunter2\"},\"token\":\"0123456789abcdef\"}]", names);
	CHECK_STR(merged, "{\"env\":{\"KEY\":\"set\"},\"token\":\"set\"}");
	CHECK_STR(sources, "{\"env\":{\"KEY\":\"image\"},\"token\":\"image\"}");
	merge("[{\"env\":{\"KEY\":\"hunter2\"},\"token\":\"0123456789abcdef\"}]", NULL);
	CHECK_STR(merged, "{\"env\":{\"KEY\":\"hunter2\"},\"token\":\"0123456789abcdef\"}");
}
