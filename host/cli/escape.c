/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the state between two typed bytes.
 *
 *	line start --~--> tilde --. ? ^Z--> line start, with an action
 *	                        --~-------> middle, one ~ is sent
 *	                        --other---> as if typed in the middle, ~ is sent before it
 *
 * Never: keeps more than one byte back.
 */
#include "escape.h"

#define CTRL_Z 0x1a

static enum escape_state state_after(uint8_t byte)
{
	return byte == '\r' || byte == '\n' ? ESCAPE_LINE_START : ESCAPE_MIDDLE;
}

static enum escape_action action_of(uint8_t byte)
{
	switch (byte) {
	case '.':
		return ESCAPE_LEAVE;
	case '?':
		return ESCAPE_HELP;
	case CTRL_Z:
		return ESCAPE_SUSPEND;
	default:
		return ESCAPE_NONE;
	}
}

enum escape_action escape_take(struct escape *escape, uint8_t byte, uint8_t out[2], size_t *ret_len)
{
	enum escape_action action = ESCAPE_NONE;
	size_t n = 0;

	if (escape->state == ESCAPE_LINE_START && byte == '~') {
		escape->state = ESCAPE_TILDE;
	} else if (escape->state == ESCAPE_TILDE && action_of(byte) != ESCAPE_NONE) {
		action = action_of(byte);
		escape->state = ESCAPE_LINE_START;
	} else {
		if (escape->state == ESCAPE_TILDE)
			out[n++] = '~';
		if (escape->state != ESCAPE_TILDE || byte != '~')
			out[n++] = byte;
		escape->state = state_after(byte);
	}
	*ret_len = n;
	return action;
}
