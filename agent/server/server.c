/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the admission of callers: over vsock only the host, over a unix socket only uid 0 and the agent's own uid.
 * Others are closed before a byte of theirs is read.
 *
 * Never: stops accepting. With LIMIT_CONNECTIONS connections the one that has been idle longest is closed; without free
 * fds the caller is accepted on a spare fd and closed, because epoll would report the waiting caller for ever.
 */
#include "agent/server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/server/conn.h"
#include "agent/server/conn_in.h"
#include "agent/server/hello.h"
#include "common/cleanup.h"
#include "common/version.h"

#define BACKLOG 1024	/* as many as LIMIT_CONNECTIONS */

static struct server server;

static bool unix_peer_may_call(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static bool peer_may_call(int fd, const struct sockaddr *peer)
{
	struct sockaddr_vm vm;

	if (peer->sa_family == AF_UNIX)
		return unix_peer_may_call(fd);
	if (peer->sa_family != AF_VSOCK)
		return false;
	/* Processes of the guest reach this port too, through VMADDR_CID_LOCAL or the guest's own CID. */
	memcpy(&vm, peer, sizeof(vm));
	return vm.svm_cid == VMADDR_CID_HOST;
}

/* Frees the connection that has been idle longest. False: all run a request. */
static bool evict_idle(struct agent *agent)
{
	for (struct conn *c = agent->server->oldest; c; c = c->newer) {
		if (c->op)
			continue;
		agent->counters.evicted++;
		conn_free(c);
		return true;
	}
	return false;
}

static void turn_away_with_spare(struct agent *agent, int listener)
{
	int fd;

	close_fd(&agent->server->spare_fd);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		agent->counters.refused++;
	}
	agent->server->spare_fd = fcntl(agent->null_fd, F_DUPFD_CLOEXEC, 0);
}

static void admit(struct agent *agent, int fd, const struct sockaddr *peer, bool inside)
{
	struct conn *c;

	if (!peer_may_call(fd, peer) || (agent->server->connections >= LIMIT_CONNECTIONS && !evict_idle(agent))) {
		agent->counters.refused++;
		close(fd);
		return;
	}
	agent->server->calls->caller(agent, peer->sa_family == AF_VSOCK);
	if (conn_new(agent, fd, inside, conn_on_ready, &c) == 0)
		hello_send(c);
}

/*
 * One accept4(2) for each event, because a call on an empty queue of a vsock listener may wait: before Linux 6.18
 * accept4(2) sleeps there until the next tick, up to 10 ms, though the listener is non-blocking.
 */
static void on_listener(struct watch *watch, uint32_t events)
{
	struct listener *listener = container_of(watch, struct listener, watch);
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);
	int fd = accept4(watch->fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		admit(listener->agent, fd, (const struct sockaddr *)&peer, listener->inside);
	else if (errno == EMFILE || errno == ENFILE)
		turn_away_with_spare(listener->agent, watch->fd);
}

static struct listener *free_listener(struct agent *agent)
{
	for (size_t i = 0; i < ARRAY_SIZE(agent->server->listeners); i++)
		if (agent->server->listeners[i].watch.fd < 0)
			return &agent->server->listeners[i];
	return NULL;
}

static int listen_on(struct agent *agent, int fd, bool inside)
{
	struct listener *listener = free_listener(agent);
	int r;

	if (!listener) {
		close(fd);
		return -EMFILE;
	}
	*listener = (struct listener){ .watch = { .fd = fd, .fn = on_listener }, .agent = agent, .inside = inside };
	r = loop_watch(&agent->loop, &listener->watch, EPOLLIN);
	if (r < 0)
		loop_close(&agent->loop, &listener->watch);
	return r;
}

int server_listen_fd(struct agent *agent, int fd)
{
	return listen_on(agent, fd, false);
}

int server_listen_unix(struct agent *agent, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;
	mode_t mask;
	int r;

	if (!*path)
		return -EINVAL;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	/* Callers on PITH_GUEST_SOCKET need no token: root in the guest could read the token in the agent's memory. */
	return r < 0 ? r : listen_on(agent, take_fd(&fd), strcmp(path, PITH_GUEST_SOCKET) == 0);
}

int server_init(struct agent *agent, const struct server_calls *calls)
{
	agent->server = &server;
	server.agent = agent;
	server.calls = calls;
	for (size_t i = 0; i < ARRAY_SIZE(server.listeners); i++)
		server.listeners[i].watch.fd = -1;
	server.token_version = mmap(NULL, sizeof(*server.token_version), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (server.token_version == MAP_FAILED)
		return -errno;
	server.spare_fd = fcntl(agent->null_fd, F_DUPFD_CLOEXEC, 0);
	return server.spare_fd < 0 ? -errno : 0;
}
