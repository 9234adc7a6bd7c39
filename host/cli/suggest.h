/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the word that a user meant to type. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * True if candidate is near enough to word for a suggestion, and nearer than *distance, which is then updated. Begin with
 * *distance at SIZE_MAX.
 */
bool suggest_is_better(const char *word, const char *candidate, size_t *distance);
