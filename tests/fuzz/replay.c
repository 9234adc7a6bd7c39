/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main() of a fuzz target without a fuzzer: replays files, twice each, as TAP. It owns the proof that the seeds reach
 * every FUZZ_REACHED() of the target.
 *
 * Never: passes with no seed or no mark.
 *
 *	build/tests/fuzz/fuzz_frame			the seeds
 *	build/tests/fuzz/fuzz_frame FILE...		these inputs, for instance a crash; marks are not looked at
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (4u << 20)	/* more than any frame; a seed above it is a mistake */
#define TIMES 2			/* the second run meets what the first one left in statics */

extern struct fuzz_mark *const __start_fuzz_marks[] __attribute__((weak));
extern struct fuzz_mark *const __stop_fuzz_marks[] __attribute__((weak));

static int results;

static void result(bool ok, const char *what, const char *detail)
{
	printf("%sok %d - %s%s\n", ok ? "" : "not ", ++results, what, detail);
	fflush(stdout);
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static int replay(const char *path)
{
	__attribute__((cleanup(close_file))) FILE *file = fopen(path, "rb");
	_cleanup_free_ uint8_t *data = NULL;
	long size;

	/* Said first: if the target dies, this line tells of what. */
	printf("# %s\n", path);
	fflush(stdout);
	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
		return -errno;
	if ((size_t)size > INPUT_MAX)
		return -EFBIG;
	for (int i = 0; i < TIMES; i++) {
		data = malloc((size_t)size ? (size_t)size : 1);
		if (!data)
			return -ENOMEM;
		rewind(file);
		if (fread(data, 1, (size_t)size, file) != (size_t)size)
			return -EIO;
		LLVMFuzzerTestOneInput(data, (size_t)size);
		free_pointer(&data);
	}
	return 0;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Returns the number of seeds. */
static int replay_directory(const char *directory)
{
	struct dirent **entries = NULL;
	int n = scandir(directory, &entries, visible, alphasort);
	int bad = 0;

	for (int i = 0; i < n; i++) {
		char path[1024];
		int r;

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		r = replay(path);
		if (r < 0) {
			printf("# cannot be read: %s\n", strerror(-r));
			bad++;
		}
		free(entries[i]);
	}
	free(entries);
	result(n > 0 && bad == 0, "every seed holds the properties, twice: ", directory);
	return n;
}

static void look_at_marks(void)
{
	/* Through pointers: a compiler takes the address of an array for true. */
	struct fuzz_mark *const *mark = __start_fuzz_marks;
	struct fuzz_mark *const *stop = __stop_fuzz_marks;

	if (mark == stop)
		result(false, "the target marks a line that seeds must reach", "");
	for (; mark != stop; mark++) {
		printf("# %s:%d: %lu times\n", (*mark)->file, (*mark)->line, (*mark)->hits);
		result((*mark)->hits > 0, "a seed reaches: ", (*mark)->what);
	}
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char directory[512];

	for (int i = 1; i < argc; i++) {
		int r = replay(argv[i]);

		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return EXIT_FAILURE;
		}
	}
	if (argc > 1)
		return EXIT_SUCCESS;

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	/* Tests run at the top of the tree. */
	snprintf(directory, sizeof(directory), "tests/fuzz/seeds/%s", name);
	replay_directory(directory);
	look_at_marks();
	printf("1..%d\n", results);
	return EXIT_SUCCESS;
}
