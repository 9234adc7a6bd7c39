/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the meaning of exit statuses, as in shells, env(1) and timeout(1). */
#include "host/cli/status.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/command.h"

static int status_of_start(const struct pith_exit_record *record)
{
	bool gone = strcmp(record->errno_name, "ENOENT") == 0;

	if (strcmp(record->stage, "lookup") == 0 || strcmp(record->stage, "exec") == 0)
		return gone ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE;
	/* The program exists, but its interpreter is missing. */
	if (strcmp(record->stage, "interpreter") == 0)
		return STATUS_CANNOT_EXECUTE;
	return STATUS_FAILED;
}

int status_of_record(const struct pith_exit_record *record)
{
	switch (record->cause) {
	case PITH_CAUSE_EXITED:
		return record->code;
	case PITH_CAUSE_TIMED_OUT:
		return STATUS_TIMED_OUT;
	case PITH_CAUSE_SIGNALED:
	case PITH_CAUSE_KILLED:
	case PITH_CAUSE_OOM:
		return record->signal_number ? 128 + record->signal_number : record->code;
	case PITH_CAUSE_START_FAILED:
		return status_of_start(record);
	case PITH_CAUSE_DETACHED:
	case PITH_CAUSE_RUNNING:
		return 0;
	case PITH_CAUSE_NONE:
	case PITH_CAUSE_OTHER:
		return STATUS_FAILED;
	}
	return STATUS_FAILED;
}

const char *status_sentence(const struct pith_exit_record *record, const char *program, char *sentence)
{
	const char *message = record->message[0] ? record->message : "it could not be started";

	switch (record->cause) {
	case PITH_CAUSE_START_FAILED:
		snprintf(sentence, STATUS_SENTENCE_MAX, "cannot run %.128s: %s (%s%s%s)", program, message,
			 record->stage, record->errno_name[0] ? ", " : "", record->errno_name);
		return sentence;
	case PITH_CAUSE_TIMED_OUT:
		snprintf(sentence, STATUS_SENTENCE_MAX, "%.128s had not ended within its time and was ended", program);
		return sentence;
	case PITH_CAUSE_OOM:
		snprintf(sentence, STATUS_SENTENCE_MAX, "%.128s was ended by the guest's OOM killer", program);
		return sentence;
	case PITH_CAUSE_OTHER:
		snprintf(sentence, STATUS_SENTENCE_MAX, "%.128s ended in a way that this pith does not know: %s",
			 program, record->cause_name);
		return sentence;
	case PITH_CAUSE_NONE:
	case PITH_CAUSE_EXITED:
	case PITH_CAUSE_SIGNALED:
	case PITH_CAUSE_KILLED:
	case PITH_CAUSE_DETACHED:
	case PITH_CAUSE_RUNNING:
		break;
	}
	/* Without this message, dropped output would look like output that was never written. */
	if (record->stdout_lost_bytes || record->stderr_lost_bytes) {
		snprintf(sentence, STATUS_SENTENCE_MAX, "%llu bytes of stdout and %llu of stderr were lost",
			 (unsigned long long)record->stdout_lost_bytes, (unsigned long long)record->stderr_lost_bytes);
		return sentence;
	}
	return NULL;
}
