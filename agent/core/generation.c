/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the file of the generation. Never: shows half of a generation, but to a program that reads during the write. */
#include "agent/core/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

int generation_make(char ret[GENERATION_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = hex[bytes[i] >> 4];
		ret[2 * i + 1] = hex[bytes[i] & 15];
	}
	ret[GENERATION_SIZE - 1] = '\0';
	return 0;
}

/* Root in the guest may have removed the directory; a clone must not wait for the directory. */
static int open_file(void)
{
	const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(GENERATION_FILE, flags, 0644);

	if (fd < 0 && errno == ENOENT && mkdir(GENERATION_DIRECTORY, 0755) == 0)
		fd = open(GENERATION_FILE, flags, 0644);
	return fd;
}

int generation_publish(const char *generation)
{
	_cleanup_close_ int fd = open_file();
	char line[GENERATION_SIZE];
	ssize_t n;

	if (fd < 0)
		return -errno;
	memcpy(line, generation, GENERATION_SIZE - 1);
	line[GENERATION_SIZE - 1] = '\n';
	n = pwrite(fd, line, sizeof(line), 0);
	if (n != sizeof(line))
		return n < 0 ? -errno : -EIO;
	return ftruncate(fd, sizeof(line)) < 0 ? -errno : 0;
}
