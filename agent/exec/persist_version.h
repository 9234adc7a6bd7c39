/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Of the memory that outlives the agent (state.h): one more when anything in it changes its meaning. */
#define PERSIST_VERSION 1u
