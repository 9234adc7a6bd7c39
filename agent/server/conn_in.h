/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of a connection. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct conn;

struct watch;

/* A connection's callback: reads and acts on what there is, up to the bound of a turn. May free the connection. */
void conn_on_ready(struct watch *watch, uint32_t events);

/* While a request is handled: the bytes that came behind it. */
size_t conn_unread(const struct conn *c, const uint8_t **ret);
