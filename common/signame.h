/* SPDX-License-Identifier: Apache-2.0 */
/* Signal names of signal(7). */
#pragma once

/* "SIGTERM"; NULL for a number without a name (real-time signals, and what is no signal). */
const char *signame(int number);

/* "TERM", "SIGTERM", "15", "SIGRTMIN+3" (37, as glibc counts) or "RTMAX-1" (63); 0 if text is not a signal from 1 to 64. */
int signame_parse(const char *text);
