/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames a host may send, and what is wrong with those that it may not: docs/reference/protocol.md, section 1. The agent's loop and
 * its workers ask here, so that both refuse alike. Pure but for the JSON arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/protocol/reply.h"
#include "common/frame.h"

struct cJSON;

#define HOST_FRAMES_NO_CREDIT "more data than the window allows"

/* The rule that a frame with this header breaks; NULL: it may come. */
const char *host_frames_broken_rule(const struct frame_header *header, bool request_runs);

/* Decodes the payload of a V frame into the JSON arena. False: *error says why, and the connection ends with it. */
bool host_frames_decode_event(const char *text, size_t len, const struct cJSON **ret, struct reply *error);
