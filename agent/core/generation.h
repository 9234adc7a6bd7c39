/* SPDX-License-Identifier: Apache-2.0 */
/* Which life of the VM this is: 32 random hex digits, new after each resume; in the hello, and in a file for programs. */
#pragma once

#define GENERATION_SIZE 33	/* with the NUL */
#define GENERATION_DIRECTORY "/run/pith"
#define GENERATION_FILE GENERATION_DIRECTORY "/generation"

/* 128 bits of the kernel's. 0 or -errno. */
int generation_make(char ret[GENERATION_SIZE]);

/* Written over in place: who mapped the file sees it, who watches it is told. 0 or -errno. */
int generation_publish(const char *generation);
