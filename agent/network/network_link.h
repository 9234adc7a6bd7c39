/* SPDX-License-Identifier: Apache-2.0 */
/* The links of a plan: found, named, made, set. */
#pragma once

struct network_work;

/* Finds each interface's link (work->index), gives it its name, makes those that are to be made, and sets MAC and MTU. */
void network_links_set(struct network_work *work);

/* Up or down, as the plan says. */
void network_links_switch(struct network_work *work);

/* Every link but the loopback goes down. */
void network_links_down(struct network_work *work);
