/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the kernel's log, as /dev/kmsg gives them. Pure: bytes in, a record out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's own bound of a record; a read with less room fails. */
#define KMSG_RECORD_SIZE 8192

struct kmsg_record {
	uint64_t sequence;
	uint64_t at_us;
	unsigned int level;	/* 0 (emergency) to 7 (debug) */
	bool is_user;		/* written through /dev/kmsg, not by the kernel itself */
	char *text;		/* in the bytes that were read, ended by a NUL */
};

/* record is one read(2) and a NUL behind it. False: it is none; *ret is untouched then. */
bool kmsg_parse(char *record, struct kmsg_record *ret);
