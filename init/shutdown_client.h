/* SPDX-License-Identifier: Apache-2.0 */
/* pith-init where it is not PID 1: /sbin/poweroff and its like, and what a person may ask. */
#pragma once

/* Returns the exit status. */
int shutdown_client_main(int argc, char **argv);
