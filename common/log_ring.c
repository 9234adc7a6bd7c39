/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ring's layout. Never: trusts a number in it, waits. */
#include "common/log_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"

int log_ring_new(void)
{
	_cleanup_close_ int fd = memfd_create("pith-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	/* Sealed, because access to mapped memory that was shortened raises SIGBUS. */
	if (fd < 0 || ftruncate(fd, sizeof(struct log_ring)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return take_fd(&fd);
}

struct log_ring *log_ring_map(int fd)
{
	struct stat st;
	void *at;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size != sizeof(struct log_ring))
		return NULL;
	at = mmap(NULL, sizeof(struct log_ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

static void put(struct log_ring *ring, uint64_t at, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ring->bytes[(at + i) % LOG_RING_BYTES] = text[i];
}

void log_ring_write(struct log_ring *ring, int64_t at_us, unsigned int level, const char *text, size_t len)
{
	char head[32];
	size_t head_len;
	uint64_t at;

	if (!ring)
		return;
	head_len = fmt_text(head, sizeof(head), "%lld %u ", (long long)at_us, level);
	if (len > LOG_RING_BYTES / 4)
		len = LOG_RING_BYTES / 4;
	at = __atomic_fetch_add(&ring->end, head_len + len + 1, __ATOMIC_RELAXED);
	put(ring, at, head, head_len);
	put(ring, at + head_len, text, len);
	put(ring, at + head_len + len, "\n", 1);
}

size_t log_ring_read(const struct log_ring *ring, char *buf, size_t size)
{
	uint64_t end = __atomic_load_n(&ring->end, __ATOMIC_RELAXED);
	uint64_t at = end > LOG_RING_BYTES ? end - LOG_RING_BYTES : 0;
	size_t len = 0;

	/* Where the oldest line was overwritten in part, its rest means nothing. */
	if (at > 0)
		while (at < end && ring->bytes[at++ % LOG_RING_BYTES] != '\n')
			;
	for (; at < end && len < size - 1; at++)
		buf[len++] = ring->bytes[at % LOG_RING_BYTES];
	buf[len] = '\0';
	return len;
}

bool log_ring_next(char **cursor, struct log_ring_line *ret)
{
	while (**cursor) {
		char *line = *cursor, *end;

		*cursor += strcspn(line, "\n");
		if (**cursor)
			*(*cursor)++ = '\0';
		ret->at_us = strtoull(line, &end, 10);
		if (end == line || *end != ' ')
			continue;
		line = end + 1;
		ret->level = (unsigned int)strtoul(line, &end, 10) & 7;
		if (end == line || *end != ' ')
			continue;
		ret->text = end + 1;
		return true;
	}
	return false;
}
