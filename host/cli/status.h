/* SPDX-License-Identifier: Apache-2.0 */
/* From the exit record of the guest's program to the exit status of `pith exec`. Pure. */
#pragma once

#include "host/include/pith.h"

int status_of_record(const struct pith_exit_record *record);

#define STATUS_SENTENCE_MAX 512u
/* A message for the user besides the status, written to sentence (STATUS_SENTENCE_MAX bytes), or NULL. */
const char *status_sentence(const struct pith_exit_record *record, const char *program, char *sentence);
