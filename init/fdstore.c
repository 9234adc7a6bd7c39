/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the entries of the fd store: the agent's fds, and the pids of execs. PID 1 reaps such a process only when the agent is
 * gone; the entry of the pid has room for the exit status, so that no status is lost.
 *
 * Never: allocates, waits, reads or writes one of the fds, except in fdstore_thaw(), which runs in a child.
 */
#include "init/fdstore.h"

#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/lifeline.h"

enum owed { OWED_NOTHING, OWED_EXIT, OWED_ALL };

struct entry {
	struct lifeline_give what;
	int fds[FDSTORE_FDS];
	uint8_t fd_count;
	uint8_t owed;
};

/* Entries in use come first. */
static struct entry entries[FDSTORE_ENTRIES];
static unsigned int entry_count;
/* Number of messages that PID 1 still owes the agent: one for each owed entry, and LIFELINE_GIVEN. */
static unsigned int owed_count;
static bool given_is_owed;
static struct lifeline_given given_last;

static struct entry *find_key(uint64_t key)
{
	for (unsigned int i = 0; i < entry_count; i++)
		if (entries[i].what.key == key)
			return &entries[i];
	return NULL;
}

static struct entry *find_pid(pid_t pid)
{
	for (unsigned int i = 0; i < entry_count; i++)
		if (entries[i].what.pid == pid && !entries[i].what.exited)
			return &entries[i];
	return NULL;
}

static void owe(struct entry *e, enum owed what)
{
	if (e->owed == OWED_NOTHING && what != OWED_NOTHING)
		owed_count++;
	if (e->owed != OWED_NOTHING && what == OWED_NOTHING)
		owed_count--;
	e->owed = (uint8_t)what;
}

static void close_fds(struct entry *e)
{
	for (unsigned int i = 0; i < e->fd_count; i++)
		close_fd(&e->fds[i]);
	e->fd_count = 0;
}

void fdstore_init(struct rlimit *ret_before)
{
	struct rlimit wanted = { FDSTORE_NOFILE, FDSTORE_NOFILE };

	/* Not setrlimit(): musl's version links 2 KB of code that stops all threads. */
	(void)prlimit(0, RLIMIT_NOFILE, NULL, ret_before);
	if (ret_before->rlim_max > wanted.rlim_max)
		wanted.rlim_max = ret_before->rlim_max;
	/* If the kernel refuses, fewer fds can be kept. */
	(void)prlimit(0, RLIMIT_NOFILE, &wanted, NULL);
}

/* Adds an entry. False without room; the caller then still owns the fds. */
static bool keep(const struct lifeline_put *put, const int *fds, unsigned int count)
{
	struct entry *e = find_key(put->key);

	if (!e && entry_count == FDSTORE_ENTRIES)
		return false;
	if (!e) {
		e = &entries[entry_count++];
		memset(e, 0, sizeof(*e));
	}
	close_fds(e);
	if (e->what.pid != put->pid) {
		memset(&e->what, 0, sizeof(e->what));
		owe(e, OWED_NOTHING);
	}
	e->what.key = put->key;
	e->what.pid = put->pid;
	e->what.tag = put->tag;
	memcpy(e->fds, fds, count * sizeof(int));
	e->fd_count = (uint8_t)count;
	return true;
}

bool fdstore_put(struct lifeline_message *message)
{
	struct lifeline_put put;
	bool kept = lifeline_payload(message, &put, sizeof(put)) && message->fd_count <= FDSTORE_FDS &&
		    keep(&put, message->fds, message->fd_count);

	if (kept)
		message->fd_count = 0;
	else
		lifeline_close_fds(message);
	return kept;
}

void fdstore_keep(uint64_t key, int fd)
{
	const struct lifeline_put put = { .key = key };

	if (fd >= 0)
		(void)keep(&put, &fd, 1);
}

bool fdstore_drop(const struct lifeline_message *message)
{
	struct lifeline_drop drop;
	struct entry *e;

	if (!lifeline_payload(message, &drop, sizeof(drop)))
		return false;
	e = find_key(drop.key);
	if (!e)
		return true;
	owe(e, OWED_NOTHING);
	close_fds(e);
	*e = entries[--entry_count];
	return true;
}

void fdstore_thaw(void)
{
	for (unsigned int i = entry_count; i-- > 0;)
		for (unsigned int n = entries[i].fd_count; entries[i].what.key >> 56 == STORE_FREEZE && n-- > 0;)
			(void)ioctl(entries[i].fds[n], FITHAW, 0);
}

bool fdstore_knows(pid_t pid)
{
	return find_pid(pid) != NULL;
}

static int64_t microseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

void fdstore_exited(pid_t pid, int status, const struct rusage *usage)
{
	struct entry *e = find_pid(pid);

	if (!e)
		return;
	e->what.exited = 1;
	e->what.status = status;
	e->what.user_us = microseconds(usage->ru_utime);
	e->what.system_us = microseconds(usage->ru_stime);
	e->what.peak_bytes = (int64_t)usage->ru_maxrss * 1024;
	e->what.at_us = clock_boot_us();
	if (e->owed == OWED_NOTHING)
		owe(e, OWED_EXIT);
}

void fdstore_owe_all(const struct lifeline_given *given)
{
	for (unsigned int i = 0; i < entry_count; i++)
		owe(&entries[i], OWED_ALL);
	given_last = *given;
	given_is_owed = true;
}

void fdstore_owe_nothing(void)
{
	for (unsigned int i = 0; i < entry_count; i++)
		owe(&entries[i], OWED_NOTHING);
	given_is_owed = false;
}

bool fdstore_owes(void)
{
	return given_is_owed || owed_count > 0;
}

void fdstore_pay(int lifeline_fd)
{
	if (!fdstore_owes())
		return;
	for (unsigned int i = 0; i < entry_count && owed_count > 0; i++) {
		struct entry *e = &entries[i];
		bool all = e->owed == OWED_ALL;

		/* Until LIFELINE_GIVEN the exit status is sent with the entry itself. */
		if (e->owed == OWED_NOTHING)
			continue;
		if (lifeline_send(lifeline_fd, all ? LIFELINE_GIVE : LIFELINE_EXITED, &e->what, sizeof(e->what), e->fds,
				  all ? e->fd_count : 0) < 0)
			return;
		owe(e, OWED_NOTHING);
	}
	if (given_is_owed && lifeline_send(lifeline_fd, LIFELINE_GIVEN, &given_last, sizeof(given_last), NULL, 0) == 0)
		given_is_owed = false;
}
