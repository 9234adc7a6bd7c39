/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pith-agent: serves the host's requests. PID 1 starts it with the fds of common/lifeline.h, a test with --listen.
 * Owns the start and the end of the agent.
 *
 * Never: runs as PID 1, is a subreaper, waits for a process that is not its own child.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "agent/config/configuration.h"
#include "agent/config/configure.h"
#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/exec_persist.h"
#include "agent/files/worker.h"
#include "agent/requests.h"
#include "agent/server/boot_timeline.h"
#include "agent/server/conn.h"
#include "agent/server/server.h"
#include "agent/snapshot/entropy.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/restore.h"
#include "agent/spawn/launcher.h"
#include "agent/system/cgroup_reserve.h"
#include "agent/system/power_button.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/lifeline.h"
#include "common/procfs.h"
#include "common/version.h"

#define LAST_SIGNAL 64
#define OOM_SCORE_NEVER "-1000"

static const char usage[] =
	"usage: pith-agent [--listen unix:PATH]\n"
	"Serves pith requests. Started by pith-init; with --listen it runs by hand, for tests.\n";

/* An exec inherits ignored signals, but not handlers: an empty handler keeps SIGPIPE from execs. */
static void on_sigpipe(int signal)
{
	(void)signal;
}

static void on_signal(struct watch *watch, uint32_t events)
{
	struct agent *agent = container_of(watch, struct agent, signals);
	struct signalfd_siginfo info;

	(void)events;
	if (io_read(watch->fd, &info, sizeof(info)) != sizeof(info) || agent->stopping)
		return;
	agent->stopping = true;
	entrypoint_stop(agent);
}

static int signals_init(struct agent *agent)
{
	struct sigaction ignore = { .sa_handler = on_sigpipe, .sa_flags = SA_RESTART };
	/* The kernel's struct sigaction, all zeros: SIG_DFL. libc hides signals 32 and 33, which the parent may ignore. */
	static const unsigned long by_default[8];
	sigset_t set;

	for (int signal = 1; signal <= LAST_SIGNAL; signal++)
		syscall(SYS_rt_sigaction, signal, by_default, NULL, LAST_SIGNAL / 8);
	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_SETMASK, &set, NULL);
	agent->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	agent->signals.fn = on_signal;
	return agent->signals.fd < 0 ? -errno : loop_watch(&agent->loop, &agent->signals, EPOLLIN);
}

static void limits_init(struct agent *agent)
{
	struct rlimit wanted;

	getrlimit(RLIMIT_NOFILE, &agent->nofile);
	wanted = agent->nofile;
	wanted.rlim_cur = wanted.rlim_max = LIMIT_FDS;
	/* Without the right to raise the hard limit, the soft limit is raised to the hard limit. */
	if (agent->nofile.rlim_max >= LIMIT_FDS || setrlimit(RLIMIT_NOFILE, &wanted) < 0) {
		wanted.rlim_max = agent->nofile.rlim_max;
		wanted.rlim_cur = wanted.rlim_max < LIMIT_FDS ? wanted.rlim_max : LIMIT_FDS;
		setrlimit(RLIMIT_NOFILE, &wanted);
	}
}

static int identity_init(struct agent *agent)
{
	int r = generation_make(agent->generation);

	if (r < 0)
		return r;
	if (procfs_read_text("/proc/sys/kernel/random/boot_id", agent->boot_id, sizeof(agent->boot_id)) < 0)
		agent->boot_id[0] = '\0';
	return 0;
}

/* What PID 1 passes besides fds: variables of the environment, see common/lifeline.h. */
static void environment_init(struct agent *agent)
{
	const char *starts = getenv(LIFELINE_ENV_STARTS), *work = getenv(LIFELINE_ENV_WORK);

	boot_timeline_read(agent, getenv(LIFELINE_ENV_TIMELINE));
	agent->starts = starts ? strtoull(starts, NULL, 10) : 1;
	agent->root_failed = getenv(LIFELINE_ENV_ROOT_FAILED);
	if (!dial_host_init(agent, getenv(LIFELINE_ENV_NOTIFY)))
		log_line("pith.notify=%s: must be a vsock port or unix:/PATH", getenv(LIFELINE_ENV_NOTIFY));
	if (work)
		agent->work_fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (agent->work_fd >= 0 && agent->starts == 1)
		cgroup_tell_missing(agent->work_fd);
}

