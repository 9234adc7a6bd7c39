/* SPDX-License-Identifier: Apache-2.0 */
/* Owns PID 1's two sockets. Never: accepts a connection or reads from one; the agent does. */
#include "init/network.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "common/cleanup.h"
#include "init/log.h"

void network_loopback_up(void)
{
	/* Interface ioctls work on a socket of any family; every kernel has AF_UNIX. */
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) == 0)
			return;
	}
	log_failed(errno, "loopback");
}

static int listen_on(int family, const struct sockaddr *address, socklen_t len)
{
	_cleanup_close_ int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, address, len) < 0)
		return -errno;
	if (listen(fd, NETWORK_BACKLOG) < 0)
		return -errno;
	return take_fd(&fd);
}

static int listen_vsock(uint32_t port)
{
	struct sockaddr_vm address = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port };
	int fd = listen_on(AF_VSOCK, (const struct sockaddr *)&address, sizeof(address));

	if (fd == -EAFNOSUPPORT)
		log_say(LOG_QUIET, "this kernel has no vsock (CONFIG_VIRTIO_VSOCKETS, or its modules): no host can reach the agent");
	else if (fd < 0)
		log_failed(fd, "listen on vsock port %u", port);
	else
		log_say(LOG_INFO, "listening on vsock port %u", port);
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t umask_before;
	int fd;

	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	umask_before = umask(0177);
	fd = listen_on(AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
	umask(umask_before);
	if (fd < 0)
		log_failed(fd, "listen on unix:%s", path);
	else
		log_say(LOG_INFO, "listening on unix:%s", path);
	return fd;
}

int network_listen(const struct options *options)
{
	if (options->listen.unix_path[0])
		return listen_unix(options->listen.unix_path);
	return listen_vsock(options->port);
}
