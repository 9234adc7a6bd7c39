/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the order of the boot of pith-init, PID 1 of the guest; docs/reference/boot.md has the order and the reasons.
 *
 * Never: exits as PID 1, allocates, parses anything but the command line.
 */
#include <fcntl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "common/lifeline.h"
#include "common/version.h"
#include "init/cgroup.h"
#include "init/cmdline.h"
#include "init/console.h"
#include "init/fdstore.h"
#include "init/launch.h"
#include "init/log.h"
#include "init/main_loop.h"
#include "init/modules.h"
#include "init/mounts.h"
#include "init/network.h"
#include "init/panic.h"
#include "init/power.h"
#include "init/root.h"
#include "init/shutdown_client.h"
#include "init/signals.h"
#include "init/timeline.h"

/* Exit status for the VMM when the root failed and the machine therefore powers off. */
#define ROOT_FAILED_STATUS 1

static void take_option(struct options *options, const char *word)
{
	const char *hint;

	switch (cmdline_apply_word(options, word, &hint)) {
	case CMDLINE_SET:
	case CMDLINE_FOREIGN:
		break;
	case CMDLINE_UNKNOWN:
		log_say(LOG_QUIET, "unknown option %s%s%s%s", word, hint ? " (nearest: pith." : "", hint ? hint : "", hint ? ")" : "");
		break;
	case CMDLINE_BAD_VALUE:
		log_say(LOG_QUIET, "option %s is ignored: accepted is %s", word, hint);
		break;
	}
}

/* The kernel's command line comes first, then argv: the later word wins. */
static void read_options(struct options *options, int argc, char **argv)
{
	static char text[CMDLINE_MAX];
	static char word[CMDLINE_MAX];
	const char *cursor = text;
	ssize_t n = io_read_text(AT_FDCWD, "/proc/cmdline", text, sizeof(text));

	cmdline_init(options);
	if (n < 0)
		log_failed((int)n, "/proc/cmdline");
	else if ((size_t)n == sizeof(text) - 1)
		log_say(LOG_QUIET, "the kernel command line is longer than %d bytes; the rest is not read", CMDLINE_MAX - 1);
	while (n > 0 && cmdline_next_word(&cursor, word, sizeof(word)))
		take_option(options, word);
	for (int i = 1; i < argc; i++)
		take_option(options, argv[i]);
	log_set_level(options->log);
	power_set_exit_port((uint16_t)options->exit_port);
}

/* Returns POWER_STAY to go on with the boot, or the action of pith.rootfail= after the root failed. */
static enum power_action enter_root(const struct options *options)
{
	if (root_enter(options) == 0) {
		fdstore_keep(store_key(STORE_AGENT, STORE_UPPER), fcntl(root_upper_fd(), F_DUPFD_CLOEXEC, 0));
		log_say(LOG_INFO, "root is %s", options->root.text);
		return POWER_STAY;
	}
	switch (options->rootfail) {
	case OPTION_FAIL_SHELL:
		root_start_shell();
		break;
	case OPTION_FAIL_REBOOT:
		return POWER_REBOOT;
	case OPTION_FAIL_POWEROFF:
		return POWER_OFF;
	case OPTION_FAIL_STAY:
		break;
	}
	return POWER_STAY;
}

int main(int argc, char **argv)
{
	static struct timeline timeline;
	static struct options options;
	static struct launch launch = LAUNCH_INIT;
	static struct power_request power = POWER_REQUEST_INIT;
	int64_t born_us = clock_boot_us();
	int signal_fd;

	if (getpid() != 1)
		return shutdown_client_main(argc, argv);
	timeline_mark(&timeline, "init", born_us);

	console_hold_stdio();
	fdstore_keep(store_key(STORE_AGENT, STORE_LOG), log_open_ring());
	signal_fd = signals_hold();
	panic_arm();
	/* From here on PID 1 never exits. */

	mounts_early();
	console_open();
	read_options(&options, argc, argv);
	log_say(LOG_INFO, "pith " PITH_VERSION);
	launch.has_work = cgroup_setup();
	timeline_mark(&timeline, "mounts", clock_boot_us());

	modules_load();
	timeline_mark(&timeline, "modules", clock_boot_us());

	launch.path = options.agent.text;
	if (options.root.text[0]) {
		/* Reads the binary before the root changes. If this root has none, the new root may. */
		(void)launch_load(&launch);
		power.action = enter_root(&options);
		power.status = ROOT_FAILED_STATUS;
		if (power.action != POWER_STAY)
			power_down(&power, signal_fd);
		timeline_mark(&timeline, "root", clock_boot_us());
	}

	network_loopback_up();
	timeline_mark(&timeline, "network", clock_boot_us());

	launch.listener_fd = network_listen(&options);
	timeline_mark(&timeline, "listener", clock_boot_us());

	fdstore_init(&launch.nofile);
	launch.timeline = &timeline;
	launch.words[0] = (struct launch_word){ LIFELINE_ENV_NOTIFY, options.notify.text };
	launch.words[1] = (struct launch_word){ LIFELINE_ENV_CONFIG, options.config.text };
	launch.words[2] = (struct launch_word){ LIFELINE_ENV_HOSTNAME, options.hostname.text };
	launch.words[3] = (struct launch_word){ LIFELINE_ENV_UPGRADE, options.upgrade.text };
	main_loop_run(&launch, signal_fd, options.restart_ms * 1000LL);
}
