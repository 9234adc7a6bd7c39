/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of a plan's interfaces. */
#pragma once

struct network_work;

/* Removes addresses that the plan does not have, then adds those that the kernel does not have. */
void network_addresses_set(struct network_work *work);

/* Removes all addresses but the loopback's. */
void network_addresses_flush(struct network_work *work);
