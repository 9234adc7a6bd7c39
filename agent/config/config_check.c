/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the checks of a configuration beyond the rows of config.def. Never: asks the system. */
#include <string.h>

#include "agent/config/configuration.h"
#include "agent/mounts/mounting.h"
#include "agent/network/network.h"
#include "agent/network/sysctl.h"
#include "agent/protocol/config.h"
#include "agent/protocol/json.h"
#include "common/signame.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static bool check_mounts(const struct config_mount_list *mounts, struct reply *error)
{
	for (size_t i = 0; i < mounts->count; i++) {
		const char *key, *problem = mounting_check(&mounts->item[i], &key);

		if (problem)
			return reply_fail_field(error, "mounts", "mounts[%zu].%s: %s", i, key, problem);
	}
	return true;
}

/* A colon or a line break would begin another field or entry of /etc/passwd. */
static bool is_passwd_field(const char *text)
{
	return !text || !strpbrk(text, ":\n\r");
}

static bool check_users(const struct config_account_list *users, struct reply *error)
{
	for (size_t i = 0; i < users->count; i++) {
		const struct config_account *user = &users->item[i];

		if (strspn(user->f_name, NAME_LETTERS) != strlen(user->f_name) || strchr("0123456789-.", user->f_name[0]))
			return reply_fail_field(error, "users", "users[%zu].name: only letters, digits, _ . and -, and no digit first", i);
		if (!is_passwd_field(user->f_home) || (user->f_home && user->f_home[0] != '/'))
			return reply_fail_field(error, "users", "users[%zu].home: must be an absolute path without a colon", i);
		if (!is_passwd_field(user->f_shell) || (user->f_shell && user->f_shell[0] != '/'))
			return reply_fail_field(error, "users", "users[%zu].shell: must be an absolute path without a colon", i);
	}
	return true;
}

static bool check_pairs(const struct config_config *config, struct reply *error)
{
	for (size_t i = 0; i < config->f_sysctls.count; i++) {
		const char *problem = sysctl_check(config->f_sysctls.key[i]);

		if (problem)
			return reply_fail_field(error, "sysctls", "sysctls.%.64s: %s", config->f_sysctls.key[i], problem);
	}
	for (size_t i = 0; i < config->f_env.count; i++)
		if (!config->f_env.key[i][0] || strchr(config->f_env.key[i], '='))
			return reply_fail_field(error, "env", "env: a name may not be empty or hold a =");
	return true;
}

static bool check_main(const struct config_config *config, struct reply *error)
{
	const struct string_list *argv = config->f_entrypoint.count ? &config->f_entrypoint : &config->f_cmd;

	if (argv->count && !argv->item[0][0])
		return reply_fail_field(error, "entrypoint", "entrypoint: the program's name is empty");
	if (config->f_workdir && config->f_workdir[0] != '/')
		return reply_fail_field(error, "workdir", "workdir: must be an absolute path");
	if (config->f_stop_signal && !signame_parse(config->f_stop_signal))
		return reply_fail_field(error, "stop_signal", "stop_signal: there is none of that name");
	return true;
}

bool config_check(const struct config_config *config, struct reply *error)
{
	const struct network_plan plan = { config->f_network, config->f_hostname, config->f_hosts.key ? &config->f_hosts : NULL,
					   config->f_dns };

	return network_check(&plan, error) && check_mounts(&config->f_mounts, error) && check_users(&config->f_users, error) &&
	       check_pairs(config, error) && check_main(config, error);
}

bool config_decode(const struct buf *text, struct config_config *ret, struct reply *error)
{
	const struct cJSON *tree;
	const char *problem;

	if (!json_parse((const char *)text->data, text->len, &tree, &problem))
		return reply_fail(error, ERROR_INVALID_ARGUMENT, "not strict JSON: %s", problem);
	return schema_decode(tree, &config_tables[CONFIG_config], "", ret, error);
}

bool config_check_document(const struct buf *text, struct reply *error)
{
	static struct config_config config;

	return config_decode(text, &config, error) && config_check(&config, error);
}
