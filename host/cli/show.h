/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a file as text for users. Pure but for the time zone. */
#pragma once

#include "host/include/pith_files.h"

#define SHOW_MODE_SIZE 11u
#define SHOW_TIME_SIZE 40u

const char *show_type(const struct pith_file *file);

/* "-rwxr-xr-x". Both return text. */
const char *show_mode(const struct pith_file *file, char text[SHOW_MODE_SIZE]);

/* Local time: "2026-11-21 10:42:08". */
const char *show_time(int64_t time_us, char text[SHOW_TIME_SIZE]);
