/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's power button, if the kernel shows it as an input device. */
#pragma once

struct agent;

/* Watches all power buttons: a press powers the guest off. Costs one system call without /dev/input. */
void power_button_watch_all(struct agent *agent);
