/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the state of the escape parser between two typed bytes.
 *
 *	line start --~--> tilde --. ? ^Z--> line start, with an action
 *	                        --~-------> middle, one ~ is sent
 *	                        --other---> as if typed in the middle, ~ is sent before it
 *	           --ESC [ ... R, c or n--> line start: a reply of the terminal (ECMA-48 CPR, DA, DSR), not a key.
 *	                                    busybox's shell asks for the cursor's position at every prompt.
 *
 * Never: holds back more than one byte.
 */
#include "host/cli/escape.h"

#define CTRL_Z 0x1a
#define ESC 0x1b

static enum escape_state state_after(enum escape_state state, uint8_t byte)
{
	if (state == ESCAPE_LINE_START && byte == ESC)
		return ESCAPE_ANSWER;
	if (state == ESCAPE_ANSWER && byte == '[')
		return ESCAPE_ANSWER_BODY;
	if (state == ESCAPE_ANSWER_BODY && ((byte >= '0' && byte <= '9') || byte == ';' || byte == '?' || byte == '>'))
		return ESCAPE_ANSWER_BODY;
	if (state == ESCAPE_ANSWER_BODY && (byte == 'R' || byte == 'c' || byte == 'n'))
		return ESCAPE_LINE_START;
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
		escape->state = state_after(escape->state, byte);
	}
	*ret_len = n;
	return action;
}
