/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the signs of a restore. Never: takes a sign for more than it is. */
#include "restore.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "cleanup.h"

unsigned int restore_cid(void)
{
	_cleanup_close_ int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned int cid = 0;

	if (fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0)
		return 0;
	return cid;
}
