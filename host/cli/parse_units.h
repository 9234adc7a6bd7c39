/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units, as users write them. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum parse_units_result {
	PARSE_UNITS_OK,
	PARSE_UNITS_EMPTY,
	PARSE_UNITS_NOT_A_NUMBER,
	PARSE_UNITS_NO_UNIT,		/* "3" may mean seconds or milliseconds */
	PARSE_UNITS_BAD_UNIT,
	PARSE_UNITS_TOO_LARGE,
};

#define PARSE_UNITS_DURATION_MAX_MS (366LL * 24 * 3600 * 1000)	/* longer durations are typing errors */

/*
 * "500ms", "1.5s", "2m", "1h", "7d"; "0" needs no unit. At most PARSE_UNITS_DURATION_MAX_MS; parts of a millisecond are
 * dropped.
 */
enum parse_units_result parse_units_duration(const char *text, int64_t *ret_ms);

/* "4096", "64K", "16M", "1.5G", "1T": powers of 1024, also written KiB, MiB ... At most 2^53. */
enum parse_units_result parse_units_size(const char *text, uint64_t *ret_bytes);

/* A plain number from min to max. */
enum parse_units_result parse_units_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* "2", "1.5", "0.25": thousandths of a CPU, 1 to PARSE_UNITS_CPUS_MAX of them; further digits are dropped. */
#define PARSE_UNITS_CPUS_MAX 1024000u
enum parse_units_result parse_units_cpus(const char *text, uint64_t *ret_millis);

/* "22", "0022": at most 0777. */
enum parse_units_result parse_units_octal(const char *text, uint64_t *ret);

/* A number with or without a sign, from min to max. */
enum parse_units_result parse_units_integer(const char *text, int64_t min, int64_t max, int64_t *ret);

/* True for NAME=SOFT[:HARD], NAME in small letters, SOFT and HARD a number or "unlimited". */
bool parse_units_is_ulimit(const char *text);

/* The reason of a failure, as the end of a sentence; static storage. */
const char *parse_units_duration_text(enum parse_units_result result);
const char *parse_units_size_text(enum parse_units_result result);

#define PARSE_UNITS_TEXT_MAX 32u
/* "12.3 MiB"; "850 us", "12.3 ms", "1 h 02 min". Both write at most PARSE_UNITS_TEXT_MAX bytes and return text. */
const char *parse_units_format_size(uint64_t bytes, char *text);
const char *parse_units_format_us(uint64_t us, char *text);
