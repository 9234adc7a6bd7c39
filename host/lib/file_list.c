/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns listings: their pages, and the checks of a page from an untrusted guest.
 *
 * Never: passes on a path that leaves the directory, follows a cursor that does not move, reads empty pages for ever.
 */
#include <stdlib.h>
#include <string.h>

#include "host/lib/conn.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_name.h"

#define PAGE_ENTRIES 256u /* a page stays in memory while its entries are handled, one page per level of directories */
#define EMPTY_PAGES_MAX 4096u /* in a row: a directory may have lost its entries while it was read */

struct listing {
	int (*each)(void *user, const struct pith_dir_entry *entry);
	void *user;
	unsigned depth;
	bool stopped;
};

enum read_result {
	READ_OK,
	READ_BAD_NAME,
	READ_BAD_STATE,
};

static enum read_result read_entry(const struct json *item, struct listing *listing)
{
	struct pith_dir_entry entry = { .problem = json_get_string(item, "errno") };
	const char *target_text = json_get_string(item, "target");
	char path[PITH_PATH_SIZE], target[PITH_PATH_SIZE];
	char *text;

	if (!file_name_decode(json_get_string(item, "path"), path, sizeof(path)) ||
	    !file_name_is_below(path, listing->depth))
		return READ_BAD_NAME;
	if (target_text && !file_name_decode(target_text, target, sizeof(target)))
		return READ_BAD_NAME;
	if (!file_state_read(item, &entry.file))
		return READ_BAD_STATE;
	text = json_print(item);
	entry.path = path;
	entry.target = target_text ? target : NULL;
	entry.json = text ? text : "{}";
	listing->stopped = listing->each(listing->user, &entry) != 0;
	free(text);
	return READ_OK;
}

static enum pith_code read_page(struct pith_conn *conn, const struct json *page, struct listing *listing,
				struct pith_error *err)
{
	for (const struct json *item = json_first_item(page, "entries"); item && !listing->stopped;
	     item = json_next_item(item)) {
		switch (read_entry(item, listing)) {
		case READ_OK:
			break;
		case READ_BAD_NAME:
			return conn_tell_bad_reply(conn, "a listing has a name that cannot be in the directory", err);
		case READ_BAD_STATE:
			return file_tell_bad_state(conn, err);
		}
	}
	return PITH_OK;
}

static enum pith_code ask_page(struct pith_conn *conn, const struct pith_where *where, const char *path, unsigned depth,
			       const char *cursor, struct json **ret, struct pith_error *err)
{
	struct file_request request;

	file_request_init(&request, where, path);
	file_request_integer(&request, "depth", depth);
	file_request_integer(&request, "max", PAGE_ENTRIES);
	file_request_text(&request, "cursor", cursor);
	return file_request_ask(conn, "dir_list", &request, ret, err);
}

enum pith_code pith_dir_list(struct pith_conn *conn, const struct pith_where *where, const char *path, unsigned depth,
			     int (*each)(void *user, const struct pith_dir_entry *entry), void *user,
			     struct pith_error *err)
{
	struct listing listing = { .each = each, .user = user, .depth = depth };
	struct json *page = NULL, *next = NULL;
	unsigned empty_pages = 0;
	enum pith_code code = ask_page(conn, where, path, depth, NULL, &page, err);

	while (code == PITH_OK) {
		const char *cursor = json_get_string(page, "cursor"), *after;

		empty_pages = json_first_item(page, "entries") ? 0 : empty_pages + 1;
		code = read_page(conn, page, &listing, err);
		if (code != PITH_OK || listing.stopped || !cursor)
			break;
		code = ask_page(conn, where, path, depth, cursor, &next, err);
		if (code != PITH_OK)
			break;
		after = json_get_string(next, "cursor");
		if (empty_pages > EMPTY_PAGES_MAX || (after && strcmp(after, cursor) == 0))
			code = conn_tell_bad_reply(conn, "a listing does not go on", err);
		json_free(page);
		page = next;
		next = NULL;
	}
	json_free(page);
	return code;
}
