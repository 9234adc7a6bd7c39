/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of exec and attach share. */
#pragma once

#include <stdbool.h>

#include "attach.h"
#include "reply.h"

/* NULL is keep. False: *reply says why. */
bool parse_on_disconnect(const char *text, enum attach_gone *ret, struct reply *reply);
