/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns pith-init under other names: links named poweroff, reboot, halt and shutdown ask PID 1 by the signals of signals.c, with
 * the options that scripts have used for decades.
 *
 * Never: runs as PID 1.
 */
#include "init/shutdown_client.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"
#include "common/version.h"
#include "init/cmdline.h"

static const char help_text[] =
	"pith-init " PITH_VERSION ": PID 1 of a microVM. The kernel starts this program, as /init or by init=.\n"
	"Under the name poweroff, reboot, halt or shutdown (a link) it sends PID 1 a request: [-f] [-n] [-p | -h | -r | -H] [now]\n"
	"\n"
	"Options, on the kernel command line or as arguments:\n";

struct act {
	int number;	/* of the signal to PID 1 */
	int command;	/* of reboot(2) */
};

static const struct act off = { SIGUSR2, RB_POWER_OFF };
static const struct act again = { SIGTERM, RB_AUTOBOOT };
static const struct act halted = { SIGUSR1, RB_HALT_SYSTEM };

static const struct {
	const char *name;
	const struct act *act;
} names[] = { { "poweroff", &off }, { "reboot", &again }, { "halt", &halted }, { "shutdown", &off } };

static int say(int fd, const char *text)
{
	return io_write(fd, text, strlen(text)) < 0;
}

static int help(void)
{
	const char *name, *accepted, *initial;
	char line[160];
	int failed = say(STDOUT_FILENO, help_text);

	for (size_t i = 0; cmdline_describe(i, &name, &accepted, &initial); i++) {
		fmt_text(line, sizeof(line), "  pith.%s=\t%s (%s)\n", name, accepted, initial);
		failed |= say(STDOUT_FILENO, line);
	}
	return failed;
}

static int complain(const char *name, const char *what, const char *why)
{
	char text[256];

	fmt_text(text, sizeof(text), "%s: %s%s\n", name, what, why);
	say(STDERR_FILENO, text);
	return 1;
}

static const struct act *find_act(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].act;
	return NULL;
}

/* Returns the letter of a long option, 'p' for "--poweroff"; 0 for an unknown one. */
static char letter_of(const char *word)
{
	static const char *const words[] = { "fforce", "nno-sync", "ppoweroff", "rreboot", "Hhalt" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i] + 1) == 0)
			return words[i][0];
	return 0;
}

struct wish {
	const struct act *act;
	bool force;
	bool no_sync;
};

static bool take_letter(struct wish *wish, char letter)
{
	switch (letter) {
	case 'f':
		wish->force = true;
		return true;
	case 'n':
		wish->no_sync = true;
		return true;
	case 'p':
	case 'P':
	case 'h':
		wish->act = &off;
		return true;
	case 'r':
		wish->act = &again;
		return true;
	case 'H':
		wish->act = &halted;
		return true;
	default:
		return false;
	}
}

static bool take_word(struct wish *wish, const char *word)
{
	if (word[0] != '-')
		/* Later times are refused: the guest has no users to warn ahead. */
		return strcmp(word, "now") == 0 || strcmp(word, "+0") == 0;
	if (word[1] == '-')
		return take_letter(wish, letter_of(word + 2));
	if (!word[1])
		return false;
	for (const char *p = word + 1; *p; p++)
		if (!take_letter(wish, *p))
			return false;
	return true;
}

static int go_down(const char *name, const struct act *act, int argc, char **argv)
{
	struct wish wish = { .act = act };

	for (int i = 1; i < argc; i++) {
		if (take_word(&wish, argv[i]))
			continue;
		complain(name, "cannot do ", argv[i]);
		say(STDERR_FILENO, "There are: -f (at once, nothing is ended or unmounted), -n (with -f: no sync), -p -h -r -H, now\n");
		return 2;
	}
	if (!wish.force)
		return kill(1, wish.act->number) < 0 ? complain(name, "PID 1 cannot be told: ", strerror(errno)) : 0;
	if (!wish.no_sync)
		sync();
	return reboot(wish.act->command) < 0 ? complain(name, "", strerror(errno)) : 0;
}

int shutdown_client_main(int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "";
	const struct act *act;

	if (strrchr(name, '/'))
		name = strrchr(name, '/') + 1;
	act = find_act(name);
	if (act)
		return go_down(name, act, argc, argv);
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return help();
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return say(STDOUT_FILENO, "pith-init " PITH_VERSION "\n");
	say(STDERR_FILENO, "pith-init: this is PID 1 of a microVM and runs as nothing else; see pith-init --help\n");
	return 2;
}
