/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of the command table: each runs its command and returns the exit status. Also the helpers that several
 * commands share.
 */
#pragma once

#include "host/cli/command.h"

int cmd_ping(const struct invocation *invocation);
int cmd_info(const struct invocation *invocation);
int cmd_exec(const struct invocation *invocation);
int cmd_shell(const struct invocation *invocation);
int cmd_attach(const struct invocation *invocation);
int cmd_logs(const struct invocation *invocation);
int cmd_ps(const struct invocation *invocation);
int cmd_wait(const struct invocation *invocation);
int cmd_kill(const struct invocation *invocation);
int cmd_forget(const struct invocation *invocation);
int cmd_stdin(const struct invocation *invocation);
int cmd_env(const struct invocation *invocation);
int cmd_cat(const struct invocation *invocation);
int cmd_ls(const struct invocation *invocation);
int cmd_stat(const struct invocation *invocation);
int cmd_mkdir(const struct invocation *invocation);
int cmd_rm(const struct invocation *invocation);
int cmd_mv(const struct invocation *invocation);
int cmd_cp(const struct invocation *invocation);
int cmd_sync(const struct invocation *invocation);
int cmd_diff(const struct invocation *invocation);
int cmd_apply(const struct invocation *invocation);
int cmd_du(const struct invocation *invocation);
int cmd_watch(const struct invocation *invocation);
int cmd_edit(const struct invocation *invocation);
int cmd_quiesce(const struct invocation *invocation);
int cmd_keepalive(const struct invocation *invocation);
int cmd_thaw(const struct invocation *invocation);
int cmd_resume(const struct invocation *invocation);
int cmd_snapshot_status(const struct invocation *invocation);
int cmd_dmesg(const struct invocation *invocation);
int cmd_agent_log(const struct invocation *invocation);
int cmd_upgrade(const struct invocation *invocation);
int cmd_poweroff(const struct invocation *invocation);
int cmd_reboot(const struct invocation *invocation);
int cmd_halt(const struct invocation *invocation);
int cmd_network(const struct invocation *invocation);
int cmd_configure(const struct invocation *invocation);
int cmd_configuration(const struct invocation *invocation);
int cmd_mount(const struct invocation *invocation);
int cmd_unmount(const struct invocation *invocation);
int cmd_mounts(const struct invocation *invocation);
int cmd_wait_ready(const struct invocation *invocation);
int cmd_boot_time(const struct invocation *invocation);
int cmd_help(const struct invocation *invocation);
int cmd_version(const struct invocation *invocation);

#define CMD_TIMEOUT_MS 10000	/* of a short request; an emulated guest may need seconds */

/* Connects as the settings say. */
enum pith_code cmd_connect(const struct settings *settings, struct pith_conn **ret, struct pith_error *err);

/* The settings' timeout, or CMD_TIMEOUT_MS. */
int64_t cmd_timeout(const struct settings *settings);

/* Writes an error message with the choices of an option, and returns false. */
bool cmd_fail_choice(const char *command, const char *option, const char *value, const char *choices);

/* False, after an error message, if text (may be NULL) is not a choice of --on-disconnect. */
bool cmd_read_on_disconnect(const char *command, const char *text, enum pith_on_disconnect *ret);

/* The time limit for dialing again after a lost connection, in ms: the settings' time, or 10 s. */
int64_t cmd_reattach(const struct settings *settings);

/* Writes the sentence to stderr and returns STATUS_FAILED. */
int cmd_fail(const struct pith_error *err);

/* Flushes stdout. Returns 0, or STATUS_FAILED after an error message. */
int cmd_finish_output(void);

/* Prints JSON text, with the control characters that JSON lets through (U+007F to U+009F) as escapes, and a newline. */
void cmd_print_json(const char *text);
void cmd_print_json_part(const char *text);	/* without the newline */

/* Prints "pith: ", the sentence and a newline to stderr. */
void cmd_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
