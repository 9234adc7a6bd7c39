/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the parsing of passwd(5) and group(5) lines. Malformed lines are skipped. Never: allocates, opens a file. */
#include "agent/spawn/users.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/fmt.h"

#define FIELDS 7

struct line {
	const char *field[FIELDS];
	size_t len[FIELDS];
	int count;
};

/* Splits the line at *text at its colons and moves *text to the next line. False at the end of the text. */
static bool next_line(const char **text, struct line *line)
{
	const char *p = *text;

	if (!*p)
		return false;
	line->count = 0;
	for (;;) {
		size_t n = strcspn(p, ":\n");

		if (line->count < FIELDS) {
			line->field[line->count] = p;
			line->len[line->count++] = n;
		}
		p += n;
		if (*p != ':')
			break;
		p++;
	}
	*text = *p ? p + 1 : p;
	return true;
}

static bool equals(const struct line *line, int i, const char *text, size_t len)
{
	return i < line->count && line->len[i] == len && memcmp(line->field[i], text, len) == 0;
}

static bool parse_id(const char *text, size_t len, uint32_t *ret)
{
	uint64_t value = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	/* (uid_t)-1 means "unchanged" to setresuid(2). */
	if (value >= UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool id_of(const struct line *line, int i, uint32_t *ret)
{
	return i < line->count && parse_id(line->field[i], line->len[i], ret);
}

static void copy(char *to, const struct line *line, int i, const char *fallback)
{
	if (i < line->count && line->len[i] > 0 && line->len[i] < USERS_TEXT_SIZE) {
		memcpy(to, line->field[i], line->len[i]);
		to[line->len[i]] = '\0';
	} else {
		fmt_text(to, USERS_TEXT_SIZE, "%s", fallback);
	}
}

static bool take_entry(const struct line *line, struct user *user)
{
	char number[16];

	if (!id_of(line, 2, &user->uid) || !id_of(line, 3, &user->gid))
		return false;
	fmt_text(number, sizeof(number), "%u", user->uid);
	copy(user->name, line, 0, number);
	copy(user->home, line, 5, "/");
	copy(user->shell, line, 6, "/bin/sh");
	return true;
}

static bool find_by_name(const char *passwd, const char *name, size_t len, struct user *user)
{
	struct line line;

	while (next_line(&passwd, &line))
		if (equals(&line, 0, name, len) && take_entry(&line, user))
			return true;
	return false;
}

static bool find_by_uid(const char *passwd, uint32_t uid, struct user *user)
{
	struct line line;
	uint32_t found;

	while (next_line(&passwd, &line))
		if (id_of(&line, 2, &found) && found == uid && take_entry(&line, user))
			return true;
	return false;
}

static bool find_user(const char *passwd, const char *spec, size_t len, struct user *user, bool *ret_has_entry)
{
	uint32_t uid;

	/* An entry without a name must not match an empty name. */
	if (len == 0)
		return false;
	*ret_has_entry = find_by_name(passwd, spec, len, user);
	if (*ret_has_entry)
		return true;
	if (!parse_id(spec, len, &uid))
		return false;
	*ret_has_entry = find_by_uid(passwd, uid, user);
	if (*ret_has_entry)
		return true;
	user->uid = uid;
	user->gid = uid;
	fmt_text(user->name, sizeof(user->name), "%u", uid);
	strcpy(user->home, "/");
	strcpy(user->shell, "/bin/sh");
	return true;
}

static bool find_group(const char *group, const char *spec, gid_t *ret)
{
	struct line line;
	uint32_t gid;

	if (!*spec)
		return false;
	while (next_line(&group, &line))
		if (equals(&line, 0, spec, strlen(spec)) && id_of(&line, 2, &gid)) {
			*ret = gid;
			return true;
		}
	if (!parse_id(spec, strlen(spec), &gid))
		return false;
	*ret = gid;
	return true;
}

/* True if field 3 of the line, "a,b,c", has name. */
static bool is_member(const struct line *line, const char *name)
{
	size_t n = strlen(name);
	const char *p, *end;

	if (line->count < 4 || n == 0)
		return false;
	p = line->field[3];
	end = p + line->len[3];
	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t len = (size_t)((comma ? comma : end) - p);

		if (len == n && memcmp(p, name, n) == 0)
			return true;
		p += len + 1;
	}
	return false;
}

static bool has_group(const struct user *user, gid_t gid)
{
	for (size_t i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return true;
	return false;
}

static void find_supplementary(const char *group, struct user *user)
{
	struct line line;
	uint32_t gid;

	while (next_line(&group, &line) && user->group_count < USERS_GROUPS)
		if (is_member(&line, user->name) && id_of(&line, 2, &gid) && !has_group(user, gid))
			user->groups[user->group_count++] = gid;
}

enum users_result users_resolve(const char *spec, const char *passwd, const char *group, struct user *ret)
{
	const char *colon = strchr(spec, ':');
	struct user user = { 0 };
	bool has_entry;

	if (!find_user(passwd, spec, colon ? (size_t)(colon - spec) : strlen(spec), &user, &has_entry))
		return USERS_NO_USER;
	if (colon && !find_group(group, colon + 1, &user.gid))
		return USERS_NO_GROUP;
	user.groups[user.group_count++] = user.gid;
	/* A user without an entry has no name that a group could list. */
	if (has_entry)
		find_supplementary(group, &user);
	*ret = user;
	return USERS_OK;
}
