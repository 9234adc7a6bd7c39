/* SPDX-License-Identifier: Apache-2.0 */
/* files ADDRESS DIRECTORY: writes a file in a directory of the guest, reads it back, and lists the directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pith_files.h>

static struct pith_error err;

/* One place for all errors: the library has said in a sentence what failed. */
static void need(enum pith_code code, const char *what)
{
	if (code == PITH_OK)
		return;
	fprintf(stderr, "files: %s: %s (%s%s%s)\n", what, err.message, pith_code_name(code), err.guest_code[0] ? ", " : "", err.guest_code);
	exit(EXIT_FAILURE);
}

/* A source gives what it has left, and 0 at its end. */
static ssize_t give(void *user, void *buf, size_t size)
{
	const char **left = user;
	size_t len = strlen(*left) < size ? strlen(*left) : size;

	memcpy(buf, *left, len);
	*left += len;
	return (ssize_t)len;
}

/* A sink takes all that it is given. The guest is not trusted: these bytes may be any. */
static int show(void *user, const void *data, size_t size)
{
	return fwrite(data, 1, size, user) == size ? 0 : -1;
}

static int list(void *user, const struct pith_dir_entry *entry)
{
	size_t *count = user;

	printf("%6llu %s\n", (unsigned long long)entry->file.size_bytes, entry->path);
	++*count;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: files ADDRESS DIRECTORY\n");
		return 2;
	}
	const char *text = "hello from the host\n";
	/* The directory is the root that each call sees: no path and no symbolic link leads out of it. */
	const struct pith_where where = { .root = argv[2], .timeout_ms = 10000 };
	const struct pith_write_options write = { .parents = true, .input = { .kind = PITH_STREAM_CALLBACK, .read = give, .user = &text } };
	const struct pith_read_options read = { .output = { .kind = PITH_STREAM_CALLBACK, .write = show, .user = stdout } };
	struct pith_read_result result;
	struct pith_file file;
	struct pith_conn *conn;
	size_t count = 0;

	need(pith_connect(argv[1], NULL, &conn, &err), "connect");
	need(pith_file_write(conn, &where, "/notes/hello.txt", &write, NULL, &file, &err), "write");
	need(pith_file_read(conn, &where, "/notes/hello.txt", &read, &result, &err), "read");
	need(pith_dir_list(conn, &where, "/", 2, list, &count, &err), "list");
	printf("%zu entries\n", count);
	pith_close(conn);
	return EXIT_SUCCESS;
}
