/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of a connection (conn.h). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct conn;

struct watch;

/* The watch's callback of a connection: reads and handles input, up to the bound of a turn. May free the connection. */
void conn_on_ready(struct watch *watch, uint32_t events);

/* For the handler of a request: *ret are the received bytes after the request's frame; returns how many. */
size_t conn_unread(const struct conn *c, const uint8_t **ret);
