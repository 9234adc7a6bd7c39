/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the protocol's rules for frames of a host. Never: reads a socket, keeps a state. */
#include "agent/protocol/host_frames.h"

#include "agent/protocol/json.h"

const char *host_frames_broken_rule(const struct frame_header *header, bool request_runs)
{
	switch (header->type) {
	case FRAME_REQUEST:
		return request_runs ? "a second request while one runs" : NULL;
	case FRAME_EVENT:
		return NULL;
	case FRAME_DATA:
	case FRAME_END:
		return header->stream == FRAME_STDIN ? NULL : "the host sends on stream 0 only";
	case FRAME_HELLO:
	case FRAME_RESULT:
	case FRAME_ERROR:
	case FRAME_WINDOW:
		break;
	}
	return "a host does not send frames of this type";
}

bool host_frames_decode_event(const char *text, size_t len, const struct cJSON **ret, struct reply *error)
{
	const char *problem;

	if (!json_parse(text, len, ret, &problem))
		return reply_fail(error, ERROR_PROTOCOL_ERROR, "the event is not strict JSON: %s", problem);
	return json_is_object(*ret) || reply_fail(error, ERROR_PROTOCOL_ERROR, "an event must be a JSON object");
}
