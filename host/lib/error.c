/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the form of error messages and the names of the codes.
 *
 * Never: lets a control character of the guest through to a terminal.
 */
#include "host/lib/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/version.h"

static __attribute__((format(printf, 3, 0))) void set_message(struct pith_error *err, enum pith_code code,
							      const char *format, va_list args)
{
	*err = (struct pith_error){ .code = code };
	vsnprintf(err->message, sizeof(err->message), format, args);
}

enum pith_code error_set(struct pith_error *err, enum pith_code code, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	va_start(args, format);
	set_message(err, code, format, args);
	va_end(args);
	return code;
}

enum pith_code error_set_errno(struct pith_error *err, enum pith_code code, int os_errno, const char *format, ...)
{
	va_list args;
	size_t used;

	if (err == NULL)
		return code;
	va_start(args, format);
	set_message(err, code, format, args);
	va_end(args);
	err->os_errno = os_errno;
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", strerror(os_errno));
	return code;
}

enum pith_code error_set_no_memory(struct pith_error *err)
{
	return error_set(err, PITH_SYSTEM, "there is no memory left");
}

void text_copy_printable(char *dst, size_t size, const char *text)
{
	size_t used = 0;

	for (; text != NULL && *text != '\0' && used + 1 < size; text++) {
		unsigned char c = (unsigned char)*text;

		/* U+0080 to U+009F, which some terminals take for escapes. */
		if (c == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] <= 0x9f) {
			text++;
			c = '?';
		}
		dst[used++] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
	}
	dst[used] = '\0';
}

const char *pith_code_name(enum pith_code code)
{
	switch (code) {
	case PITH_OK:
		return "ok";
	case PITH_BAD_ARGUMENT:
		return "bad_argument";
	case PITH_NO_SOCKET:
		return "no_socket";
	case PITH_NOT_PERMITTED:
		return "not_permitted";
	case PITH_REFUSED:
		return "refused";
	case PITH_NO_LISTENER:
		return "no_listener";
	case PITH_NO_ANSWER:
		return "no_answer";
	case PITH_NO_HELLO:
		return "no_hello";
	case PITH_CLOSED:
		return "closed";
	case PITH_NOT_PITH:
		return "not_pith";
	case PITH_WRONG_VERSION:
		return "wrong_version";
	case PITH_LOST:
		return "lost";
	case PITH_BAD_REPLY:
		return "bad_reply";
	case PITH_DEADLINE:
		return "deadline";
	case PITH_GUEST_ERROR:
		return "guest_error";
	case PITH_INTERRUPTED:
		return "interrupted";
	case PITH_INPUT_FAILED:
		return "input_failed";
	case PITH_OUTPUT_FAILED:
		return "output_failed";
	case PITH_OUTPUT_LIMIT:
		return "output_limit";
	case PITH_SYSTEM:
		return "system";
	}
	return "unknown";
}

const char *pith_version(void)
{
	return PITH_VERSION;
}
