/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the steps for the network, sysctls and accounts.
 *
 * Never: runs in the agent itself; changes an existing account.
 */
#include "agent/config/config_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/network/network.h"
#include "agent/network/replace_file.h"
#include "agent/network/sysctl.h"
#include "agent/protocol/change_report.h"
#include "agent/protocol/config.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define FILE_MAX (60u << 10)	/* bytes of passwd or group, with the new line */
#define LINE_SIZE 2300		/* names, numbers, home and shell at their longest */
#define HOME_MODE 0755

static int end(const struct change_report *report, int out_fd)
{
	int r = change_report_send(report, out_fd);

	return r < 0 ? r : report->failed ? -EIO : 0;
}

int config_step_network(void *arg, int out_fd)
{
	static struct change_report report;
	const struct config_config *config = arg;
	const struct network_plan plan = { config->f_network, config->f_hostname, config->f_hosts.key ? &config->f_hosts : NULL,
					   config->f_dns };

	change_report_init(&report);
	network_apply(&plan, &report);
	return end(&report, out_fd);
}

int config_step_sysctls(void *arg, int out_fd)
{
	static struct change_report report;
	const struct pair_list *list = &((const struct config_config *)arg)->f_sysctls;

	change_report_init(&report);
	for (size_t i = 0; i < list->count; i++) {
		char path[CHANGE_REPORT_PATH_SIZE];
		bool changed = false;
		int r = sysctl_set(list->key[i], list->value[i], &changed);

		fmt_text(path, sizeof(path), "sysctls.%s", list->key[i]);
		if (r < 0)
			change_report_failed(&report, path, -r, list->value[i], "");
		else if (changed)
			change_report_changed(&report, path, "%s", list->value[i]);
	}
	return end(&report, out_fd);
}

/* True: a line begins with "name:". */
static bool has_name(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			return true;
	return false;
}

/* True: the third field of a line is the number. */
static bool has_number(const char *text, uint64_t number)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + strcspn(line, ":\n");

		if (*at != ':')
			continue;
		at += 1 + strcspn(at + 1, ":\n");
		if (*at == ':' && at[1] >= '0' && at[1] <= '9' && strtoull(at + 1, NULL, 10) == number)
			return true;
	}
	return false;
}

/* Reads passwd or group; a missing file is empty. 0 or -errno. */
static int read_database(const char *path, char text[FILE_MAX])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	ssize_t n = 1;
	struct stat st;

	text[0] = '\0';
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	while (len < FILE_MAX - 1 && n > 0) {
		n = io_read(fd, text + len, FILE_MAX - 1 - len);
		if (n < 0)
			return (int)n;
		len += (size_t)n;
	}
	text[len] = '\0';
	return len < FILE_MAX - 1 - LINE_SIZE ? 0 : -EFBIG;
}

static int append_line(const char *path, char text[FILE_MAX], const char *line)
{
	size_t len = strlen(text);
	bool changed;

	/* A last line without a line break would swallow the new one. */
	if (len && text[len - 1] != '\n')
		text[len++] = '\n';
	fmt_text(text + len, FILE_MAX - len, "%s\n", line);
	return replace_file_text(path, text, &changed);
}

static int make_home(const char *home, uid_t uid, gid_t gid)
{
	if (mkdir(home, HOME_MODE) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chown(home, uid, gid) < 0 ? -errno : 0;
}

static int add_account(const struct config_account *user, bool *ret_added)
{
	static char text[FILE_MAX];
	uint64_t gid = user->f_gid == NOT_GIVEN ? user->f_uid : user->f_gid;
	const char *home = user->f_home ? user->f_home : "/";
	char line[LINE_SIZE];
	int r = read_database(GROUP, text);

	if (r == 0 && !has_number(text, gid) && !has_name(text, user->f_name)) {
		fmt_text(line, sizeof(line), "%s:x:%llu:", user->f_name, (unsigned long long)gid);
		r = append_line(GROUP, text, line);
	}
	if (r == 0)
		r = read_database(PASSWD, text);
	if (r < 0 || has_name(text, user->f_name))
		return r;
	fmt_text(line, sizeof(line), "%s:x:%llu:%llu::%s:%s", user->f_name, (unsigned long long)user->f_uid, (unsigned long long)gid, home,
		 user->f_shell ? user->f_shell : "/bin/sh");
	r = append_line(PASSWD, text, line);
	*ret_added = r == 0;
	return r == 0 && user->f_home ? make_home(home, (uid_t)user->f_uid, (gid_t)gid) : r;
}

int config_step_users(void *arg, int out_fd)
{
	static struct change_report report;
	const struct config_account_list *users = &((const struct config_config *)arg)->f_users;

	change_report_init(&report);
	for (size_t i = 0; i < users->count; i++) {
		char path[CHANGE_REPORT_PATH_SIZE];
		bool added = false;
		int r = add_account(&users->item[i], &added);

		fmt_text(path, sizeof(path), "users[%zu]", i);
		if (added)
			change_report_changed(&report, path, "%s is new", users->item[i].f_name);
		if (r < 0)
			change_report_failed(&report, path, -r, users->item[i].f_name, "");
	}
	return end(&report, out_fd);
}