/* Without a mounted /dev, /dev/null comes from a devtmpfs that is mounted nowhere. */
static int open_null(void)
{
	_cleanup_close_ int context = -1, mount = -1;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	context = (int)syscall(SYS_fsopen, "devtmpfs", FSOPEN_CLOEXEC);
	if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	return mount < 0 ? -1 : openat(mount, "null", O_RDWR | O_CLOEXEC);
}

/* Called before the agent opens a file of its own, which might become fd 3. */
static bool lifeline_is_there(void)
{
	int type = 0;
	socklen_t size = sizeof(type);

	return getsockopt(LIFELINE_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

static void take_upper(struct agent *agent)
{
	struct fdstore_entry *stored = fdstore_find(agent, store_key(STORE_AGENT, STORE_UPPER));

	if (!stored || stored->fd_count == 0)
		return;
	agent->upper_fd = take_fd(&stored->fds[0]);
	stored->taken = true;
}

/* Finds or makes the persisted state. A state of another version stays as it is, for an agent that can read it. */
static int agent_state_init(struct agent *agent)
{
	enum persist_opened opened = persist_open(agent);
	int r;

	if (opened == PERSIST_REFUSED) {
		log_line("the persisted state is not of version %u; this agent cannot take over", PERSIST_VERSION);
		exit(LIFELINE_STATE_REFUSED);
	}
	if (opened == PERSIST_FAILED)
		return -errno;
	r = relay_pipe_open(agent);
	if (r == 0 && opened == PERSIST_FOUND)
		exec_restore_all(agent);
	return r;
}

static void take_log(struct agent *agent)
{
	struct fdstore_entry *stored = fdstore_find(agent, store_key(STORE_AGENT, STORE_LOG));

	if (!stored || stored->fd_count == 0)
		return;
	/* The mapping outlasts the fd. */
	log_ring = log_ring_map(stored->fds[0]);
	close_fd(&stored->fds[0]);
	stored->taken = true;
}

/* For a child of PID 1: takes the fds, the protection from the OOM killer, and the socket for callers in the guest. */
static int adopt_lifeline(struct agent *agent)
{
	int r, inside;

	/* Else ps shows the name of a memfd. */
	prctl(PR_SET_NAME, "pith-agent");
	fcntl(LIFELINE_FD, F_SETFD, FD_CLOEXEC);
	agent->protected = procfs_write_text("/proc/self/oom_score_adj", OOM_SCORE_NEVER) == 0;
	r = fdstore_open(agent, LIFELINE_FD);
	if (r < 0)
		return r;
	take_log(agent);
	take_upper(agent);
	r = agent_state_init(agent);
	if (r < 0)
		return r;
	configuration_restore(agent);
	restore_init(agent);
	r = quiesce_adopt(agent);
	if (r < 0)
		return r;
	fdstore_settle(agent);
	if (getenv(LIFELINE_ENV_LISTENER)) {
		fcntl(LISTENER_FD, F_SETFD, FD_CLOEXEC);
		r = server_listen_fd(agent, LISTENER_FD);
	}
	/* A read-only /run costs callers in the guest their socket; the host is served all the same. */
	inside = server_listen_unix(agent, PITH_GUEST_SOCKET);
	if (inside < 0)
		log_line("%s: %s", PITH_GUEST_SOCKET, strerror(-inside));
	if (r < 0)
		return r;
	/* Published at the start, so that programs have a file to watch; a failure does not keep the agent from serving. */
	generation_publish(agent->generation);
	boot_timeline_add(agent, "ready", clock_boot_us());
	r = fdstore_tell(agent, LIFELINE_READY, NULL, 0);
	power_button_watch_all(agent);
	persist_settle(agent);
	/* Done before the first request is read, and after READY, so that no host waits for the reserve. */
	if (agent->work_fd >= 0)
		cgroup_reserve_apply(agent->work_fd, agent->execs->rings_max * LIMIT_RINGS_OF_MEMORY);
	return r;
}

static int listen_by_hand(struct agent *agent, const char *path)
{
	int r = agent_state_init(agent);

	return r < 0 ? r : server_listen_unix(agent, path);
}

static bool all_is_flushed(const struct agent *agent)
{
	for (const struct conn *c = agent->server->newest; c; c = c->older)
		if (c->out.len || c->op)
			return false;
	return true;
}

static void on_goodbye(struct timer *timer)
{
	container_of(timer, struct agent, goodbye)->loop.stop = true;
}

/* A host with a running operation connects again; a host that waits for a reply gets the reply first. */
static void hand_over(struct agent *agent)
{
	bool sent = true;

	for (const struct conn *c = agent->server->newest; c; c = c->older)
		sent = sent && (c->out.len == 0 || c->op);
	if (sent)
		agent->loop.stop = true;
	else if (!agent->goodbye.due_us)
		loop_timer_set(&agent->loop, &agent->goodbye, LIMIT_GOODBYE_US);
}

static void after_turn(struct loop *loop)
{
	struct agent *agent = container_of(loop, struct agent, loop);

	conn_flush_touched(agent);
	if (agent->handing_over)
		hand_over(agent);
	if (!agent->stopping)
		return;
	quiesce_give_up(agent);
	worker_stop_all(agent);
	dial_host_end(agent);
	if (agent->execs_running)
		return;
	if (all_is_flushed(agent) && agent->workers_running == 0)
		loop->stop = true;
	else if (!agent->goodbye.due_us)
		loop_timer_set(loop, &agent->goodbye, LIMIT_GOODBYE_US);
}

/* All rings together get this fraction of the memory. */
static size_t rings_max(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (size_t)info.totalram * info.mem_unit / LIMIT_RINGS_OF_MEMORY;
}

static int agent_init(struct agent *agent)
{
	int r;

	agent->lifeline = agent->store.lifeline.fd = agent->signals.fd = -1;
	agent->upper_fd = agent->work_fd = -1;
	agent->goodbye.fn = on_goodbye;
	agent->scratch.max = FRAME_JSON_MAX;
	(void)buf_reserve(&agent->scratch, LIMIT_OUT_FIRST_BYTES);
	r = loop_init(&agent->loop);
	agent->loop.after_turn = after_turn;
	if (r == 0)
		r = signals_init(agent);
	if (r == 0)
		r = identity_init(agent);
	if (r < 0)
		return r;
	agent->null_fd = open_null();
	if (agent->null_fd < 0)
		return -errno;
	r = server_init(agent, &requests_calls);
	if (r < 0)
		return r;
	launcher_init(agent);
	worker_init(agent);
	execs_init(agent, rings_max());
	configure_init(agent);
	snapshot_init(agent);
	limits_init(agent);
	environment_init(agent);
	/* Without the device a resume fails in its entropy step, and the error names the step. */
	entropy_open();
	return 0;
}

static _Noreturn void print_and_exit(const char *text)
{
	exit(io_write(STDOUT_FILENO, text, strlen(text)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* *ret_path: the path that --listen names, untouched without --listen. --help and --version end the program. */
static int parse_args(char **argv, const char **ret_path)
{
	static const char listen[] = "--listen", scheme[] = "unix:";

	while (*++argv) {
		const char *at = *argv;

		if (strcmp(at, "--help") == 0)
			print_and_exit(usage);
		if (strcmp(at, "--version") == 0)
			print_and_exit("pith-agent " PITH_VERSION "\n");
		if (strcmp(at, listen) == 0)
			at = *++argv;
		else if (strncmp(at, listen, strlen(listen)) == 0 && at[strlen(listen)] == '=')
			at += strlen(listen) + 1;
		else
			return -EINVAL;
		if (!at || strncmp(at, scheme, strlen(scheme)) != 0)
			return -EINVAL;
		*ret_path = at + strlen(scheme);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct agent agent;
	int64_t started_us = clock_boot_us();
	const char *listen_at = NULL;
	int r;

	if (argc < 1 || parse_args(argv, &listen_at) < 0) {
		log_line("%s", usage);
		return 2;
	}
	/* An agent that is started by hand in a guest must not take the socket of the agent that serves there. */
	if (!listen_at && !lifeline_is_there()) {
		log_line("fd 3 is no lifeline to pith-init; see --help");
		return 2;
	}
	r = agent_init(&agent);
	if (r == 0 && !listen_at)
		boot_timeline_add(&agent, "agent", started_us);
	if (r == 0)
		r = listen_at ? listen_by_hand(&agent, listen_at) : adopt_lifeline(&agent);
	if (r == 0) {
		configure_boot(&agent);
		r = loop_run(&agent.loop);
	}
	if (r < 0)
		log_line("%s", strerror(-r));
	if (r == 0 && agent.handing_over && !agent.stopping)
		return LIFELINE_HANDED_OVER;
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
