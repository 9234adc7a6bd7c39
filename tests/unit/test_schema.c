/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/config.c agent/protocol/schema.c agent/protocol/json.c agent/protocol/jsonw.c agent/protocol/reply.c common/edit_distance.c common/fmt.c common/json_scan.c common/name.c common/buf.c CJSON */
/* Claims about documents: agent/protocol/config.def, and how the decoder of agent/protocol/schema.c names what is wrong. */
#include "agent/protocol/config.h"

#include <stdio.h>
#include <string.h>

#include "agent/protocol/json.h"
#include "tests/harness/tap.h"

static struct config_config config;
static struct reply reply;

static bool decode(const char *text)
{
	const struct cJSON *tree;
	const char *problem = NULL;

	memset(&reply, 0, sizeof(reply));
	memset(&config, 0xa5, sizeof(config));
	if (!CHECK(json_parse(text, strlen(text), &tree, &problem)))
		tap_diag("%s: %s", text, problem);
	return tree && schema_decode(tree, &config_tables[CONFIG_config], "", &config, &reply);
}

static void check_decodes(const char *text)
{
	if (!CHECK(decode(text)))
		tap_diag("%s: %s", text, reply.message);
}

static void check_refused(const char *text, const char *field, const char *message)
{
	CHECK(!decode(text));
	CHECK(reply.failed);
	CHECK_INT(reply.code, ==, ERROR_INVALID_ARGUMENT);
	CHECK_STR(reply.field, field);
	CHECK_STR(reply.message, message);
}

TEST(an_empty_document_is_all_fallbacks)
{
	check_decodes("{}");
	CHECK(config.f_hostname == NULL);
	CHECK(config.f_dns == NULL);
	CHECK(config.f_mounts.item == NULL);
	CHECK_INT(config.f_mounts.count, ==, 0);
	CHECK(config.f_env.key == NULL);
	CHECK(config.f_start);
	CHECK(!config.f_tty);
	CHECK_INT(config.f_restart, ==, 0);
}

TEST(a_list_of_documents_is_decoded_by_rows_and_says_which_of_them_is_wrong)
{
	static const char text[] = "[{\"target\":\"/a\"},{\"target\":\"/b\",\"wait_ms\":7}]";
	static const char wrong[] = "[{\"target\":\"/a\"},{\"wait_ms\":7}]";
	const struct schema_table *table = &config_tables[CONFIG_mount];
	const struct config_mount *mounts;
	const struct cJSON *tree;
	const char *problem;
	struct object_list list;

	CHECK(schema_decode_list(NULL, table, "mounts", &list, &reply));
	CHECK_INT(list.count, ==, 0);
	REQUIRE(json_parse(text, strlen(text), &tree, &problem));
	REQUIRE(schema_decode_list(tree, table, "mounts", &list, &reply));
	REQUIRE(list.count == 2);
	mounts = list.item;
	CHECK_STR(mounts[0].f_target, "/a");
	CHECK_STR(mounts[1].f_target, "/b");
	CHECK_INT(mounts[0].f_timeout_ms, ==, 10000);
	CHECK_INT(mounts[1].f_wait_ms, ==, 7);
	REQUIRE(json_parse(wrong, strlen(wrong), &tree, &problem));
	CHECK(!schema_decode_list(tree, table, "mounts", &list, &reply));
	CHECK_STR(reply.field, "mounts[1].target");
}

TEST(what_lies_deep_arrives)
{
	check_decodes("{\"hostname\":\"a\",\"dns\":{\"servers\":[\"10.0.0.1\",\"10.0.0.2\"]},\"mounts\":["
		      "{\"target\":\"/data\",\"source\":\"LABEL=data\",\"options\":[\"ro\",\"noexec\"],\"wait_ms\":500},"
		      "{\"target\":\"/t\",\"type\":\"tmpfs\",\"make_target\":false}],\"users\":[{\"name\":\"x\",\"uid\":4294967294}],"
		      "\"restart\":\"always\",\"on_end\":\"poweroff\",\"start\":false}");
	CHECK_STR(config.f_hostname, "a");
	REQUIRE(config.f_dns != NULL);
	REQUIRE_INT(config.f_dns->f_servers.count, ==, 2);
	CHECK_STR(config.f_dns->f_servers.item[1], "10.0.0.2");
	REQUIRE_INT(config.f_mounts.count, ==, 2);
	CHECK_STR(config.f_mounts.item[0].f_target, "/data");
	CHECK_STR(config.f_mounts.item[0].f_options.item[1], "noexec");
	CHECK_INT(config.f_mounts.item[0].f_wait_ms, ==, 500);
	CHECK_INT(config.f_mounts.item[0].f_timeout_ms, ==, 10000);
	CHECK(config.f_mounts.item[0].f_make_target);
	CHECK_STR(config.f_mounts.item[1].f_type, "tmpfs");
	CHECK(!config.f_mounts.item[1].f_make_target);
	REQUIRE_INT(config.f_users.count, ==, 1);
	CHECK_INT(config.f_users.item[0].f_uid, ==, 4294967294);
	CHECK(config.f_users.item[0].f_gid == NOT_GIVEN);
	CHECK_INT(config.f_restart, ==, 2);
	CHECK_INT(config.f_on_end, ==, 1);
	CHECK(!config.f_start);
}

