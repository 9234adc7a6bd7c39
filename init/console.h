/* SPDX-License-Identifier: Apache-2.0 */
/* fds 0 to 2 of PID 1, and through them the agent's. */
#pragma once

/* Fills the holes among fds 0, 1 and 2, before anything else can land there. Cannot fail: "/" always exists. */
void console_hold_stdio(void);

/* With /dev and /proc there: replaces what console_hold_stdio() had to make up, and stops waiting for a slow console. */
void console_open(void);
