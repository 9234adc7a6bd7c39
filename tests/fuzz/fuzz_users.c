/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/spawn/users.c common/fmt.c */
/*
 * The input is a spec, a NUL, the text of a passwd file, a NUL, and that of a group file. Properties: the texts come back ended; ids
 * are never the one that means "leave it"; groups are bounded, without doubles, the own one first; nobody is written on a
 * failure; who was found by number is found again by it; what stands behind the colon changes nothing but the group.
 */
#include "agent/spawn/users.h"

#include <stdint.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void check_text(const char *text)
{
	const char *end = memchr(text, '\0', USERS_TEXT_SIZE);

	FUZZ_CHECK(end && end > text);
	FUZZ_CHECK(!memchr(text, '\n', (size_t)(end - text)) && !memchr(text, ':', (size_t)(end - text)));
}

static void check_user(const struct user *user)
{
	FUZZ_CHECK(user->uid != UINT32_MAX && user->gid != UINT32_MAX);
	check_text(user->name);
	check_text(user->home);
	check_text(user->shell);
	FUZZ_CHECK(user->group_count >= 1 && user->group_count <= USERS_GROUPS);
	FUZZ_CHECK(user->groups[0] == user->gid);
	for (size_t i = 0; i < user->group_count; i++) {
		FUZZ_CHECK(user->groups[i] != UINT32_MAX);
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(user->groups[i] != user->groups[k]);
	}
}

/* The part of the spec that names the user decides alone who it is. */
static void check_without_group(const char *spec, const char *passwd, const char *group, const struct user *user)
{
	char *name = strdup(spec);
	struct user alone;

	if (!name)
		abort();
	name[strcspn(name, ":")] = '\0';
	FUZZ_CHECK(users_resolve(name, passwd, group, &alone) == USERS_OK);
	FUZZ_CHECK(alone.uid == user->uid && strcmp(alone.name, user->name) == 0);
	FUZZ_CHECK(strcmp(alone.home, user->home) == 0 && strcmp(alone.shell, user->shell) == 0);
	free(name);
}

static void check(const char *spec, const char *passwd, const char *group)
{
	struct user user, again, untouched;
	enum users_result result;

	memset(&user, 0x5a, sizeof(user));
	untouched = user;
	result = users_resolve(spec, passwd, group, &user);
	if (result != USERS_OK) {
		FUZZ_CHECK(memcmp(&user, &untouched, sizeof(user)) == 0);
		if (result == USERS_NO_USER)
			FUZZ_REACHED("nobody");
		else
			FUZZ_REACHED("no such group");
		return;
	}
	FUZZ_REACHED("somebody");
	check_user(&user);
	if (strchr(spec, ':')) {
		FUZZ_REACHED("a spec with a group");
		check_without_group(spec, passwd, group, &user);
	}
	if (user.group_count > 1)
		FUZZ_REACHED("supplementary groups");
	if (user.group_count == USERS_GROUPS)
		FUZZ_REACHED("all groups that there is room for");
	/* Deterministic, whatever was in the struct before. */
	memset(&again, 0xa5, sizeof(again));
	FUZZ_CHECK(users_resolve(spec, passwd, group, &again) == USERS_OK);
	FUZZ_CHECK(again.uid == user.uid && again.gid == user.gid && again.group_count == user.group_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Each text is exactly as large as its memory. */
	char *text[3];
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		size_t n = at < size ? strnlen((const char *)data + at, size - at) : 0;

		text[i] = malloc(n + 1);
		if (!text[i])
			abort();
		if (n)
			memcpy(text[i], data + at, n);
		text[i][n] = '\0';
		at += n + 1;
	}
	check(text[0], text[1], text[2]);
	for (int i = 0; i < 3; i++)
		free(text[i]);
	return 0;
}
