/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/* The least that can be asked of a guest over vsock: accepts on the port, answers a byte with it, closes. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

int main(int argc, char **argv)
{
	struct sockaddr_vm address = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	int listener = socket(AF_VSOCK, SOCK_STREAM, 0);
	char byte;

	if (argc != 2)
		return 2;
	address.svm_port = (unsigned int)strtoul(argv[1], NULL, 10);
	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0)
		return EXIT_FAILURE;
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			return EXIT_FAILURE;
		if (read(fd, &byte, 1) == 1)
			(void)!write(fd, &byte, 1);
		close(fd);
	}
}
