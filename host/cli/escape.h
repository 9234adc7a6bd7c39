/* SPDX-License-Identifier: Apache-2.0 */
/* The escapes of a terminal session: ~ as the first character of a line, and the key after it. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum escape_state {
	ESCAPE_LINE_START, /* the initial state: 0 */
	ESCAPE_TILDE,
	ESCAPE_MIDDLE,
	ESCAPE_ANSWER,      /* ESC at the start of a line: the terminal may be answering */
	ESCAPE_ANSWER_BODY, /* after ESC [ */
};

enum escape_action {
	ESCAPE_NONE,
	ESCAPE_LEAVE, /* ~. */
	ESCAPE_HELP, /* ~? */
	ESCAPE_SUSPEND, /* ~^Z */
};

struct escape {
	enum escape_state state;
};

/* Takes one typed byte. out gets the bytes for the program, *ret_len their number (0 to 2). */
enum escape_action escape_take(struct escape *escape, uint8_t byte, uint8_t out[2], size_t *ret_len);
