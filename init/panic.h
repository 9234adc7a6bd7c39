/* SPDX-License-Identifier: Apache-2.0 */
/* The crash of PID 1: a line on the console, then a reboot. Without these handlers the kernel panics. */
#pragma once

void panic_arm(void);

/* SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT must stay unblocked. */
