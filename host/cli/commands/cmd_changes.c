/* SPDX-License-Identifier: Apache-2.0 */
/* Owns diff and apply: the archive of a guest's changes to its image, written and applied. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "host/cli/transfer/files.h"

static int tell_counts(struct files *files, const char *what, const struct pith_tree_counts *counts)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s %llu entries, %llu bytes of files, %llu removed\n", what, (unsigned long long)counts->entries,
			(unsigned long long)counts->file_bytes, (unsigned long long)counts->deleted);
	return files_deinit(files);
}

/* A half-written archive is removed: its name would suggest a whole one. */
static int write_file(struct files *files, const char *path, const struct pith_export_options *options, struct pith_tree_counts *counts,
		      struct pith_error *err)
{
	struct pith_export_options to_file = *options;
	char part[PITH_PATH_SIZE];
	_cleanup_close_ int fd = -1;

	if ((size_t)snprintf(part, sizeof(part), "%s.part", path) >= sizeof(part)) {
		files_tell_local(files, path, "cannot be written", ENAMETOOLONG);
		return -1;
	}
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		files_tell_local(files, part, "cannot be made", errno);
		return -1;
	}
	to_file.output.fd = fd;
	if (pith_tree_export(files->conn, &files->where, "/", &to_file, counts, err) != PITH_OK) {
		unlink(part);
		files_tell(files, "/", err);
		return -1;
	}
	if (rename(part, path) < 0) {
		files_tell_local(files, path, "cannot be written", errno);
		unlink(part);
		return -1;
	}
	return 0;
}

int cmd_diff(const struct invocation *invocation)
{
	const char *path = invocation->arguments[0];
	struct pith_export_options options = {
		.exclude = invocation->settings.exclude.items, .xattrs = true, .devices = true, .changes = true,
		.output = { .kind = PITH_STREAM_FD, .fd = STDOUT_FILENO },
	};
	bool to_stdout = !path || strcmp(path, "-") == 0;
	struct pith_tree_counts counts;
	struct pith_error err;
	struct files files;

	if (to_stdout && isatty(STDOUT_FILENO)) {
		cmd_say("diff: the archive is not written to a terminal: name a FILE, or redirect stdout");
		return STATUS_FAILED;
	}
	if (!files_init(&files, invocation))
		return files.status;
	files_wait_long(&files);
	if (!to_stdout) {
		if (write_file(&files, path, &options, &counts, &err) < 0)
			return files_deinit(&files);
	} else if (pith_tree_export(files.conn, &files.where, "/", &options, &counts, &err) != PITH_OK) {
		files_tell(&files, "/", &err);
		return files_deinit(&files);
	}
	return tell_counts(&files, "wrote", &counts);
}

int cmd_apply(const struct invocation *invocation)
{
	const char *path = invocation->arguments[0];
	struct pith_import_options options = {
		.exclude = invocation->settings.exclude.items, .keep_owner = true, .xattrs = true, .devices = true, .whiteouts = true,
		.input = { .kind = PITH_STREAM_FD, .fd = STDIN_FILENO },
	};
	_cleanup_close_ int fd = -1;
	struct pith_tree_counts counts;
	struct pith_error err;
	struct files files;

	if (strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			cmd_say("apply: %s: %s", path, strerror(errno));
			return STATUS_FAILED;
		}
		options.input.fd = fd;
	}
	if (!files_init(&files, invocation))
		return files.status;
	files_wait_long(&files);
	if (pith_tree_import(files.conn, &files.where, "/", &options, &counts, &err) != PITH_OK) {
		files_tell(&files, path, &err);
		return files_deinit(&files);
	}
	return tell_counts(&files, "applied", &counts);
}
