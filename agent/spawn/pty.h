/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pseudo-terminals, see pty(7) and ioctl_tty(2). The slave is opened by an ioctl of the master, not by its name in
 * /dev/pts.
 */
#pragma once

/*
 * Opens both ends, which are the caller's to close: CLOEXEC, the master non-blocking. rows and cols in characters. 0 or
 * -errno.
 */
int pty_open(unsigned int rows, unsigned int cols, int *ret_master, int *ret_slave);

/* Sets the size in characters by the master; the foreground process group gets SIGWINCH. 0 or -errno. */
int pty_resize(int master, unsigned int rows, unsigned int cols);
