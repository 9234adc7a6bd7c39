/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a guest, in the three forms of docs/reference/protocol.md, section 1. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum address_kind {
	ADDRESS_VSOCK,
	ADDRESS_HYBRID,
	ADDRESS_UNIX,
};

#define ADDRESS_PATH_MAX 108u	/* sun_path, its NUL included */

struct address {
	enum address_kind kind;
	uint32_t cid;			/* VSOCK */
	uint32_t port;			/* VSOCK and HYBRID */
	char path[ADDRESS_PATH_MAX];	/* HYBRID and UNIX */
};

enum address_result {
	ADDRESS_OK,
	ADDRESS_BAD_SCHEME,
	ADDRESS_BAD_CID,
	ADDRESS_BAD_PORT,
	ADDRESS_BAD_PATH,
	ADDRESS_LONG_PATH,
};

/*
 * *ret is written only on ADDRESS_OK. In "hybrid:/path:52" the digits after the last colon are the port; a path that
 * itself ends in a colon and digits needs an explicit port.
 */
enum address_result address_parse(const char *text, struct address *ret);

/* The reason of a failure, as the end of a sentence; static storage. */
const char *address_result_text(enum address_result result);
