/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of a plan's interfaces. */
#pragma once

struct network_work;

/* Those that are not wanted go first, then the others come. */
void network_addresses_set(struct network_work *work);

/* All but the loopback's go. */
void network_addresses_flush(struct network_work *work);
