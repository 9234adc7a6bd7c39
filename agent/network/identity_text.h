/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that say who a guest is look like: /etc/hosts, /etc/resolv.conf, ids. Pure.
 *
 * The checks return NULL, or what is wrong as a few words to stand behind the key: "is no address". Static storage.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol/config.h"

#define IDENTITY_HOSTNAME_MAX 64	/* __NEW_UTS_LEN */
#define IDENTITY_TEXT_MAX 32768		/* of a file: hosts of a thousand lines */
#define IDENTITY_UUID_SIZE 37
#define IDENTITY_MACHINE_ID_SIZE 33
const char *identity_check_hostname(const char *name);
const char *identity_check_machine_id(const char *id);
const char *identity_check_boot_id(const char *id);

/* Of one line of hosts: the address, and its names with blanks between them. */
const char *identity_check_hosts_address(const char *address);
const char *identity_check_hosts_names(const char *names);

/* Of one item of each list. */
const char *identity_check_server(const char *server);
const char *identity_check_search(const char *domain);
const char *identity_check_option(const char *option);

/*
 * The text of the file, of things that passed the checks. 0, or -EFBIG when it is more than size - 1 bytes. hostname gets a line of its
 * own where no other line has it.
 */
int identity_hosts_text(const struct pair_list *hosts, const char *hostname, char *text, size_t size);
int identity_dns_text(const struct config_dns *dns, char *text, size_t size);

/* 32 hex digits, and the same with dashes, of 16 random bytes: version 4, as the kernel's and systemd's own ids are. */
void identity_machine_id_text(const uint8_t random[16], char text[IDENTITY_MACHINE_ID_SIZE]);
void identity_uuid_text(const uint8_t random[16], char text[IDENTITY_UUID_SIZE]);
