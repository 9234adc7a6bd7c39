/* SPDX-License-Identifier: Apache-2.0 */
/* The escapes of a terminal session: ~ as the first character of a line, and what follows it. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum escape_state {
	ESCAPE_LINE_START, /* the initial one: 0 */
	ESCAPE_TILDE,
	ESCAPE_MIDDLE,
	ESCAPE_ANSWER,      /* ESC at the start of a line: the terminal may be answering */
	ESCAPE_ANSWER_BODY, /* and ESC [ */
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

/* One typed byte. What goes to the program is written to out, *ret_len says how much. */
enum escape_action escape_take(struct escape *escape, uint8_t byte, uint8_t out[2], size_t *ret_len);
