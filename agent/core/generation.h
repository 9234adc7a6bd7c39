/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generation: 32 random hex digits that name one life of the VM, new after each resume. The hello and a file for
 * programs have the generation.
 */
#pragma once

#define GENERATION_SIZE 33	/* with the NUL */
#define GENERATION_DIRECTORY "/run/pith"
#define GENERATION_FILE GENERATION_DIRECTORY "/generation"

/* Makes a generation from 128 bits of getrandom(2). 0 or -errno. */
int generation_make(char ret[GENERATION_SIZE]);

/*
 * Overwrites the file in place: a program that mapped the file sees the new generation, inotify(7) reports it. 0 or
 * -errno.
 */
int generation_publish(const char *generation);
