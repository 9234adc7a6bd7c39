/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Version of the persisted state (persist.h): one more when a field changes its meaning. */
#define PERSIST_VERSION 1u
