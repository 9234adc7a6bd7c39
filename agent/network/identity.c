/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the paths of the files with the guest's names and ids. Never: runs in the agent's own process; its callers are jobs. */
#include "agent/network/identity.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/network/replace_file.h"
#include "common/fmt.h"

#define DBUS_MACHINE_ID "/var/lib/dbus/machine-id"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The new text of hosts or resolv.conf; one file at a time. */
static char text[IDENTITY_TEXT_MAX];

static void read_hostname(char name[IDENTITY_HOSTNAME_MAX + 1])
{
	struct utsname uts;

	name[0] = '\0';
	if (uname(&uts) == 0)
		fmt_text(name, IDENTITY_HOSTNAME_MAX + 1, "%s", uts.nodename);
}

int identity_set_hostname(const char *name, bool *ret_changed)
{
	char line[IDENTITY_HOSTNAME_MAX + 2], have[IDENTITY_HOSTNAME_MAX + 1];
	bool file_changed = false, differs;
	int r;

	read_hostname(have);
	differs = strcmp(have, name) != 0;
	if (differs && sethostname(name, strlen(name)) < 0)
		return -errno;
	fmt_text(line, sizeof(line), "%s\n", name);
	r = replace_file_text("/etc/hostname", line, &file_changed);
	*ret_changed = differs || file_changed;
	return r;
}

int identity_set_hosts(const struct pair_list *hosts, bool *ret_changed)
{
	char hostname[IDENTITY_HOSTNAME_MAX + 1];
	int r;

	read_hostname(hostname);
	r = identity_hosts_text(hosts, hostname, text, sizeof(text));
	return r < 0 ? r : replace_file_text("/etc/hosts", text, ret_changed);
}

int identity_set_dns(const struct config_dns *dns, bool *ret_changed)
{
	int r = identity_dns_text(dns, text, sizeof(text));

	return r < 0 ? r : replace_file_text("/etc/resolv.conf", text, ret_changed);
}

int identity_set_machine_id(const char *id, bool *ret_changed)
{
	char line[IDENTITY_MACHINE_ID_SIZE + 1];
	bool copy_changed = false;
	struct stat st;
	int r;

	fmt_text(line, sizeof(line), "%s\n", id);
	r = replace_file_text("/etc/machine-id", line, ret_changed);
	/* D-Bus's machine id is mostly a link to /etc/machine-id, or missing. */
	if (r == 0 && lstat(DBUS_MACHINE_ID, &st) == 0 && S_ISREG(st.st_mode)) {
		r = replace_file_text(DBUS_MACHINE_ID, line, &copy_changed);
		*ret_changed |= copy_changed;
	}
	return r;
}

int identity_set_boot_id(const char *id, bool *ret_changed)
{
	char line[IDENTITY_UUID_SIZE + 1];

	fmt_text(line, sizeof(line), "%s\n", id);
	return replace_file_over(BOOT_ID, "boot_id", line, ret_changed);
}

static int get_random(uint8_t random[16])
{
	return getrandom(random, 16, 0) == 16 ? 0 : -EIO;
}

int identity_new_machine_id(char ret[IDENTITY_MACHINE_ID_SIZE])
{
	uint8_t random[16];
	int r = get_random(random);

	if (r == 0)
		identity_machine_id_text(random, ret);
	return r;
}

int identity_new_boot_id(char ret[IDENTITY_UUID_SIZE])
{
	uint8_t random[16];
	int r = get_random(random);

	if (r == 0)
		identity_uuid_text(random, ret);
	return r;
}
