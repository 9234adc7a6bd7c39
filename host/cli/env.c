/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the environment variables that a command passes on. Never: passes on a variable that was not named. */
#include "host/cli/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

static char *join(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 2;
	char *text = malloc(size);

	if (text)
		snprintf(text, size, "%s=%s", name, value);
	return text;
}

bool env_make(struct env *env, const char *const *words, size_t count)
{
	size_t kept = 0;

	*env = (struct env){ .items = calloc(count + 1, sizeof(char *)), .owned = calloc(count + 1, sizeof(char *)) };
	if (!env->items || !env->owned)
		return false;
	for (size_t i = 0; i < count; i++) {
		/* An empty word is kept, so that libpith reports the error. */
		bool is_whole = !words[i][0] || strchr(words[i], '=');
		const char *value = is_whole ? NULL : getenv(words[i]);

		if (is_whole) {
			env->items[kept++] = words[i];
		} else if (value) {
			char *made = join(words[i], value);

			if (!made)
				return false;
			env->owned[env->count++] = made;
			env->items[kept++] = made;
		}
	}
	return true;
}

void env_deinit(struct env *env)
{
	for (size_t i = 0; env->owned && i < env->count; i++)
		free(env->owned[i]);
	free_pointer(&env->owned);
	free_pointer(&env->items);
	env->count = 0;
}
