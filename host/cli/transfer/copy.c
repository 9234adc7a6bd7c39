/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what both directions of cp share: names, messages, and another try. Never: transfers a byte. */
#include "host/cli/transfer/copy.h"

#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/sha256.h"
#include "host/cli/cmd.h"

#define BUSY_PAUSE_NS 50000000

bool copy_last_name(const char *path, char dst[PITH_PATH_SIZE])
{
	size_t end = strlen(path), begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	if (end - begin >= PITH_PATH_SIZE)
		return false;
	memcpy(dst, path + begin, end - begin);
	dst[end - begin] = '\0';
	if (strcmp(dst, ".") == 0 || strcmp(dst, "..") == 0)
		dst[0] = '\0';
	return true;
}

void copy_refused(struct copy *copy, const char *path, const struct pith_error *err)
{
	progress_wipe(&copy->progress);
	if (!files_tell(&copy->files, path, err))
		copy->over = true;
}

void copy_failed_here(struct copy *copy, const char *path, const char *sentence, int error)
{
	progress_wipe(&copy->progress);
	files_tell_local(&copy->files, path, sentence, error);
}

void copy_left_out(struct copy *copy, const char *path, const char *why)
{
	progress_wipe(&copy->progress);
	files_tell_left_out(&copy->files, path, why);
}

void copy_name_partial(const char *state, const char *place, char ret[COPY_PARTIAL_SIZE])
{
	char text[SHA256_TEXT_SIZE];
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, state, strlen(state) + 1);
	sha256_add(&s, place, strlen(place));
	sha256_end(&s, text);
	memcpy(ret, text, COPY_PARTIAL_SIZE - 1);
	ret[COPY_PARTIAL_SIZE - 1] = '\0';
}

bool copy_dial_again(struct copy *copy, const struct pith_error *err, int64_t *until)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_NS };
	int64_t now = clock_us(CLOCK_MONOTONIC), all = cmd_reattach(copy->files.settings) * 1000;

	if (*until == 0)
		*until = now + all;
	if (now >= *until)
		return false;
	if (err->code == PITH_LOST)
		return files_dial_again(&copy->files, (*until - now) / 1000);
	/* The worker of the lost connection still has the partial file. */
	if (*until == now + all || err->code != PITH_GUEST_ERROR || strcmp(err->guest_code, "busy") != 0)
		return false;
	nanosleep(&pause, NULL);
	return true;
}
