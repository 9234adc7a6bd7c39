/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the word that someone meant to type. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * True where candidate is close enough to word to be proposed, and closer than *distance; *distance is then
 * written. Start with *distance at SIZE_MAX.
 */
bool suggest_is_better(const char *word, const char *candidate, size_t *distance);
