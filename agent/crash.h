/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the agents that died before this one. */
#pragma once

struct agent;
struct buf;

/* The member `crashes`, and `last_crash` if there is one. */
void crash_write(const struct agent *agent, struct buf *b);
