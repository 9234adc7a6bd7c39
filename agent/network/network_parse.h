/* SPDX-License-Identifier: Apache-2.0 */
/* From a route of a document to one of the kernel's kind. Pure. */
#pragma once

#include "agent/network/netstate.h"
#include "agent/protocol/config.h"

/*
 * What a route of a document means. NULL, or what is wrong as words to stand behind the key, and *ret_key is the key: ".via". Static
 * storage.
 */
const char *network_route_parse(const struct config_route *route, struct net_route *ret, const char **ret_key);
