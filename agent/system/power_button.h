/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's power button, where there is one that the kernel shows as input. */
#pragma once

struct agent;

/* From now on pressing one powers the guest off. Without /dev/input it costs one system call. */
void power_button_watch_all(struct agent *agent);
