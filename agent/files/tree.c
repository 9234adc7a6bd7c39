/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the set of paths that an archive had, and the joining of paths. Never: touches a file. */
#include "agent/files/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FNV_PRIME 0x100000001b3u
#define PATHS_PER_ENTRY 2u	/* an entry, and now and then directories that have no entry of their own */

/* The random seed keeps a guest from choosing two paths with one hash. A chance collision keeps a file that should be deleted. */
static uint64_t hash(const struct tree_names *names, const char *path, size_t len)
{
	uint64_t value = names->seed;

	for (size_t i = 0; i < len; i++) {
		value = (value ^ (uint8_t)path[i]) * FNV_PRIME;
		value ^= value >> 29;
	}
	return value;
}

int tree_names_init(struct tree_names *names, uint64_t max)
{
	*names = (struct tree_names){ .hashes = BUF_INIT(max * PATHS_PER_ENTRY * sizeof(uint64_t)) };
	return getrandom(&names->seed, sizeof(names->seed), 0) == sizeof(names->seed) ? 0 : -errno;
}

int tree_names_add(struct tree_names *names, const char *path)
{
	const char *slash = strrchr(path, '/');
	uint64_t value = hash(names, path, strlen(path)), parent = slash ? hash(names, path, (size_t)(slash - path)) : 0;

	buf_append(&names->hashes, &value, sizeof(value));
	if (slash && parent != names->last_parent)
		for (const char *at = path; (at = strchr(at, '/')); at++) {
			value = hash(names, path, (size_t)(at - path));
			buf_append(&names->hashes, &value, sizeof(value));
		}
	names->last_parent = parent;
	return names->hashes.failed ? -ENOMEM : 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

void tree_names_sort(struct tree_names *names)
{
	if (names->hashes.len)
		qsort(names->hashes.data, names->hashes.len / sizeof(uint64_t), sizeof(uint64_t), compare);
}

bool tree_names_has(const struct tree_names *names, const char *path)
{
	uint64_t value = hash(names, path, strlen(path));

	return names->hashes.len && bsearch(&value, names->hashes.data, names->hashes.len / sizeof(value), sizeof(value), compare);
}

ssize_t tree_join(char path[TREE_PATH_SIZE], size_t len, const char *name)
{
	size_t more = strlen(name), slash = len > 0;

	if (len + slash + more >= TREE_PATH_SIZE)
		return -ENAMETOOLONG;
	if (slash)
		path[len] = '/';
	memcpy(path + len + slash, name, more + 1);
	return (ssize_t)(len + slash + more);
}
