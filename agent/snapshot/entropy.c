/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the random device and the ways to set the generator's state.
 *
 * Never: reports the generator as seeded when the kernel did not reseed. A plain write to the device is not credited,
 * and the kernel mixes the bytes in at a later time.
 */
#include "agent/snapshot/entropy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/random.h>

#include "common/cleanup.h"

#define BYTES_MAX 512u

static int random_fd = -1;

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int entropy_open(void)
{
	random_fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return random_fd < 0 ? -errno : 0;
}

bool entropy_is_hex(const char *hex)
{
	size_t n = 0;

	while (hex[n] && digit(hex[n]) >= 0)
		n++;
	return hex[n] == '\0' && n % 2 == 0 && n / 2 <= BYTES_MAX;
}

int entropy_add(const char *hex)
{
	union {
		struct rand_pool_info info;
		uint8_t space[sizeof(struct rand_pool_info) + BYTES_MAX];
	} pool;
	uint8_t *bytes = pool.space + sizeof(struct rand_pool_info);
	size_t n = strlen(hex) / 2;
	int r = 0;

	if (random_fd < 0)
		return -ENODEV;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(((unsigned int)digit(hex[2 * i]) & 15) << 4 | ((unsigned int)digit(hex[2 * i + 1]) & 15));
	pool.info.entropy_count = (int)n * 8;
	pool.info.buf_size = (int)n;
	if (ioctl(random_fd, RNDADDENTROPY, &pool) < 0 || ioctl(random_fd, RNDRESEEDCRNG) < 0)
		r = -errno;
	explicit_bzero(&pool, sizeof(pool));
	return r;
}
