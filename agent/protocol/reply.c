/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the form of errors (docs/reference/protocol.md, section 4). Never: sends anything. */
#include "agent/protocol/reply.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/protocol/jsonw.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"

static const char *const code_names[] = {
#define ERROR_CODE(name, wire) [ERROR_##name] = wire,
#include "agent/protocol/errors.def"
#undef ERROR_CODE
};

static const struct {
	int number;
	const char *name;
} errno_names[] = {
#define E(name) { name, #name }
	E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM),
	E(EACCES), E(EFAULT), E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR), E(EINVAL), E(ENFILE),
	E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK), E(EPIPE), E(EDOM), E(ERANGE),
	E(EDEADLK), E(ENAMETOOLONG), E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENODATA), E(ETIME), E(ENOLINK), E(EPROTO), E(EBADMSG),
	E(EOVERFLOW), E(ELIBBAD), E(EUSERS), E(ENOTSOCK), E(EMSGSIZE), E(EOPNOTSUPP), E(EAFNOSUPPORT), E(EADDRINUSE),
	E(EADDRNOTAVAIL), E(ENETDOWN), E(ENETUNREACH), E(ECONNABORTED), E(ECONNRESET), E(ENOBUFS), E(ENOTCONN), E(ETIMEDOUT),
	E(ECONNREFUSED), E(EHOSTUNREACH), E(EALREADY), E(EINPROGRESS), E(ESTALE), E(EDQUOT), E(ENOMEDIUM), E(ECANCELED),
	E(ENOKEY), E(EKEYREJECTED), E(EUCLEAN),
#undef E
};

const char *errno_name(int error_number)
{
	for (size_t i = 0; i < ARRAY_SIZE(errno_names); i++)
		if (errno_names[i].number == error_number)
			return errno_names[i].name;
	return "EUNKNOWN";
}

static enum error_code code_of_errno(int error_number)
{
	switch (error_number) {
	case ENOENT:
	case ESRCH:
		return ERROR_NOT_FOUND;
	case EEXIST:
		return ERROR_ALREADY_EXISTS;
	case EACCES:
	case EPERM:
		return ERROR_PERMISSION_DENIED;
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
		return ERROR_RESOURCE_EXHAUSTED;
	case EBUSY:
		return ERROR_BUSY;
	case ETIMEDOUT:
		return ERROR_TIMED_OUT;
	case ENOSYS:
	case EOPNOTSUPP:
		return ERROR_UNSUPPORTED;
	}
	return ERROR_IO_ERROR;
}

bool reply_fail(struct reply *reply, enum error_code code, const char *format, ...)
{
	va_list args;

	reply->failed = true;
	reply->code = code;
	va_start(args, format);
	fmt_text_v(reply->message, sizeof(reply->message), format, args);
	va_end(args);
	return false;
}

void reply_fail_result(struct reply *reply)
{
	bool is_full = reply->result->failed && reply->result->size == reply->result->max;

	(void)reply_fail(reply, ERROR_RESOURCE_EXHAUSTED, is_full ? "the result is larger than a frame" : "no memory for the result");
}

void reply_begin(struct reply *reply, struct buf *result)
{
	result->len = 0;
	result->failed = false;
	*reply = (struct reply){ .result = result };
	jsonw_object(result, NULL);
}

enum frame_type reply_end(struct reply *reply)
{
	if (!reply->failed) {
		jsonw_object_end(reply->result);
		if (!reply->result->failed)
			return FRAME_RESULT;
		reply_fail_result(reply);
	}
	reply_write_error(reply, reply->result);
	return FRAME_ERROR;
}

bool reply_fail_field(struct reply *reply, const char *field, const char *format, ...)
{
	va_list args;

	reply->failed = true;
	reply->code = ERROR_INVALID_ARGUMENT;
	reply->field = field;
	va_start(args, format);
	fmt_text_v(reply->message, sizeof(reply->message), format, args);
	va_end(args);
	return false;
}

bool reply_fail_errno(struct reply *reply, int error_number, const char *what)
{
	reply->error_number = error_number;
	return reply_fail(reply, code_of_errno(error_number), "%s: %s", what, strerror(error_number));
}

bool reply_fail_path(struct reply *reply, int r, const char *field)
{
	reply->field = field;
	switch (-r) {
	case EINVAL:
		reply->error_number = EINVAL;
		return reply_fail_field(reply, field, "%s: this operation is not possible with such a path", field);
	case ENOTSUP:
		reply_fail_errno(reply, EOPNOTSUPP, field);
		return reply_fail(reply, ERROR_UNSUPPORTED, "%s: neither a regular file nor a directory, and so not read or written",
				  field);
	case ENOSYS:
		reply_fail_errno(reply, ENOSYS, field);
		return reply_fail(reply, ERROR_UNSUPPORTED, "%s: this kernel has no openat2(2), without which no path is safe", field);
	case ELOOP:
		reply_fail_errno(reply, ELOOP, field);
		return reply_fail(reply, ERROR_PERMISSION_DENIED, "%s: a symbolic or magic link that is not followed", field);
	default:
		return reply_fail_errno(reply, -r, field);
	}
}

void reply_write_error(const struct reply *reply, struct buf *out)
{
	out->len = 0;
	out->failed = false;
	jsonw_object(out, NULL);
	jsonw_string(out, "code", code_names[reply->code]);
	jsonw_string(out, "message", reply->message);
	if (reply->op)
		jsonw_string(out, "op", reply->op);
	if (reply->field)
		jsonw_string(out, "field", reply->field);
	if (reply->step)
		jsonw_string(out, "step", reply->step);
	if (reply->error_number)
		jsonw_string(out, "errno", errno_name(reply->error_number));
	jsonw_object_end(out);
}

void reply_write_ping(struct reply *reply, const char *generation)
{
	jsonw_string(reply->result, "generation", generation);
	jsonw_count(reply->result, "realtime_us", (uint64_t)clock_us(CLOCK_REALTIME));
	jsonw_count(reply->result, "boottime_us", (uint64_t)clock_boot_us());
}
