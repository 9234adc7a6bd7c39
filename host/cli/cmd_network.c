/* SPDX-License-Identifier: Apache-2.0 */
/* Owns network: shows what the guest has, or gives it what a document says. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "cmd.h"
#include "frame.h"
#include "host/error.h"
#include "host/json.h"
#include "io.h"
#include "units.h"

#define SHOWN 256	/* bytes of a text of the guest; longer ones are cut */

/* A member as text that is fit for a terminal; "" if it is not there. */
static const char *shown(const struct json *object, const char *name, char text[SHOWN])
{
	text_copy_printable(text, SHOWN, json_get_string(object, name));
	return text;
}

static void print_words(const char *title, const struct json *object, const char *name, const char *indent)
{
	bool first = true;

	for (const struct json *item = json_first_item(object, name); item; item = json_next_item(item)) {
		char text[SHOWN];

		text_copy_printable(text, sizeof(text), json_item_string(item));
		printf("%s%s%s\n", indent, first ? title : "", text);
		first = false;
	}
}

static void print_interface(const struct json *item)
{
	char name[SHOWN], kind[SHOWN], state[SHOWN], mac[SHOWN], rx[UNITS_TEXT_MAX], tx[UNITS_TEXT_MAX];

	printf("%s", shown(item, "name", name));
	if (shown(item, "kind", kind)[0])
		printf(" (%s)", kind);
	printf(": %s", json_get_bool(item, "up") ? "up" : "down");
	if (json_get_bool(item, "up") && strcmp(shown(item, "state", state), "up") != 0)
		printf(" (%s)", state);
	if (shown(item, "mac", mac)[0])
		printf(", %s", mac);
	printf(", mtu %llu, received %s, sent %s", (unsigned long long)json_get_count(item, "mtu", 0),
	       units_format_size(json_get_count(item, "rx_bytes", 0), rx), units_format_size(json_get_count(item, "tx_bytes", 0), tx));
	if (json_get_count(item, "rx_errors", 0) || json_get_count(item, "tx_errors", 0))
		printf(", %llu and %llu errors", (unsigned long long)json_get_count(item, "rx_errors", 0),
		       (unsigned long long)json_get_count(item, "tx_errors", 0));
	putchar('\n');
	print_words("", item, "addresses", "    ");
}

static void print_route(const struct json *item)
{
	char to[SHOWN], via[SHOWN], name[SHOWN], source[SHOWN], protocol[SHOWN];

	printf("    %-24s", shown(item, "to", to));
	if (shown(item, "via", via)[0])
		printf(" via %s", via);
	printf(" on %s", shown(item, "interface", name));
	if (shown(item, "source", source)[0])
		printf(" from %s", source);
	if (json_get_count(item, "metric", 0))
		printf(" metric %llu", (unsigned long long)json_get_count(item, "metric", 0));
	printf(" (%s)\n", shown(item, "protocol", protocol));
}

static void print_neighbour(const struct json *item)
{
	char address[SHOWN], mac[SHOWN], name[SHOWN];

	printf("    %-24s %-17s on %s%s%s\n", shown(item, "address", address), shown(item, "mac", mac), shown(item, "interface", name),
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
	char hostname[SHOWN];

	for (const struct json *item = json_first_item(answer, "interfaces"); item; item = json_next_item(item))
		print_interface(item);
	print_list(answer, "routes", print_route);
	print_list(answer, "neighbours", print_neighbour);
	printf("hostname: %s\n", shown(answer, "hostname", hostname));
	print_words("dns: ", dns, "servers", "");
	print_words("search: ", dns, "search", "");
	if (json_get_bool(answer, "cut"))
		puts("... and more than the agent could tell");
}

/* The status: some of it may have failed. */
static int print_report(const struct json *answer)
{
	char path[SHOWN], what[SHOWN], name[SHOWN];

	for (const struct json *item = json_first_item(answer, "changes"); item; item = json_next_item(item))
		printf("%s: %s\n", shown(item, "path", path), shown(item, "what", what));
	printf("%llu change(s)\n", (unsigned long long)json_get_count(answer, "changed", 0));
	for (const struct json *item = json_first_item(answer, "failures"); item; item = json_next_item(item))
		cmd_say("%s: %s (%s)", shown(item, "path", path), shown(item, "message", what), shown(item, "errno", name));
	return json_get_count(answer, "failed", 0) ? STATUS_REFUSED : 0;
}

/* The text of a file, or of stdin for "-"; the caller frees it. NULL with a sentence. */
static char *read_document(const char *path)
{
	_cleanup_close_ int file = -1;
	_cleanup_buf_ struct buf b = BUF_INIT(FRAME_JSON_MAX);
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0)
		fd = file = open(path, O_RDONLY | O_CLOEXEC);
	for (;;) {
		uint8_t *to = fd < 0 ? NULL : buf_reserve(&b, 4096);
		ssize_t n = to ? io_read(fd, to, 4096) : fd < 0 ? -errno : -EFBIG;

		if (n < 0) {
			cmd_say("cannot read %s: %s", path, strerror((int)-n));
			return NULL;
		}
		if (n == 0)
			return strndup((const char *)b.data, b.len);
		buf_commit(&b, (size_t)n);
	}
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
	/* It was checked when it came. */
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
	document = read_document(words[1]);
	return document ? ask(&invocation->settings, "network_set", document) : STATUS_FAILED;
}
