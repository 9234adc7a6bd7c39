/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of this process that are meant for the program in the guest. One exec per process. */
#pragma once

#include "host/include/pith.h"

/* HUP, INT, QUIT, USR1, USR2 and TERM go to conn's program; the third INT or TERM in 2 s ends this process. */
void signals_forward(struct pith_conn *conn);

/* Before the connection goes. */
void signals_stop(void);

/* The last one that was forwarded, or 0. */
int signals_last(void);
