/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ioctls of pseudo-terminals. Never: opens a name in /dev/pts. */
#include "agent/spawn/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "common/cleanup.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)	/* Linux 4.13; missing in musl's headers */
#endif

int pty_resize(int master, unsigned int rows, unsigned int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int pty_open(unsigned int rows, unsigned int cols, int *ret_master, int *ret_slave)
{
	_cleanup_close_ int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int unlock = 0, slave, r;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	r = pty_resize(master, rows, cols);
	if (r < 0)
		return r;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	*ret_slave = slave;
	*ret_master = take_fd(&master);
	return 0;
}
