/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of documents. Never: prints a text of the guest without replacing its control characters. */
#include "host/cli/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/frame.h"
#include "common/io.h"
#include "host/cli/cmd.h"
#include "host/lib/error.h"

const char *document_shown(const struct json *object, const char *name, char text[DOCUMENT_SHOWN])
{
	text_copy_printable(text, DOCUMENT_SHOWN, json_get_string(object, name));
	return text;
}

static char *checked(const char *path, char *text)
{
	const char *problem;
	struct json *document = text ? json_parse_object(text, strlen(text), &problem) : NULL;

	if (text && !document) {
		cmd_say("%s is not a JSON object: %s", path, problem);
		free(text);
		text = NULL;
	}
	json_free(document);
	return text;
}

char *document_read(const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	_cleanup_close_ int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_buf_ struct buf b = BUF_INIT(FRAME_JSON_MAX);

	for (;;) {
		uint8_t *to = fd < 0 ? NULL : buf_reserve(&b, 4096);
		ssize_t n = to ? io_read(fd, to, 4096) : fd < 0 ? -errno : -EFBIG;

		if (n < 0) {
			cmd_say("cannot read %s: %s", path, strerror((int)-n));
			return NULL;
		}
		if (n == 0)
			return checked(path, strndup((const char *)b.data, b.len));
		buf_commit(&b, (size_t)n);
	}
}
