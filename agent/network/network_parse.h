/* SPDX-License-Identifier: Apache-2.0 */
/* Routes of a document in the form of struct net_route. Pure. */
#pragma once

#include "agent/network/netstate.h"
#include "agent/protocol/config.h"

/* Returns NULL, or what is wrong, worded to follow the key; *ret_key is the key (".via"). The strings are static. */
const char *network_route_parse(const struct config_route *route, struct net_route *ret, const char **ret_key);
