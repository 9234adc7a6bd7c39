/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the check for strict JSON. A cursor walks the text once; a bit per level says whether the level is an
 * object or an array.
 *
 * Never: reads at or after end, recurses, allocates.
 */
#include "common/json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *p;
	const uint8_t *end;
};

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static bool take(struct cursor *c, char wanted)
{
	if (c->p == c->end || *c->p != (uint8_t)wanted)
		return false;
	c->p++;
	return true;
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool take_digits(struct cursor *c)
{
	const uint8_t *start = c->p;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return c->p > start;
}

static const char *scan_number(struct cursor *c)
{
	static const char problem[] = "a number is malformed";

	take(c, '-');
	if (!take(c, '0') && !take_digits(c))
		return problem;
	if (take(c, '.') && !take_digits(c))
		return problem;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			take(c, '-');
		if (!take_digits(c))
			return problem;
	}
	return NULL;
}

static bool take_hex4(struct cursor *c, uint32_t *ret)
{
	uint32_t value = 0;

	if (c->end - c->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		uint8_t ch = c->p[i];

		if (ch >= '0' && ch <= '9')
			value = value << 4 | (uint32_t)(ch - '0');
		else if ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((ch | 0x20) - 'a' + 10);
		else
			return false;
	}
	c->p += 4;
	*ret = value;
	return true;
}

/* The cursor is after the backslash. */
static const char *scan_escape(struct cursor *c)
{
	uint32_t unit, low;

	if (c->p == c->end)
		return "a string does not end";
	if (strchr("\"\\/bfnrt", *c->p) && *c->p) {
		c->p++;
		return NULL;
	}
	if (!take(c, 'u') || !take_hex4(c, &unit))
		return "a string holds an unknown escape";
	if (unit == 0)
		return "a string holds \\u0000";
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return "a string holds an unpaired surrogate";
	if (unit >= 0xd800 && unit <= 0xdbff)
		if (!take(c, '\\') || !take(c, 'u') || !take_hex4(c, &low) || low < 0xdc00 || low > 0xdfff)
			return "a string holds an unpaired surrogate";
	return NULL;
}

/* One character of two to four bytes; overlong forms, surrogates and what lies above U+10FFFF are refused. */
static bool take_utf8(struct cursor *c)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t lead = *c->p;
	int size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	uint32_t value = lead & (0xffu >> (size + 1));

	if (lead < 0xc2 || lead > 0xf4 || c->end - c->p < size)
		return false;
	for (int i = 1; i < size; i++) {
		if ((c->p[i] & 0xc0) != 0x80)
			return false;
		value = value << 6 | (c->p[i] & 0x3fu);
	}
	if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return false;
	c->p += size;
	return true;
}

/* The cursor is after the opening quote. */
static const char *scan_string(struct cursor *c)
{
	while (c->p < c->end) {
		const char *problem;

		if (*c->p == '"') {
			c->p++;
			return NULL;
		}
		if (*c->p < 0x20)
			return "a string holds a control character";
		if (*c->p >= 0x80) {
			if (!take_utf8(c))
				return "a string is not UTF-8";
			continue;
		}
		if (*c->p++ != '\\')
			continue;
		problem = scan_escape(c);
		if (problem)
			return problem;
	}
	return "a string does not end";
}

static const char *scan_scalar(struct cursor *c)
{
	if (take(c, '"'))
		return scan_string(c);
	if (c->p < c->end && (*c->p == '-' || (*c->p >= '0' && *c->p <= '9')))
		return scan_number(c);
	if (take_word(c, "true") || take_word(c, "false") || take_word(c, "null"))
		return NULL;
	return c->p == c->end ? "the text ends too early" : "not a JSON value";
}

static const char *scan_key(struct cursor *c)
{
	const char *problem;

	skip_space(c);
	if (!take(c, '"'))
		return "an object wants a key in quotes";
	problem = scan_string(c);
	if (problem)
		return problem;
	skip_space(c);
	return take(c, ':') ? NULL : "a key wants a colon";
}

const char *json_scan(const char *text, size_t len)
{
	struct cursor c = { .p = (const uint8_t *)text, .end = (const uint8_t *)text + len };
	uint32_t objects = 0;	/* bit n: level n is an object */
	int depth = 0;
	const char *problem;

	for (;;) {
		bool object;

		/* A value. */
		skip_space(&c);
		object = c.p < c.end && *c.p == '{';
		if (object || (c.p < c.end && *c.p == '[')) {
			c.p++;
			if (depth == JSON_DEPTH)
				return "nested too deep";
			objects = object ? objects | 1u << depth : objects & ~(1u << depth);
			depth++;
			skip_space(&c);
			if (!take(&c, object ? '}' : ']')) {
				problem = object ? scan_key(&c) : NULL;
				if (problem)
					return problem;
				continue;
			}
			depth--;
		} else {
			problem = scan_scalar(&c);
			if (problem)
				return problem;
		}

		/* What may follow it: the ends of its containers, then a comma and the next value, or the end of all. */
		for (;;) {
			skip_space(&c);
			if (depth == 0)
				return c.p == c.end ? NULL : "there is something after the JSON value";
			object = objects >> (depth - 1) & 1;
			if (!take(&c, object ? '}' : ']'))
				break;
			depth--;
		}
		if (!take(&c, ','))
			return c.p == c.end ? "the text ends too early" : "a comma or a closing bracket is missing";
		problem = object ? scan_key(&c) : NULL;
		if (problem)
			return problem;
	}
}
