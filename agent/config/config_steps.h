/* SPDX-License-Identifier: Apache-2.0 */
/* Functions for jobs, one for each step of a configuration that may block; arg is a struct config_config. mounting.h has the mounts. */
#pragma once

/* Each writes members of the reply to out_fd (change_report.h). 0; -EIO: a part failed, and the other parts were done. */
int config_step_network(void *arg, int out_fd);
int config_step_sysctls(void *arg, int out_fd);
int config_step_users(void *arg, int out_fd);
