/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the value of a JSON number. cJSON is compiled with -Dstrtod=json_strtod: musl's strtod is right to the last bit of numbers
 * that the protocol has no use for, and six kilobytes long. Never: sets errno.
 */
#include <stdbool.h>
#include <stdint.h>

/* No number of the protocol is that large; beyond it a double is 0 or infinite anyway. */
#define EXPONENT_MAX 400

double json_strtod(const char *text, char **ret_end);

static const char *read_digits(const char *p, double *value, int *count)
{
	for (; *p >= '0' && *p <= '9'; p++, (*count)++)
		*value = *value * 10 + (*p - '0');
	return p;
}

static const char *read_exponent(const char *p, int *exponent)
{
	bool negative = *p == '-';
	int value = 0;

	if (*p == '-' || *p == '+')
		p++;
	for (; *p >= '0' && *p <= '9'; p++)
		if (value < EXPONENT_MAX)
			value = value * 10 + (*p - '0');
	*exponent += negative ? -value : value;
	return p;
}

/*
 * strtod(3) for what json_scan() lets through: exact for whole numbers to 2^53, right to a few bits of the mantissa for all others,
 * and never whole where the number is not, below 2^52. Text without a number: *ret_end is text.
 */
double json_strtod(const char *text, char **ret_end)
{
	const char *p = text + (*text == '-');
	double value = 0, fraction = 0;
	int digits = 0, places = 0, exponent = 0;

	p = read_digits(p, &value, &digits);
	if (digits == 0) {
		*ret_end = (char *)(uintptr_t)text;
		return 0;
	}
	if (*p == '.')
		p = read_digits(p + 1, &fraction, &places);
	for (; places > 0; places--)
		fraction /= 10;
	value += fraction;
	if (*p == 'e' || *p == 'E')
		p = read_exponent(p + 1, &exponent);
	for (; exponent > 0; exponent--)
		value *= 10;
	for (; exponent < 0; exponent++)
		value /= 10;
	*ret_end = (char *)(uintptr_t)p;
	return *text == '-' ? -value : value;
}
