/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and neighbours of a plan's interfaces. */
#pragma once

struct network_work;

void network_routes_set(struct network_work *work);
void network_neighbours_set(struct network_work *work);
