/* SPDX-License-Identifier: Apache-2.0 */
/* fds 0 to 2 of PID 1, which the agent inherits. */
#pragma once

/* Opens those of fds 0, 1 and 2 that are closed, before another file gets these numbers. Cannot fail: "/" always exists. */
void console_hold_stdio(void);

/* Needs /dev and /proc. Replaces the fds that console_hold_stdio() opened by the console, and makes log writes non-blocking. */
void console_open(void);
