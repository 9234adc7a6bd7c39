/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns edit: download to a local copy, editor, upload.
 *
 * Never: loses the user's text. If the upload fails, the copy stays and a message names its path.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/sha256.h"
#include "host/cli/transfer/files.h"

#define LAST_NAME_MAX 100u /* bytes of the copy's name, which the editor shows and uses to choose a syntax */

struct edit {
	struct files files;
	const char *path;
	bool is_new;
	char version[128];
	char directory[256];
	char copy[512];
	char hash[SHA256_TEXT_SIZE];
};

static bool make_copy(struct edit *edit)
{
	const char *tmp = getenv("TMPDIR"), *slash = strrchr(edit->path, '/');
	const char *name = slash ? slash + 1 : edit->path;
	int n = snprintf(edit->directory, sizeof(edit->directory), "%s/pith-edit.XXXXXX", tmp && tmp[0] ? tmp : "/tmp");

	if (n < 0 || (size_t)n >= sizeof(edit->directory) || !mkdtemp(edit->directory)) {
		files_tell_local(&edit->files, edit->directory, "cannot make a directory for the copy", errno);
		edit->directory[0] = '\0';
		return false;
	}
	snprintf(edit->copy, sizeof(edit->copy), "%s/%.*s", edit->directory, (int)LAST_NAME_MAX, name);
	return true;
}

static bool fetch(struct edit *edit)
{
	_cleanup_close_ int fd = open(edit->copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct pith_read_options options = { .output = { .kind = PITH_STREAM_FD, .fd = fd } };
	struct pith_read_result result;
	struct pith_error err;

	if (fd < 0) {
		files_tell_local(&edit->files, edit->copy, "cannot make the copy", errno);
		return false;
	}
	if (edit->is_new)
		return true;
	if (pith_file_read(edit->files.conn, &edit->files.where, edit->path, &options, &result, &err) != PITH_OK) {
		files_tell(&edit->files, edit->path, &err);
		return false;
	}
	memcpy(edit->version, result.file.version, sizeof(edit->version));
	return true;
}

static bool hash_copy(const struct edit *edit, char ret[SHA256_TEXT_SIZE])
{
	_cleanup_close_ int fd = open(edit->copy, O_RDONLY | O_CLOEXEC);
	struct sha256 s;
	char buf[16384];
	ssize_t n;

	sha256_init(&s);
	while ((n = fd < 0 ? -errno : io_read(fd, buf, sizeof(buf))) > 0)
		sha256_add(&s, buf, (size_t)n);
	sha256_end(&s, ret);
	return n == 0;
}

/* Runs $EDITOR in a shell, because the variable may contain options. True if the exit status is 0. */
static bool run_editor(struct edit *edit)
{
	const char *editor = getenv("VISUAL");
	char script[1024];
	int status;
	pid_t pid;

	if (!editor || !editor[0])
		editor = getenv("EDITOR");
	snprintf(script, sizeof(script), "%s \"$1\"", editor && editor[0] ? editor : "vi");
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", script, "sh", edit->copy, (char *)NULL);
		_exit(STATUS_NOT_FOUND);
	}
	if (pid < 0) {
		files_tell_local(&edit->files, edit->copy, "cannot start the editor", errno);
		return false;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	files_tell_local(&edit->files, edit->path, "the editor has failed, and the guest's file was not changed", 0);
	return false;
}

static bool put_back(struct edit *edit)
{
	_cleanup_close_ int fd = open(edit->copy, O_RDONLY | O_CLOEXEC);
	struct pith_write_options options = {
		.how = edit->is_new ? PITH_WRITE_CREATE_NEW : PITH_WRITE_REPLACE,
		.if_unchanged_since = edit->is_new ? NULL : edit->version,
		.input = { .kind = PITH_STREAM_FD, .fd = fd },
	};
	struct pith_file file;
	struct pith_error err;

	if (fd < 0) {
		files_tell_local(&edit->files, edit->copy, "cannot open the copy", errno);
		return false;
	}
	if (pith_file_write(edit->files.conn, &edit->files.where, edit->path, &options, NULL, &file, &err) == PITH_OK)
		return true;
	if (err.code == PITH_GUEST_ERROR && strcmp(err.guest_code, edit->is_new ? "already_exists" : "conflict") == 0) {
		files_tell_left_out(&edit->files, edit->path, "the guest's file was changed during the edit");
		return false;
	}
	files_tell(&edit->files, edit->path, &err);
	return false;
}

/* An editor may be open for hours, and the connection may be lost by then. */
static bool connect_again(struct edit *edit)
{
	struct pith_error err;

	pith_close(edit->files.conn);
	edit->files.conn = NULL;
	if (cmd_connect(edit->files.settings, &edit->files.conn, &err) == PITH_OK)
		return true;
	edit->files.status = cmd_fail(&err);
	return false;
}

/* Returns true if the copy can be removed. */
static bool edit_copy(struct edit *edit)
{
	char hash[SHA256_TEXT_SIZE];

	if (!fetch(edit))
		return true;
	if (!hash_copy(edit, edit->hash)) {
		files_tell_local(&edit->files, edit->copy, "cannot read the copy", errno);
		return true;
	}
	if (!run_editor(edit))
		return false;
	if (!hash_copy(edit, hash)) {
		files_tell_local(&edit->files, edit->copy, "cannot read the copy", errno);
		return false;
	}
	if (strcmp(hash, edit->hash) == 0) {
		cmd_say("edit: nothing was changed");
		return true;
	}
	return connect_again(edit) && put_back(edit);
}

/* Returns false, after an error message, if the path is not a regular file or a new name. */
static bool look_at(struct edit *edit)
{
	struct pith_file file;
	struct pith_error err;
	enum pith_code code = pith_file_stat(edit->files.conn, &edit->files.where, edit->path, PITH_LINKS_KEEP, &file,
					     &err);

	edit->is_new = code == PITH_GUEST_ERROR && strcmp(err.guest_code, "not_found") == 0;
	if (edit->is_new)
		return true;
	if (code != PITH_OK) {
		files_tell(&edit->files, edit->path, &err);
		return false;
	}
	if (file.type == PITH_FILE_REGULAR)
		return true;
	files_tell_left_out(&edit->files, edit->path, file.type == PITH_FILE_SYMLINK
							      ? "the path is a symbolic link: edit its target"
							      : "the path is not a regular file");
	return false;
}

int cmd_edit(const struct invocation *invocation)
{
	struct edit edit = { .path = files_path(invocation->arguments[0]) };

	if (!files_init(&edit.files, invocation))
		return edit.files.status;
	if (look_at(&edit) && make_copy(&edit)) {
		if (edit_copy(&edit)) {
			unlink(edit.copy);
			rmdir(edit.directory);
		} else {
			cmd_say("edit: your copy is %s", edit.copy);
		}
	}
	return files_deinit(&edit.files);
}
