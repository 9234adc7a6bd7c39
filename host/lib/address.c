/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the syntax of addresses. Never: checks whether an address can be reached. */
#include "host/lib/address.h"

#include <string.h>

#include "common/version.h"

#define PORT_ANY UINT32_MAX	/* VMADDR_PORT_ANY and VMADDR_CID_ANY: wildcards, not addresses */

static bool parse_number(const char *text, size_t length, uint32_t *ret)
{
	uint64_t value = 0;

	/* Every u32 fits into 10 digits, and 10 digits cannot overflow 64 bits. */
	if (length == 0 || length > 10)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value >= PORT_ANY)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static enum address_result parse_path(const char *text, size_t length, struct address *address)
{
	if (length == 0 || text[0] != '/')
		return ADDRESS_BAD_PATH;
	if (length >= sizeof(address->path))
		return ADDRESS_LONG_PATH;
	memcpy(address->path, text, length);
	address->path[length] = '\0';
	return ADDRESS_OK;
}

static enum address_result parse_vsock(const char *text, struct address *address)
{
	size_t length = strcspn(text, ":");

	if (!parse_number(text, length, &address->cid))
		return ADDRESS_BAD_CID;
	text += length;
	if (*text == ':' && !parse_number(text + 1, strlen(text + 1), &address->port))
		return ADDRESS_BAD_PORT;
	return ADDRESS_OK;
}

static enum address_result parse_hybrid(const char *text, struct address *address)
{
	const char *colon = strrchr(text, ':');
	size_t length = strlen(text);

	/* "/run/a:b/vm.sock" has a colon and no port. */
	if (colon != NULL && strchr(colon, '/') == NULL) {
		if (!parse_number(colon + 1, strlen(colon + 1), &address->port))
			return ADDRESS_BAD_PORT;
		length = (size_t)(colon - text);
	}
	return parse_path(text, length, address);
}

enum address_result address_parse(const char *text, struct address *ret)
{
	struct address address = { .port = PITH_PORT };
	enum address_result r;

	if (strncmp(text, "vsock:", 6) == 0) {
		address.kind = ADDRESS_VSOCK;
		r = parse_vsock(text + 6, &address);
	} else if (strncmp(text, "hybrid:", 7) == 0) {
		address.kind = ADDRESS_HYBRID;
		r = parse_hybrid(text + 7, &address);
	} else if (strncmp(text, "unix:", 5) == 0) {
		address.kind = ADDRESS_UNIX;
		r = parse_path(text + 5, strlen(text + 5), &address);
	} else {
		return ADDRESS_BAD_SCHEME;
	}
	if (r == ADDRESS_OK)
		*ret = address;
	return r;
}

const char *address_result_text(enum address_result result)
{
	switch (result) {
	case ADDRESS_OK:
		return "the address is good";
	case ADDRESS_BAD_SCHEME:
		return "it must be vsock:CID[:PORT], hybrid:/path[:PORT] or unix:/path";
	case ADDRESS_BAD_CID:
		return "the CID must be a number below 4294967295";
	case ADDRESS_BAD_PORT:
		return "the port must be a number below 4294967295";
	case ADDRESS_BAD_PATH:
		return "the path must be absolute";
	case ADDRESS_LONG_PATH:
		return "the path of a unix socket has at most 107 bytes";
	}
	return "unknown";
}
