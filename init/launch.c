/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the agent's binary, pid and lifeline. The binary is executed from a sealed memfd, so that a later write to the image's
 * file, or to /proc/PID/exe, does not change the agent.
 *
 * Never: waits for the agent, or for exec to succeed.
 */
#include "init/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/lifeline.h"
#include "init/cgroup.h"
#include "init/log.h"
#include "init/root.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* since Linux 6.3; without this flag vm.memfd_noexec=1 makes a memfd not executable */
#endif
#define CLOSE_RANGE_MARK 4u /* CLOSE_RANGE_CLOEXEC of linux/close_range.h, since 5.11 */

#define AGENT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Fds are first moved above this number, and then to their final numbers. */
#define FD_PARKING 16
/* A memfd with these seals cannot be changed any more. */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int make_memfd(void)
{
	int fd = memfd_create("pith-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("pith-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

int launch_load(struct launch *l)
{
	_cleanup_close_ int file = -1;
	_cleanup_close_ int memfd = -1;
	struct stat st;
	off_t at = 0;

	if (l->binary_fd >= 0)
		return 0;
	/* O_NONBLOCK: a FIFO under this name must not block the boot. */
	file = open(l->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file < 0 || fstat(file, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)LAUNCH_BINARY_MAX)
		return -EFBIG;
	memfd = make_memfd();
	if (memfd < 0)
		return memfd;
	while (at < st.st_size) {
		ssize_t n = sendfile(memfd, file, &at, (size_t)(st.st_size - at));

		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO; /* the file became shorter */
	}
	if (fchmod(memfd, 0500) < 0)
		return -errno;
	if (fcntl(memfd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	l->binary_fd = take_fd(&memfd);
	return 0;
}

/* Makes the agent's whole environment. The pointers are into static storage. */
static char **make_environment(const struct launch *l, uint32_t starts)
{
	static char path[] = AGENT_PATH;
	static char work[] = LIFELINE_ENV_WORK "=" CGROUP_WORK;
	static char listener[] = LIFELINE_ENV_LISTENER "=1";
	static char timeline[TIMELINE_MAX * 32];
	static char count[48];
	static char failed[sizeof(LIFELINE_ENV_ROOT_FAILED) + ROOT_FAILURE_MAX];
	static char words[LAUNCH_WORDS][LAUNCH_WORD_SIZE];
	static char *environment[7 + LAUNCH_WORDS];
	size_t n = 0;
	size_t len;

	len = fmt_text(timeline, sizeof(timeline), LIFELINE_ENV_TIMELINE "=");
	timeline_text(l->timeline, timeline + len, sizeof(timeline) - len);
	fmt_text(count, sizeof(count), LIFELINE_ENV_STARTS "=%u", starts);
	environment[n++] = path;
	environment[n++] = timeline;
	environment[n++] = count;
	if (l->has_work)
		environment[n++] = work;
	if (l->listener_fd >= 0)
		environment[n++] = listener;
	for (size_t i = 0; i < LAUNCH_WORDS; i++) {
		if (!l->words[i].value[0])
			continue;
		fmt_text(words[i], sizeof(words[i]), "%s=%s", l->words[i].name, l->words[i].value);
		environment[n++] = words[i];
	}
	if (root_failure()[0]) {
		fmt_text(failed, sizeof(failed), LIFELINE_ENV_ROOT_FAILED "=%s", root_failure());
		environment[n++] = failed;
	}
	environment[n] = NULL;
	return environment;
}

/* In the child: duplicates fd as number target, without close-on-exec. Returns false on failure. */
static bool fd_pass(int fd, int target)
{
	return dup2(fd, target) == target;
}

/* In the child: sets the agent's fds, session and signals. Fds move up before their old numbers are overwritten. */
static int become_agent(const struct launch *l, int lifeline, char **environment)
{
	static char name[] = "pith-agent";
	char *const argv[] = { name, NULL };
	int binary = fcntl(l->binary_fd, F_DUPFD_CLOEXEC, FD_PARKING);
	int parked_lifeline = fcntl(lifeline, F_DUPFD_CLOEXEC, FD_PARKING);
	int parked_listener = l->listener_fd < 0 ? -1 : fcntl(l->listener_fd, F_DUPFD_CLOEXEC, FD_PARKING);
	sigset_t none;

	if (binary < 0 || !fd_pass(parked_lifeline, LIFELINE_FD))
		return -errno;
	if (l->listener_fd < 0)
		close(LISTENER_FD);
	else if (!fd_pass(parked_listener, LISTENER_FD))
		return -errno;
	/* All fds of PID 1 are close-on-exec; this call catches a forgotten one. Older kernels lack the call. */
	(void)syscall(SYS_close_range, LISTENER_FD + 1, ~0u, CLOSE_RANGE_MARK);
	(void)prlimit(0, RLIMIT_NOFILE, &l->nofile, NULL);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_execveat, binary, "", argv, environment, AT_EMPTY_PATH);
	return -errno;
}

int launch_spawn(struct launch *l, uint32_t starts)
{
	_cleanup_close_ int ours = -1;
	_cleanup_close_ int theirs = -1;
	char **environment;
	const int buffer = LIFELINE_BUFFER_BYTES;
	int pair[2];
	pid_t pid;
	int r = launch_load(l);

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	for (int i = 0; i < 2; i++)
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer));
	environment = make_environment(l, starts);
	pid = cgroup_fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		r = become_agent(l, theirs, environment);
		log_failed(r, "cannot execute %s", l->path);
		_exit(127);
	}
	l->pid = pid;
	l->lifeline_fd = take_fd(&ours);
	return 0;
}

void launch_forget(struct launch *l)
{
	close_fd(&l->lifeline_fd);
	l->pid = 0;
}

bool launch_offer(struct launch *l, int fd)
{
	close_fd(&l->next_fd);
	l->next_fd = fd;
	/* Files other than memfds have no seals. */
	if ((fcntl(fd, F_GET_SEALS) & SEALS) == SEALS)
		return true;
	close_fd(&l->next_fd);
	return false;
}

bool launch_switch(struct launch *l)
{
	if (l->next_fd < 0)
		return false;
	close_fd(&l->previous_fd);
	l->previous_fd = l->binary_fd;
	l->binary_fd = take_fd(&l->next_fd);
	return true;
}

void launch_keep(struct launch *l)
{
	close_fd(&l->previous_fd);
}

bool launch_go_back(struct launch *l)
{
	if (l->previous_fd < 0)
		return false;
	close_fd(&l->binary_fd);
	l->binary_fd = take_fd(&l->previous_fd);
	return true;
}
