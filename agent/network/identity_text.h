/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of the files with the guest's identity: /etc/hosts, /etc/resolv.conf, ids. Pure.
 *
 * A check returns NULL, or what is wrong, worded to follow the key ("is no address"). The string is static.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol/config.h"

#define IDENTITY_HOSTNAME_MAX 64	/* __NEW_UTS_LEN */
#define IDENTITY_TEXT_MAX 32768		/* bytes of a file: enough for a thousand lines of hosts */
#define IDENTITY_UUID_SIZE 37
#define IDENTITY_MACHINE_ID_SIZE 33
const char *identity_check_hostname(const char *name);
const char *identity_check_machine_id(const char *id);
const char *identity_check_boot_id(const char *id);

/* Check one line of hosts: the address, and its names with blanks between them. */
const char *identity_check_hosts_address(const char *address);
const char *identity_check_hosts_names(const char *names);

/* Each checks one item of a list. */
const char *identity_check_server(const char *server);
const char *identity_check_search(const char *domain);
const char *identity_check_option(const char *option);

/*
 * Writes the text of a file from values that passed the checks. 0, or -EFBIG if the text has more than size - 1 bytes.
 * hostname gets a line of its own unless another line has it.
 */
int identity_hosts_text(const struct pair_list *hosts, const char *hostname, char *text, size_t size);
int identity_dns_text(const struct config_dns *dns, char *text, size_t size);

/* 16 random bytes as 32 hex digits, and with dashes: UUIDs of version 4, as the kernel's boot id and systemd's machine id. */
void identity_machine_id_text(const uint8_t random[16], char text[IDENTITY_MACHINE_ID_SIZE]);
void identity_uuid_text(const uint8_t random[16], char text[IDENTITY_UUID_SIZE]);
