/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of a connection. */
#pragma once

struct conn;

/* Reads and acts on what there is, up to the bound of a turn. May free c. */
void conn_read(struct conn *c);

/* Gives back the memory of a half-received JSON body. */
void conn_drop_body(struct conn *c);
