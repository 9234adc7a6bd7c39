/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1's own crash: a line on the console, then the machine starts again. Without it the kernel panics. */
#pragma once

void panic_arm(void);

/* SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT must stay unblocked. */
