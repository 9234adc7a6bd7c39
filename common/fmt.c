/* SPDX-License-Identifier: Apache-2.0 */
/* Owns text formatting where stdio is unwelcome. Never: allocates, touches an fd or errno. */
#include "common/fmt.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void out_bytes(struct out *out, const char *bytes, size_t n)
{
	size_t room = out->size - 1 - out->len;

	if (n > room)
		n = room;
	memcpy(out->buf + out->len, bytes, n);
	out->len += n;
}

static void out_number(struct out *out, unsigned long long value, bool negative, unsigned int base, size_t width)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	/* The sign is a part of the width, and stands before the zeros. */
	while (at > 1 && sizeof(digits) - at + negative < width)
		digits[--at] = '0';
	if (negative)
		digits[--at] = '-';
	out_bytes(out, digits + at, sizeof(digits) - at);
}

static void out_signed(struct out *out, long long value, size_t width)
{
	/* The magnitude is taken in unsigned arithmetic: LLONG_MIN has no positive twin. */
	out_number(out, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value, value < 0, 10, width);
}

static void out_string(struct out *out, const char *s, size_t max)
{
	if (!s)
		s = "(null)";
	out_bytes(out, s, strnlen(s, max));
}

static size_t read_digits(const char **p)
{
	size_t value = 0;

	for (; **p >= '0' && **p <= '9' && value < 10000; (*p)++)
		value = value * 10 + (size_t)(**p - '0');
	return value;
}

size_t fmt_text_v(char *buf, size_t size, const char *format, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	const char *p = format;

	while (*p) {
		size_t plain = strcspn(p, "%");
		size_t width = 0, precision = SIZE_MAX;
		int longs = 0;

		out_bytes(&out, p, plain);
		p += plain;
		if (!*p)
			break;
		p++;
		if (*p == '0')
			width = read_digits(&p);
		if (strncmp(p, ".*", 2) == 0) {
			precision = (size_t)va_arg(args, int);
			p += 2;
		} else if (*p == '.') {
			p++;
			precision = read_digits(&p);
		}
		/* size_t is as wide as long on every machine that Linux runs on. */
		for (; *p == 'l' || *p == 'z'; p++)
			longs++;
		switch (*p) {
		case '%':
			out_bytes(&out, "%", 1);
			break;
		case 'c':
			out_bytes(&out, &(char){ (char)va_arg(args, int) }, 1);
			break;
		case 's':
			out_string(&out, va_arg(args, const char *), precision < size ? precision : size);
			break;
		case 'd':
			out_signed(&out,
				   longs > 1 ? va_arg(args, long long)
				   : longs   ? va_arg(args, long)
					     : va_arg(args, int),
				   width);
			break;
		case 'u':
		case 'x':
			out_number(&out,
				   longs > 1 ? va_arg(args, unsigned long long)
				   : longs   ? va_arg(args, unsigned long)
					     : va_arg(args, unsigned int),
				   false, *p == 'x' ? 16 : 10, width);
			break;
		default:
			/* What the next argument is cannot be known. */
			goto end;
		}
		p++;
	}
end:
	buf[out.len] = '\0';
	return out.len;
}

size_t fmt_text(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = fmt_text_v(buf, size, format, args);
	va_end(args);
	return len;
}
