/* SPDX-License-Identifier: Apache-2.0 */
/* One record of the kernel's log, as read(2) of /dev/kmsg gives a record. Pure: bytes in, a record out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's own bound of a record; read(2) with a smaller buffer fails. */
#define KMSG_RECORD_SIZE 8192

struct kmsg_record {
	uint64_t sequence;
	uint64_t at_us;
	unsigned int level;	/* 0 (emergency) to 7 (debug) */
	bool is_user;		/* written through /dev/kmsg, not by the kernel itself */
	char *text;		/* points into the record's bytes, ends with a NUL */
};

/*
 * record: the bytes of one read(2), followed by a NUL; written to. False: the bytes are no record, and *ret is
 * untouched.
 */
bool kmsg_parse(char *record, struct kmsg_record *ret);
