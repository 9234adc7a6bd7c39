/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fuzz target is made of. One file tests/fuzz/fuzz_NAME.c, with a `links:` comment at its top, defines
 * LLVMFuzzerTestOneInput(); seeds lie in tests/fuzz/seeds/NAME/, one input per file.
 *
 *	make fuzz T=NAME TIME=60	libFuzzer with ASan and UBSan; what it learns stays in build/fuzz/corpus/NAME
 *	make test			replays every seed twice, in both builds (tests/fuzz/replay.c)
 *
 * A target asserts properties with FUZZ_CHECK(), and marks with FUZZ_REACHED() the lines that prove that inputs get where the
 * target is aimed: the replay fails if the seeds miss one, so a wrong guard at the top of a target is found.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct fuzz_mark {
	const char *what;
	const char *file;
	int line;
	unsigned long hits;
};

#define FUZZ_REACHED(what_)                                                                          \
	do {                                                                                         \
		static struct fuzz_mark fuzz_mark_here = { (what_), __FILE__, __LINE__, 0 };         \
		static struct fuzz_mark *const fuzz_mark_entry                                       \
			__attribute__((used, section("fuzz_marks"))) = &fuzz_mark_here;              \
		fuzz_mark_here.hits++;                                                               \
		(void)fuzz_mark_entry;                                                               \
	} while (0)

#define FUZZ_CHECK(cond_)                                                                            \
	do {                                                                                         \
		if (!(cond_)) {                                                                      \
			fprintf(stderr, "%s:%d: property does not hold: %s\n", __FILE__, __LINE__, #cond_); \
			abort();                                                                     \
		}                                                                                    \
	} while (0)

/* Always returns 0. The input is exactly as large as its memory, so that a read past it is an error. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
