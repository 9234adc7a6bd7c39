/* SPDX-License-Identifier: Apache-2.0 */
/* Owns cp's command line: which side is which, and what both directions share. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "copy.h"

bool copy_last_name(const char *path, char dst[PITH_PATH_SIZE])
{
	size_t end = strlen(path), begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	if (end - begin >= PITH_PATH_SIZE)
		return false;
	memcpy(dst, path + begin, end - begin);
	dst[end - begin] = '\0';
	if (strcmp(dst, ".") == 0 || strcmp(dst, "..") == 0)
		dst[0] = '\0';
	return true;
}

bool copy_is_excluded(const struct string_list *patterns, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < patterns->count; i++) {
		const char *pattern = patterns->items[i];

		if (strchr(pattern, '/') ? fnmatch(pattern, path, FNM_PATHNAME) == 0 : fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return false;
}

void copy_refused(struct copy *copy, const char *path, const struct pith_error *err)
{
	progress_wipe(&copy->progress);
	if (!files_tell(&copy->files, path, err))
		copy->over = true;
}

void copy_failed_here(struct copy *copy, const char *path, const char *sentence, int error)
{
	progress_wipe(&copy->progress);
	files_tell_local(&copy->files, path, sentence, error);
}

void copy_left_out(struct copy *copy, const char *path, const char *why)
{
	progress_wipe(&copy->progress);
	files_tell_left_out(&copy->files, path, why);
}

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
	to = words[count - 1];
	if (to[0] == ':')
		copy_up(&copy, words, count - 1, to[1] ? to + 1 : "/");
	else
		copy_down(&copy, words, count - 1, to);
	progress_wipe(&copy.progress);
	return files_deinit(&copy.files);
}