TEST(an_empty_list_is_not_an_absent_one)
{
	check_decodes("{\"mounts\":[],\"env\":{},\"cmd\":[]}");
	CHECK_INT(config.f_mounts.count, ==, 0);
	CHECK(config.f_mounts.item != NULL);
	CHECK(config.f_env.key != NULL);
	CHECK(config.f_cmd.item != NULL);
}

TEST(errors_name_the_path_of_the_key)
{
	check_refused("{\"hostname\":1}", "hostname", "hostname: must be a string");
	check_refused("{\"dns\":[]}", "dns", "dns: must be an object");
	check_refused("{\"dns\":{\"search\":{}}}", "dns.search", "dns.search: must be an array of strings");
	check_refused("{\"mounts\":{}}", "mounts", "mounts: must be an array of objects");
	check_refused("{\"mounts\":[{\"target\":\"/a\"},1]}", "mounts[1]", "mounts[1]: must be an object");
	check_refused("{\"mounts\":[{\"target\":\"/a\"},{\"target\":\"/b\"},{}]}", "mounts[2].target", "mounts[2].target: missing");
	check_refused("{\"mounts\":[{\"target\":\"/a\",\"options\":\"ro\"}]}", "mounts[0].options",
		      "mounts[0].options: must be an array of strings");
	check_refused("{\"users\":[{\"name\":\"a\",\"uid\":-1}]}", "users[0].uid", "users[0].uid: must be a whole number below 2^53");
	check_refused("{\"users\":[{\"name\":\"a\",\"uid\":4294967295}]}", "users[0].uid",
		      "users[0].uid: 4294967295, must be 0 to 4294967294");
	check_refused("{\"hostname\":null}", "hostname", "hostname: must be a string");
}

TEST(an_unknown_key_names_the_nearest_known)
{
	check_refused("{\"hostnam\":\"a\"}", NULL, "hostnam: no such field in the configuration (nearest: hostname)");
	check_refused("{\"mounts\":[{\"target\":\"/a\",\"optionx\":[]}]}", NULL,
		      "mounts[0].optionx: no such field in a mount (nearest: options)");
	check_refused("{\"dns\":{\"colour\":1}}", NULL, "dns.colour: no such field in dns");
	check_refused("{\"op\":\"configure\"}", NULL, "op: no such field in the configuration");
}

TEST(a_choice_tells_its_words)
{
	check_refused("{\"restart\":\"Always\"}", "restart", "restart: must be never, on_failure or always");
	check_refused("{\"on_end\":true}", "on_end", "on_end: must be nothing, poweroff or reboot");
	check_refused("{\"on_end\":\"\"}", "on_end", "on_end: must be nothing, poweroff or reboot");
	check_decodes("{\"restart\":\"on_failure\"}");
	CHECK_INT(config.f_restart, ==, 1);
}

TEST(a_path_before_the_document_stands_in_messages)
{
	const struct cJSON *tree;
	const char *problem;
	struct config_mount mount;

	REQUIRE(json_parse("{\"target\":1}", 12, &tree, &problem));
	CHECK(!schema_decode(tree, &config_tables[CONFIG_mount], "mount", &mount, &reply));
	CHECK_STR(reply.message, "mount.target: must be a string");
	CHECK_STR(reply.field, "mount.target");
}

TEST(a_list_is_bounded)
{
	static char text[8192];
	size_t len = 0;

	len += (size_t)snprintf(text, sizeof(text), "{\"mounts\":[");
	for (int i = 0; i < 65; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s{\"target\":\"/%d\"}", i ? "," : "", i);
	snprintf(text + len, sizeof(text) - len, "]}");
	check_refused(text, "mounts", "mounts: 65 items, must be 0 to 64");
	memcpy(strstr(text, ",{\"target\":\"/64\"}"), "]}", 3);
	check_decodes(text);
	CHECK_INT(config.f_mounts.count, ==, 64);
}

TEST(a_long_foreign_key_does_not_overflow_the_message)
{
	char text[2048], key[1500];

	memset(key, 'k', sizeof(key));
	snprintf(text, sizeof(text), "{\"mounts\":[{\"target\":\"/\",\"%.*s\":1}]}", (int)sizeof(key), key);
	CHECK(!decode(text));
	CHECK(strncmp(reply.message, "mounts[0].kkkk", 14) == 0);
	CHECK(strstr(reply.message, "no such field in a mount") != NULL);
}

TEST(each_row_of_each_table_is_found_and_fits_its_struct)
{
	for (size_t i = 0; i < CONFIG_COUNT_; i++) {
		const struct schema_table *table = &config_tables[i];

		CHECK(table->count > 0);
		for (size_t n = 0; n < table->count; n++) {
			CHECK(table->rows[n].offset < table->size);
			CHECK(n == 0 || table->rows[n].offset > table->rows[n - 1].offset);
		}
	}
}
