/* SPDX-License-Identifier: Apache-2.0 */
/* Links of a plan's interfaces: found, made, named and set. */
#pragma once

struct network_work;

/* Finds the link of each interface (work->index), names it, makes missing links, and sets MAC and MTU. */
void network_links_set(struct network_work *work);

/* Brings each interface's link up or down, as the plan says. */
void network_links_switch(struct network_work *work);

/* Brings every link but the loopback down. */
void network_links_down(struct network_work *work);
