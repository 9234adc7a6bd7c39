/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file is an agent that this one can hand over to, told from its bytes alone. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The note of each agent: section .note.pith, name "pith", type 1. It never changes; what comes later is added at its end. */
struct upgrade_note {
	uint32_t state;		/* the version of the state that it writes */
	uint32_t reads;		/* and the oldest that it reads */
	char version[24];
};

enum upgrade_fit {
	UPGRADE_FITS,
	UPGRADE_NO_PROGRAM,	/* not ELF for 64 bits, or broken */
	UPGRADE_OTHER_MACHINE,
	UPGRADE_NOT_STATIC,
	UPGRADE_NO_AGENT,	/* it has no such note */
	UPGRADE_OTHER_STATE,	/* it does not read what we write */
};

/* *ret_note is written for FITS and OTHER_STATE; its version ends with a NUL. */
enum upgrade_fit upgrade_check(const uint8_t *data, size_t size, struct upgrade_note *ret_note);
