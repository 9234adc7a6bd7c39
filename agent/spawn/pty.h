/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-terminals, see pty(7) and ioctl_tty(2). No name of /dev/pts is used: the slave comes by ioctl from the master. */
#pragma once

/* Both CLOEXEC, the master non-blocking; the caller's to close. 0 or -errno. */
int pty_open(unsigned int rows, unsigned int cols, int *ret_master, int *ret_slave);

/* On the master; the foreground process group gets SIGWINCH. 0 or -errno. */
int pty_resize(int master, unsigned int rows, unsigned int cols);
