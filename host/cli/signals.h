/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards signals of this process to the program in the guest. One exec per process. */
#pragma once

#include "host/include/pith.h"

/* HUP, INT, QUIT, USR1, USR2 and TERM go to conn's program; the third INT or TERM in 2 s ends this process. */
void signals_forward(struct pith_conn *conn);

/* Call before closing the connection. */
void signals_stop(void);

/* The number of the last forwarded signal, or 0. */
int signals_last(void);
