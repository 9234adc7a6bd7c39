/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file is an agent that this agent can hand over to, decided from its bytes alone. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The note of an agent: section .note.pith, name "pith", type 1. The layout never changes; new members are added at its end. */
struct upgrade_note {
	uint32_t state;		/* version of the state that this agent writes */
	uint32_t reads;		/* oldest version that this agent reads */
	char version[24];
};

enum upgrade_fit {
	UPGRADE_FITS,
	UPGRADE_NO_PROGRAM,	/* no ELF for 64 bits, or damaged */
	UPGRADE_OTHER_MACHINE,
	UPGRADE_NOT_STATIC,
	UPGRADE_NO_AGENT,	/* no such note */
	UPGRADE_OTHER_STATE,	/* does not read the state of this agent */
};

/* *ret_note is written for FITS and OTHER_STATE; its version ends with a NUL. */
enum upgrade_fit upgrade_check(const uint8_t *data, size_t size, struct upgrade_note *ret_note);
