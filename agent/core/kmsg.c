/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the form "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,…];TEXT\n[ KEY=VALUE\n…]", where the kernel has written all that
 * is not printable ASCII as \xHH. Of the part after the semicolon only TEXT is kept.
 *
 * Never: reads beyond the end of the record.
 */
#include "agent/core/kmsg.h"

#include <string.h>

/* As in syslog: the low three bits of a priority are the level, the others are the facility; facility 0 is the kernel. */
#define LEVEL_BITS 3

/*
 * Reads digits up to the character end, which is skipped. False: no digits, another character, or a number above 2^64 -
 * 1.
 */
static bool take_number(char **at, char end, uint64_t *ret)
{
	uint64_t value = 0;
	char *p = *at;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (value > (UINT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (uint64_t)(*p - '0');
	}
	if (p == *at || *p != end)
		return false;
	*at = p + 1;
	*ret = value;
	return true;
}

bool kmsg_parse(char *record, struct kmsg_record *ret)
{
	uint64_t priority, sequence, at_us;
	char *at = record, *text;

	if (!take_number(&at, ',', &priority) || !take_number(&at, ',', &sequence) || !take_number(&at, ',', &at_us))
		return false;
	text = strchr(at, ';');
	if (!text)
		return false;
	text++;
	text[strcspn(text, "\n")] = '\0';
	*ret = (struct kmsg_record){
		.sequence = sequence,
		.at_us = at_us,
		.level = (unsigned int)(priority & ((1u << LEVEL_BITS) - 1)),
		.is_user = priority >> LEVEL_BITS != 0,
		.text = text,
	};
	return true;
}
