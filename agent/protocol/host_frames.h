/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames that a host may send, and the broken rule for all others: docs/reference/protocol.md, section 1. The
 * agent's loop and the workers both ask these functions, so that both refuse alike. Pure but for the JSON arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/protocol/reply.h"
#include "common/frame.h"

struct cJSON;

#define HOST_FRAMES_NO_CREDIT "more data than the window allows"

/* The rule that a frame with this header breaks; NULL: the frame is allowed. */
const char *host_frames_broken_rule(const struct frame_header *header, bool request_runs);

/*
 * Decodes the payload of a V frame into the JSON arena. False: *error says why, and the connection is to be closed with
 * *error.
 */
bool host_frames_decode_event(const char *text, size_t len, const struct cJSON **ret, struct reply *error);
