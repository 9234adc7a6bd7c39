/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of a connection. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct conn;

/* Reads and acts on what there is, up to the bound of a turn. May free c. */
void conn_read(struct conn *c);

/* Gives back the memory of a half-received JSON body. */
void conn_drop_body(struct conn *c);

/* While a request is handled: the bytes that came behind it. */
size_t conn_unread(const struct conn *c, const uint8_t **ret);
