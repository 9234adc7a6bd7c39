/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the access to the machine's hardware. Never: uses the hardware from within a container. */
#include "init/machine.h"

#include <errno.h>
#include <sys/stat.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>
#endif

#define INITIAL_PID_NAMESPACE 0xEFFFFFFCu /* PROC_PID_INIT_INO of the kernel, the same on every machine */

bool machine_is_ours(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INITIAL_PID_NAMESPACE;
}

int machine_exit(uint16_t port, uint8_t status)
{
	if (!machine_is_ours())
		return -EPERM;
#if defined(__x86_64__) || defined(__i386__)
	if (ioperm(port, 1, 1) < 0)
		return -errno;
	outb(status < MACHINE_STATUS_MAX ? status : MACHINE_STATUS_MAX, port);
	return 0;
#else
	(void)port;
	(void)status;
	return -ENOSYS;
#endif
}
