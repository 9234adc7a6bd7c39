/* SPDX-License-Identifier: Apache-2.0 */
/* What the server calls: given to it by main(), so that the server itself knows no request. */
#pragma once

#include "agent/server/server.h"

extern const struct server_calls requests_calls;
