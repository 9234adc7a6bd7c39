/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the units. Never: lets a number overflow, accepts a number whose unit would be a guess. */
#include "host/cli/parse_units.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

#define SIZE_LIMIT (1ULL << 53) /* the largest number that the protocol carries exactly */
#define FRACTION_SCALE 1000000u /* six digits; further digits are read and ignored */

struct unit {
	const char *name;
	uint64_t factor;
};

/* A number with a fraction: value is whole + fraction / FRACTION_SCALE. */
struct number {
	uint64_t whole;
	uint64_t fraction;
};

static enum parse_units_result read_number(const char **text, struct number *ret)
{
	const char *p = *text;
	uint64_t scale = FRACTION_SCALE;

	ret->whole = ret->fraction = 0;
	if (*p == '\0')
		return PARSE_UNITS_EMPTY;
	if (*p < '0' || *p > '9')
		return PARSE_UNITS_NOT_A_NUMBER;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (ret->whole > (UINT64_MAX - 9) / 10)
			return PARSE_UNITS_TOO_LARGE;
		ret->whole = ret->whole * 10 + (uint64_t)(*p - '0');
	}
	if (*p == '.') {
		p++;
		if (*p < '0' || *p > '9')
			return PARSE_UNITS_NOT_A_NUMBER;
		for (; *p >= '0' && *p <= '9'; p++) {
			scale /= 10;
			ret->fraction += scale * (uint64_t)(*p - '0');
		}
	}
	*text = p;
	return PARSE_UNITS_OK;
}

/* factor is at most 2^40, and fraction below FRACTION_SCALE: their product fits into 64 bits. */
static enum parse_units_result multiply(const struct number *number, uint64_t factor, uint64_t limit, uint64_t *ret)
{
	uint64_t parts = number->fraction * factor / FRACTION_SCALE;

	if (number->whole > limit / factor || parts > limit - number->whole * factor)
		return PARSE_UNITS_TOO_LARGE;
	*ret = number->whole * factor + parts;
	return PARSE_UNITS_OK;
}

static enum parse_units_result parse(const char *text, const struct unit *units, size_t count, uint64_t limit, uint64_t *ret)
{
	struct number number;
	enum parse_units_result r = read_number(&text, &number);

	if (r != PARSE_UNITS_OK)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, units[i].name) == 0)
			return multiply(&number, units[i].factor, limit, ret);
	}
	if (*text == '\0' && number.whole == 0 && number.fraction == 0) {
		*ret = 0;
		return PARSE_UNITS_OK;
	}
	return *text == '\0' ? PARSE_UNITS_NO_UNIT : PARSE_UNITS_BAD_UNIT;
}

enum parse_units_result parse_units_duration(const char *text, int64_t *ret_ms)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "min", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	uint64_t ms;
	enum parse_units_result r = parse(text, units, ARRAY_SIZE(units), PARSE_UNITS_DURATION_MAX_MS, &ms);

	if (r == PARSE_UNITS_OK)
		*ret_ms = (int64_t)ms;
	return r;
}

enum parse_units_result parse_units_size(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = {
		{ "", 1 },           { "B", 1 },
		{ "K", 1ULL << 10 }, { "KiB", 1ULL << 10 },
		{ "M", 1ULL << 20 }, { "MiB", 1ULL << 20 },
		{ "G", 1ULL << 30 }, { "GiB", 1ULL << 30 },
		{ "T", 1ULL << 40 }, { "TiB", 1ULL << 40 },
	};

	return parse(text, units, ARRAY_SIZE(units), SIZE_LIMIT, ret_bytes);
}

enum parse_units_result parse_units_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	struct number number;
	enum parse_units_result r = read_number(&text, &number);

	if (r != PARSE_UNITS_OK)
		return r;
	if (*text != '\0' || number.fraction != 0)
		return PARSE_UNITS_NOT_A_NUMBER;
	if (number.whole < min || number.whole > max)
		return PARSE_UNITS_TOO_LARGE;
	*ret = number.whole;
	return PARSE_UNITS_OK;
}

enum parse_units_result parse_units_cpus(const char *text, uint64_t *ret_millis)
{
	struct number number;
	uint64_t millis;
	enum parse_units_result r = read_number(&text, &number);

