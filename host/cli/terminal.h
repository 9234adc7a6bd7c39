/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal that pith runs in, while it is connected to a terminal in the guest. One per process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "host/include/pith.h"

/* The size of stdin's terminal, else of stdout's. False if neither is a terminal, or the size is unknown. */
bool terminal_size(uint16_t *ret_rows, uint16_t *ret_cols);

/*
 * Makes stdin's terminal raw and sends each new size to conn's program. Until terminal_leave() the modes are restored
 * also when a signal ends or stops this process. Does nothing if stdin is not a terminal, or is raw already.
 */
void terminal_enter(struct pith_conn *conn);
void terminal_leave(void);
bool terminal_is_raw(void);

/* Stops this process, as Ctrl-Z does at a terminal that is not raw. Returns when this process is continued. */
void terminal_suspend(void);
