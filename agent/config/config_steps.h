/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a configuration that block: functions for jobs; arg is a struct config_config. Mounts are in mounting.h. */
#pragma once

/*
 * All three write members of the answer to out_fd, whatever becomes of it: report.h. 0, or -EIO when something failed; the rest was
 * done all the same.
 */
int config_step_network(void *arg, int out_fd);
int config_step_sysctls(void *arg, int out_fd);
int config_step_users(void *arg, int out_fd);
