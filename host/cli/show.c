/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the text form of a file's type, mode and times. */
#include "host/cli/show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *name;
	char letter;
} types[] = {
	[PITH_FILE_OTHER] = { "something else", '?' }, [PITH_FILE_REGULAR] = { "file", '-' },
	[PITH_FILE_DIRECTORY] = { "directory", 'd' },  [PITH_FILE_SYMLINK] = { "symlink", 'l' },
	[PITH_FILE_FIFO] = { "fifo", 'p' },	       [PITH_FILE_SOCKET] = { "socket", 's' },
	[PITH_FILE_BLOCK] = { "block", 'b' },	       [PITH_FILE_CHAR] = { "char", 'c' },
};

const char *show_type(const struct pith_file *file)
{
	return types[file->type].name;
}

/* Replaces an x by the letter of set-user-ID, set-group-ID or sticky; a capital letter means that there is no x. */
static void mark(char *x, uint32_t bit, const char letters[2])
{
	if (bit)
		*x = letters[*x != 'x'];
}

const char *show_mode(const struct pith_file *file, char text[SHOW_MODE_SIZE])
{
	memcpy(text, "?rwxrwxrwx", SHOW_MODE_SIZE);
	text[0] = types[file->type].letter;
	for (unsigned i = 0; i < 9; i++) {
		if (!(file->mode & 0400u >> i))
			text[1 + i] = '-';
	}
	mark(&text[3], file->mode & 04000, "sS");
	mark(&text[6], file->mode & 02000, "sS");
	mark(&text[9], file->mode & 01000, "tT");
	return text;
}

const char *show_time(int64_t time_us, char text[SHOW_TIME_SIZE])
{
	/* Rounds down, for times before 1970 too. */
	time_t seconds = (time_t)(time_us / 1000000 - (time_us % 1000000 < 0));
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || strftime(text, SHOW_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(text, SHOW_TIME_SIZE, "%lld s", (long long)seconds);
	return text;
}
