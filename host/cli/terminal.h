/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal that pith runs in, while it stands for one in the guest. One per process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "host/include/pith.h"

/* That of stdin, else of stdout. False where neither is a terminal, or it does not know its size. */
bool terminal_size(uint16_t *ret_rows, uint16_t *ret_cols);

/*
 * Makes stdin's terminal raw and tells conn's program each new size. From here until terminal_leave() it is restored
 * also when a signal ends or stops this process. Does nothing where stdin is no terminal, or it is raw already.
 */
void terminal_enter(struct pith_conn *conn);
void terminal_leave(void);
bool terminal_is_raw(void);

/* As Ctrl-Z would, if it were not the guest's. Returns when this process is continued. */
void terminal_suspend(void);
