/* SPDX-License-Identifier: Apache-2.0 */
/* Owns network: shows the guest's network, or configures it from a document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/document.h"
#include "host/cli/parse_units.h"
#include "host/lib/error.h"
#include "host/lib/json.h"

static void print_words(const char *title, const struct json *object, const char *name, const char *indent)
{
	bool first = true;

	for (const struct json *item = json_first_item(object, name); item; item = json_next_item(item)) {
		char text[DOCUMENT_SHOWN];

		text_copy_printable(text, sizeof(text), json_item_string(item));
		printf("%s%s%s\n", indent, first ? title : "", text);
		first = false;
	}
}

static void print_interface(const struct json *item)
{
	char name[DOCUMENT_SHOWN], kind[DOCUMENT_SHOWN], state[DOCUMENT_SHOWN], mac[DOCUMENT_SHOWN];
	char rx[PARSE_UNITS_TEXT_MAX], tx[PARSE_UNITS_TEXT_MAX];

	printf("%s", document_shown(item, "name", name));
	if (document_shown(item, "kind", kind)[0])
		printf(" (%s)", kind);
	printf(": %s", json_get_bool(item, "up") ? "up" : "down");
	if (json_get_bool(item, "up") && strcmp(document_shown(item, "state", state), "up") != 0)
		printf(" (%s)", state);
	if (document_shown(item, "mac", mac)[0])
		printf(", %s", mac);
	printf(", mtu %llu, received %s, sent %s", (unsigned long long)json_get_count(item, "mtu", 0),
	       parse_units_format_size(json_get_count(item, "rx_bytes", 0), rx),
	       parse_units_format_size(json_get_count(item, "tx_bytes", 0), tx));
	if (json_get_count(item, "rx_errors", 0) || json_get_count(item, "tx_errors", 0))
		printf(", %llu and %llu errors", (unsigned long long)json_get_count(item, "rx_errors", 0),
		       (unsigned long long)json_get_count(item, "tx_errors", 0));
	putchar('\n');
	print_words("", item, "addresses", "    ");
}

static void print_route(const struct json *item)
{
	char to[DOCUMENT_SHOWN], via[DOCUMENT_SHOWN], name[DOCUMENT_SHOWN], source[DOCUMENT_SHOWN], protocol[DOCUMENT_SHOWN];

	printf("    %-24s", document_shown(item, "to", to));
	if (document_shown(item, "via", via)[0])
		printf(" via %s", via);
	printf(" on %s", document_shown(item, "interface", name));
	if (document_shown(item, "source", source)[0])
		printf(" from %s", source);
	if (json_get_count(item, "metric", 0))
		printf(" metric %llu", (unsigned long long)json_get_count(item, "metric", 0));
	printf(" (%s)\n", document_shown(item, "protocol", protocol));
}

static void print_neighbour(const struct json *item)
{
	char address[DOCUMENT_SHOWN], mac[DOCUMENT_SHOWN], name[DOCUMENT_SHOWN];

	printf("    %-24s %-17s on %s%s%s\n", document_shown(item, "address", address),
	       document_shown(item, "mac", mac), document_shown(item, "interface", name),
	       json_get_bool(item, "permanent") ? ", permanent" : "", json_get_bool(item, "reachable") ? "" : ", not reachable");
}

static void print_list(const struct json *answer, const char *name, void (*print)(const struct json *item))
{
	const struct json *item = json_first_item(answer, name);

	if (item)
		printf("%s:\n", name);
	for (; item; item = json_next_item(item))
		print(item);
}

static void print_network(const struct json *answer)
{
	const struct json *dns = json_get_object(answer, "dns");
	char hostname[DOCUMENT_SHOWN];

	for (const struct json *item = json_first_item(answer, "interfaces"); item; item = json_next_item(item))
		print_interface(item);
	print_list(answer, "routes", print_route);
	print_list(answer, "neighbours", print_neighbour);
	printf("hostname: %s\n", document_shown(answer, "hostname", hostname));
	print_words("dns: ", dns, "servers", "");
	print_words("search: ", dns, "search", "");
	if (json_get_bool(answer, "cut"))
		puts("... and more entries than fit into the agent's reply");
}

/* Returns the exit status: single changes may have failed. */
static int print_report(const struct json *answer)
{
	char path[DOCUMENT_SHOWN], what[DOCUMENT_SHOWN], name[DOCUMENT_SHOWN];

	for (const struct json *item = json_first_item(answer, "changes"); item; item = json_next_item(item))
		printf("%s: %s\n", document_shown(item, "path", path), document_shown(item, "what", what));
	printf("%llu change(s)\n", (unsigned long long)json_get_count(answer, "changed", 0));
	for (const struct json *item = json_first_item(answer, "failures"); item; item = json_next_item(item))
		cmd_say("%s: %s (%s)", document_shown(item, "path", path), document_shown(item, "message", what),
			document_shown(item, "errno", name));
	return json_get_count(answer, "failed", 0) ? STATUS_REFUSED : 0;
}

static int ask(const struct settings *settings, const char *op, const char *fields)
{
	const char *text, *problem;
	struct pith_conn *conn;
	struct pith_error err;
	struct json *answer;
	enum pith_code code = cmd_connect(settings, &conn, &err);
	int status = 0;

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_request(conn, op, fields, cmd_timeout(settings), &text, &err);
	if (code != PITH_OK) {
		pith_close(conn);
		return cmd_fail(&err);
	}
	/* libpith has checked the text; only memory can be short. */
	answer = json_parse_object(text, strlen(text), &problem);
	if (settings->json) {
		cmd_print_json(text);
		status = json_get_count(answer, "failed", 0) ? STATUS_REFUSED : 0;
	} else if (fields) {
		status = print_report(answer);
	} else {
		print_network(answer);
	}
	json_free(answer);
	pith_close(conn);
	return cmd_finish_output() ? STATUS_FAILED : status;
}

int cmd_network(const struct invocation *invocation)
{
	char **words = invocation->arguments;
	_cleanup_free_ char *document = NULL;

	if (!words[0] || (strcmp(words[0], "get") == 0 && !words[1]))
		return ask(&invocation->settings, "network_get", NULL);
	if (strcmp(words[0], "set") != 0 || !words[1] || words[2]) {
		cmd_say("network: say get, or set FILE; - is stdin");
		return STATUS_FAILED;
	}
	document = document_read(words[1]);
	return document ? ask(&invocation->settings, "network_set", document) : STATUS_FAILED;
}
