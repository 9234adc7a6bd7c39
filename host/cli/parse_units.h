/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units, as people write them. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum units_result {
	UNITS_OK,
	UNITS_EMPTY,
	UNITS_NOT_A_NUMBER,
	UNITS_NO_UNIT,		/* "3": seconds or milliseconds? */
	UNITS_BAD_UNIT,
	UNITS_TOO_LARGE,
};

#define UNITS_DURATION_MAX_MS (366LL * 24 * 3600 * 1000)	/* longer is a typing error */

/*
 * "500ms", "1.5s", "2m", "1h", "7d"; "0" needs no unit. At most UNITS_DURATION_MAX_MS; parts of a millisecond are
 * dropped.
 */
enum units_result units_parse_duration(const char *text, int64_t *ret_ms);

/* "4096", "64K", "16M", "1.5G", "1T": powers of 1024, also written KiB, MiB ... At most 2^53. */
enum units_result units_parse_size(const char *text, uint64_t *ret_bytes);

/* A plain number from min to max. */
enum units_result units_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* "2", "1.5", "0.25": thousandths of a CPU, 1 to UNITS_CPUS_MAX of them; further digits are dropped. */
#define UNITS_CPUS_MAX 1024000u
enum units_result units_parse_cpus(const char *text, uint64_t *ret_millis);

/* "22", "0022": at most 0777. */
enum units_result units_parse_octal(const char *text, uint64_t *ret);

/* With a sign or without, from min to max. */
enum units_result units_parse_integer(const char *text, int64_t min, int64_t max, int64_t *ret);

/* True for NAME=SOFT[:HARD], NAME in small letters, SOFT and HARD a number or "unlimited". */
bool units_is_ulimit(const char *text);

/* What is wrong, as the end of a sentence; static storage. */
const char *units_duration_text(enum units_result result);
const char *units_size_text(enum units_result result);

#define UNITS_TEXT_MAX 32u
/* "12.3 MiB"; "850 us", "12.3 ms", "1 h 02 min". Both write at most UNITS_TEXT_MAX bytes and return text. */
const char *units_format_size(uint64_t bytes, char *text);
const char *units_format_us(uint64_t us, char *text);
