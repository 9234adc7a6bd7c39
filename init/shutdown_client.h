/* SPDX-License-Identifier: Apache-2.0 */
/* pith-init if it is not PID 1: /sbin/poweroff and the like, --help and --version. */
#pragma once

/* Returns the exit status. */
int shutdown_client_main(int argc, char **argv);
