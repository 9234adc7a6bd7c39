/* SPDX-License-Identifier: Apache-2.0 */
/* Owns cp's command line: which side is which. */
#include <string.h>

#include "host/cli/transfer/copy.h"

static const char *problem_of(char *const *words, size_t count)
{
	const char *to = words[count - 1];
	bool up = to[0] == ':';

	for (size_t i = 0; i + 1 < count; i++) {
		if ((words[i][0] == ':') == up)
			return up ? "one side must be here: the paths from and to both begin with a colon"
				  : "one side must be the guest: put a colon before its path";
		if (words[i][0] == '\0')
			return "a path is empty";
		if (count > 2 && strcmp(words[i], "-") == 0)
			return "- goes alone: one path from and one to";
	}
	if (!to[0])
		return "a path is empty";
	return count > 2 && strcmp(to, "-") == 0 ? "- goes alone: one path from and one to" : NULL;
}

int cmd_cp(const struct invocation *invocation)
{
	char *const *words = invocation->arguments;
	const char *problem, *to;
	struct copy copy = { .over = false };
	size_t count = 0;

	while (words[count])
		count++;
	problem = problem_of(words, count);
	if (problem) {
		cmd_say("cp: %s (pith help cp)", problem);
		return STATUS_FAILED;
	}
	if (!files_init(&copy.files, invocation))
		return copy.files.status;
	progress_init(&copy.progress);
	copy.filter.exclude = invocation->settings.exclude.items;
	if (invocation->settings.recursive)
		files_wait_long(&copy.files);
	to = words[count - 1];
	if (to[0] == ':')
		copy_up(&copy, words, count - 1, to[1] ? to + 1 : "/");
	else
		copy_down(&copy, words, count - 1, to);
	progress_wipe(&copy.progress);
	return files_deinit(&copy.files);
}
