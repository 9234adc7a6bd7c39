/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot ADDRESS: makes the guest ready for a snapshot, waits for a line on stdin, and makes it go on. Between both the caller
 * saves the VM by its VMM's own API; where several VMs were made of it, each is resumed by its own address.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pith_snapshots.h>

static struct pith_error err;

static void need(enum pith_code code, const char *what)
{
	if (code == PITH_OK)
		return;
	fprintf(stderr, "snapshot: %s: %s%s%s\n", what, err.message, err.guest_step[0] ? "; the step was " : "", err.guest_step);
	exit(EXIT_FAILURE);
}

static size_t frozen_of(const struct pith_quiesced *quiesced)
{
	size_t count = 0;

	for (size_t i = 0; i < quiesced->filesystem_count; i++)
		count += strcmp(quiesced->filesystems[i].result, "frozen") == 0;
	return count;
}

int main(int argc, char **argv)
{
	/* A restored guest takes a moment until it answers. */
	const struct pith_connect_options patient = { .wait_ms = 5000 };
	struct pith_resume_options how = { 0 };
	struct pith_quiesced quiesced;
	struct pith_resumed resumed;
	struct pith_conn *conn;

	if (argc != 2) {
		fprintf(stderr, "usage: snapshot ADDRESS\n");
		return 2;
	}
	need(pith_connect(argv[1], NULL, &conn, &err), "connect");
	need(pith_quiesce(conn, NULL, 30000, &quiesced, &err), "quiesce");
	/* Before the VM is paused: a connection that is open at the pause ends in two VMs, or in none. */
	pith_close(conn);
	printf("quiesced: %zu file systems frozen for at most %llu s\n", frozen_of(&quiesced), (unsigned long long)quiesced.ttl_ms / 1000);
	fflush(stdout);

	getchar();

	how.token = quiesced.token;
	need(pith_connect(argv[1], &patient, &conn, &err), "connect");
	need(pith_resume(conn, &how, 30000, &resumed, &err), "resume");
	pith_close(conn);
	printf("resumed in %zu steps\n", resumed.steps.count);
	return EXIT_SUCCESS;
}
