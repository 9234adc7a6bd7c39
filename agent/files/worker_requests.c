/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a worker's rows of requests.def. Never: sends a reply; worker_main.c does. */
#include "agent/files/worker_requests.h"

static void refuse(const struct request *request, struct reply *reply)
{
	reply_fail(reply, ERROR_UNSUPPORTED, "this connection works on files since its first such request: %s needs another one",
		   request_name(request->type));
}

void worker_requests_serve(struct worker_self *w, const struct request *request, struct reply *reply)
{
	if (request->type == REQUEST_ping) {
		reply_write_ping(reply, w->generation);
		return;
	}
	switch (request->type) {
#define AGENT_REQUEST(name, handler, when) \
	case REQUEST_##name: \
		refuse(request, reply); \
		break;
#define WORKER_REQUEST(name, handler) \
	case REQUEST_##name: \
		handler(w, &request->as.name, reply); \
		break;
#include "agent/protocol/requests.def"
	case REQUEST_COUNT_:
		break;
	}
}