	if (r != PARSE_UNITS_OK)
		return r;
	if (*text != '\0')
		return PARSE_UNITS_NOT_A_NUMBER;
	r = multiply(&number, 1000, PARSE_UNITS_CPUS_MAX, &millis);
	if (r == PARSE_UNITS_OK && millis == 0)
		return PARSE_UNITS_NOT_A_NUMBER;
	if (r == PARSE_UNITS_OK)
		*ret_millis = millis;
	return r;
}

enum parse_units_result parse_units_octal(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (*text == '\0')
		return PARSE_UNITS_EMPTY;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return PARSE_UNITS_NOT_A_NUMBER;
		value = value * 8 + (uint64_t)(*text - '0');
		if (value > 0777)
			return PARSE_UNITS_TOO_LARGE;
	}
	*ret = value;
	return PARSE_UNITS_OK;
}

enum parse_units_result parse_units_integer(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t size;
	int64_t value;
	enum parse_units_result r = parse_units_count(text + (negative || *text == '+'), 0, INT32_MAX, &size);

	if (r != PARSE_UNITS_OK)
		return r;
	value = negative ? -(int64_t)size : (int64_t)size;
	if (value < min || value > max)
		return PARSE_UNITS_TOO_LARGE;
	*ret = value;
	return PARSE_UNITS_OK;
}

/* Returns the text after a number or "unlimited", or NULL. */
static const char *skip_limit(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (strncmp(text, "unlimited", 9) == 0)
		return text + 9;
	return digits > 0 && digits < 20 ? text + digits : NULL;
}

bool parse_units_is_ulimit(const char *text)
{
	size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	const char *p;

	if (name == 0 || text[name] != '=')
		return false;
	p = skip_limit(text + name + 1);
	if (p && *p == ':')
		p = skip_limit(p + 1);
	return p && *p == '\0';
}

const char *parse_units_duration_text(enum parse_units_result result)
{
	switch (result) {
	case PARSE_UNITS_OK:
		return "the duration is good";
	case PARSE_UNITS_EMPTY:
		return "there is nothing in it";
	case PARSE_UNITS_NOT_A_NUMBER:
		return "it must start with a number, as in 500ms, 3s or 2m";
	case PARSE_UNITS_NO_UNIT:
		return "a duration needs a unit, as in 500ms, 3s or 2m";
	case PARSE_UNITS_BAD_UNIT:
		return "the units of durations are ms, s, m, h and d";
	case PARSE_UNITS_TOO_LARGE:
		return "a duration is at most 366d";
	}
	return "unknown";
}

const char *parse_units_size_text(enum parse_units_result result)
{
	switch (result) {
	case PARSE_UNITS_OK:
		return "the size is good";
	case PARSE_UNITS_EMPTY:
		return "there is nothing in it";
	case PARSE_UNITS_NOT_A_NUMBER:
		return "it must start with a number, as in 64K or 16M";
	case PARSE_UNITS_NO_UNIT:
	case PARSE_UNITS_BAD_UNIT:
		return "the units of sizes are K, M, G and T, in powers of 1024";
	case PARSE_UNITS_TOO_LARGE:
		return "a size is at most 8192T";
	}
	return "unknown";
}

const char *parse_units_format_size(uint64_t bytes, char *text)
{
	static const char *const names[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%u B", (unsigned)bytes);
		return text;
	}
	while (bytes >= 1024 * 1024) {
		bytes /= 1024;
		i++;
	}
	tenths = bytes * 10 / 1024;
	snprintf(text, PARSE_UNITS_TEXT_MAX, "%u.%u %s", (unsigned)(tenths / 10), (unsigned)(tenths % 10), names[i]);
	return text;
}

const char *parse_units_format_us(uint64_t us, char *text)
{
	if (us < 1000)
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%u us", (unsigned)us);
	else if (us < 1000000)
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%u.%02u ms", (unsigned)(us / 1000), (unsigned)(us % 1000 / 10));
	else if (us < 60 * 1000000ULL)
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%u.%02u s", (unsigned)(us / 1000000), (unsigned)(us % 1000000 / 10000));
	else if (us < 3600 * 1000000ULL)
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%u min %02u s", (unsigned)(us / 60000000),
			 (unsigned)(us / 1000000 % 60));
	else
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%llu h %02u min", (unsigned long long)(us / 3600000000ULL),
			 (unsigned)(us / 60000000 % 60));
	return text;
}
