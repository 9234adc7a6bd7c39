/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the syntax of the guest's identity. Never: touches a file, accepts a line break. */
#include "agent/network/identity_text.h"

#include <errno.h>
#include <string.h>

#include "common/netlink/netaddr.h"

#define LABEL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
#define HEX_DIGITS "0123456789abcdef"
#define DOMAIN_MAX 253
#define OPTION_MAX 64

/* Parts of 1 to 63 bytes with dots between them; each byte is a letter, a digit, - or _. */
static bool is_name(const char *name, size_t max)
{
	const char *p = name;

	if (strlen(name) > max)
		return false;
	for (;;) {
		size_t len = strspn(p, LABEL_CHARACTERS);

		if (len < 1 || len > 63 || p[0] == '-')
			return false;
		p += len;
		if (!*p)
			return true;
		if (*p++ != '.')
			return false;
	}
}

const char *identity_check_hostname(const char *name)
{
	if (is_name(name, IDENTITY_HOSTNAME_MAX))
		return NULL;
	return "is no host name: at most 64 characters of A-Z a-z 0-9 - _ in parts with dots between them";
}

const char *identity_check_machine_id(const char *id)
{
	if (strlen(id) == IDENTITY_MACHINE_ID_SIZE - 1 && strspn(id, HEX_DIGITS) == IDENTITY_MACHINE_ID_SIZE - 1)
		return NULL;
	return "is no machine id: 32 characters of 0-9 a-f";
}

const char *identity_check_boot_id(const char *id)
{
	bool good = strlen(id) == IDENTITY_UUID_SIZE - 1;

	for (size_t i = 0; good && i < IDENTITY_UUID_SIZE - 1; i++)
		good = i == 8 || i == 13 || i == 18 || i == 23 ? id[i] == '-' : strchr(HEX_DIGITS, id[i]) != NULL;
	return good ? NULL : "is no UUID in lower case";
}

const char *identity_check_hosts_address(const char *address)
{
	struct netaddr parsed;

	return netaddr_parse(address, &parsed) ? NULL : "is no address";
}

const char *identity_check_hosts_names(const char *names)
{
	char name[DOMAIN_MAX + 1];
	const char *p = names;

	do {
		size_t len = strcspn(p, " ");

		if (len > DOMAIN_MAX)
			return "has a name that is too long";
		memcpy(name, p, len);
		name[len] = '\0';
		if (!is_name(name, DOMAIN_MAX))
			return "must be names of A-Z a-z 0-9 - _ . with one blank between them";
		p += len;
	} while (*p++);
	return NULL;
}

const char *identity_check_server(const char *server)
{
	return identity_check_hosts_address(server);
}

const char *identity_check_search(const char *domain)
{
	return is_name(domain, DOMAIN_MAX) || strcmp(domain, ".") == 0 ? NULL : "is no domain";
}

const char *identity_check_option(const char *option)
{
	size_t len = strlen(option);

	if (len >= 1 && len <= OPTION_MAX && strspn(option, LABEL_CHARACTERS ":.") == len)
		return NULL;
	return "is no option of resolv.conf";
}

/* Appends to a buffer of fixed size, and remembers whether all text fitted. */
struct text {
	char *data;
	size_t size, len;
	bool cut;
};

static void add(struct text *t, const char *part)
{
	size_t len = strlen(part);

	if (t->cut || len >= t->size - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->data + t->len, part, len + 1);
	t->len += len;
}

static void add_line(struct text *t, const char *first, const char *blank, const char *second)
{
	add(t, first);
	add(t, blank);
	add(t, second);
	add(t, "\n");
}

/* word is not empty. */
static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; (p = strstr(p, word)); p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

int identity_hosts_text(const struct pair_list *hosts, const char *hostname, char *text, size_t size)
{
	struct text t = { .data = text, .size = size };
	bool named = !hostname[0] || strcmp(hostname, "localhost") == 0 || identity_check_hostname(hostname);

	text[0] = '\0';
	add_line(&t, "127.0.0.1", "\t", "localhost");
	add_line(&t, "::1", "\t", "localhost ip6-localhost ip6-loopback");
	for (size_t i = 0; !named && i < hosts->count; i++)
		named = has_word(hosts->value[i], hostname);
	if (!named)
		add_line(&t, "127.0.1.1", "\t", hostname);
	for (size_t i = 0; i < hosts->count; i++)
		add_line(&t, hosts->key[i], "\t", hosts->value[i]);
	return t.cut ? -EFBIG : 0;
}

static void add_words(struct text *t, const char *keyword, const struct string_list *words)
{
	if (!words->count)
		return;
	add(t, keyword);
	for (size_t i = 0; i < words->count; i++) {
		add(t, " ");
		add(t, words->item[i]);
	}
	add(t, "\n");
}

int identity_dns_text(const struct config_dns *dns, char *text, size_t size)
{
	struct text t = { .data = text, .size = size };

	text[0] = '\0';
	add_words(&t, "search", &dns->f_search);
	for (size_t i = 0; i < dns->f_servers.count; i++)
		add_line(&t, "nameserver", " ", dns->f_servers.item[i]);
	add_words(&t, "options", &dns->f_options);
	return t.cut ? -EFBIG : 0;
}

void identity_uuid_text(const uint8_t random[16], char text[IDENTITY_UUID_SIZE])
{
	static const char hex[] = HEX_DIGITS;
	char *p = text;

	for (int i = 0; i < 16; i++) {
		uint8_t byte = random[i];

		if (i == 6)
			byte = (byte & 0x0f) | 0x40;	/* version 4 */
		if (i == 8)
			byte = (byte & 0x3f) | 0x80;	/* variant 1 */
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[byte >> 4];
		*p++ = hex[byte & 15];
	}
	*p = '\0';
}

void identity_machine_id_text(const uint8_t random[16], char text[IDENTITY_MACHINE_ID_SIZE])
{
	char uuid[IDENTITY_UUID_SIZE];
	char *p = text;

	identity_uuid_text(random, uuid);
	for (const char *from = uuid; *from; from++)
		if (*from != '-')
			*p++ = *from;
	*p = '\0';
}
