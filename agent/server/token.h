/* SPDX-License-Identifier: Apache-2.0 */
/* The token of the configuration: who has given it, and when it was another. */
#pragma once

#include <stdbool.h>

struct agent;
struct conn;

/* May this connection make requests: is there no token, does it come from inside, or did it give the token of now? */
bool token_is_satisfied(const struct conn *c);

/* It has given, or set, the token of now. */
void token_given(struct conn *c);

/* The token has changed: what was given before opens nothing. */
void token_changed(struct agent *agent, bool asks);
