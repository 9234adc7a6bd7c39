/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the signs of a restore and what follows from them: a new generation, no old connections, and a host that is asked for a resume
 * until it answers.
 *
 * Never: takes the silence of a sign for an answer, except that of the counter which hypervisors have for this; thaws anything.
 */
#include "restore.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtc.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "agent.h"
#include "cleanup.h"
#include "clock.h"
#include "conn.h"
#include "log.h"
#include "restore_signs.h"

#define UEVENT_GROUP 1		/* the kernel's own */
#define UEVENT_SIZE 2048
#define UEVENTS_PER_TURN 64
/* Both clocks count whole seconds, and neither at the same moment. */
#define RTC_SLACK_S 2
#define PAGE_BYTES 4096

/* 0: there is no vsock. */
static uint32_t local_cid(void)
{
	_cleanup_close_ int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned int cid = 0;

	return fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0 ? 0 : cid;
}

static bool read_rtc(int64_t *ret_lead_s)
{
	_cleanup_close_ int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct rtc_time rtc;
	struct tm tm = { 0 };

	if (fd < 0 || ioctl(fd, RTC_RD_TIME, &rtc) < 0)
		return false;
	tm.tm_sec = rtc.tm_sec;
	tm.tm_min = rtc.tm_min;
	tm.tm_hour = rtc.tm_hour;
	tm.tm_mday = rtc.tm_mday;
	tm.tm_mon = rtc.tm_mon;
	tm.tm_year = rtc.tm_year;
	*ret_lead_s = timegm(&tm) - clock_us(CLOCK_REALTIME) / 1000000;
	return true;
}

struct restore_mark restore_mark(const struct agent *agent, bool with_rtc)
{
	struct restore_mark mark = { .announced = agent->restore.announced, .cid = local_cid() };

	if (agent->restore.page)
		mark.has_vmclock = vmclock_read(agent->restore.page, &mark.vmclock);
	if (with_rtc)
		mark.has_rtc = read_rtc(&mark.rtc_lead_s);
	return mark;
}

enum restore_answer restore_since(const struct agent *agent, const struct restore_mark *mark)
{
	struct restore_mark now = restore_mark(agent, mark->has_rtc);
	int64_t ran_on_s = now.rtc_lead_s - mark->rtc_lead_s;

	if (now.announced != mark->announced || (now.cid && mark->cid && now.cid != mark->cid))
		return RESTORE_YES;
	if (now.has_vmclock && mark->has_vmclock)
		return now.vmclock != mark->vmclock ? RESTORE_YES : RESTORE_NO;
	/* A VM that only stood still looks the same; who stopped it can resume it too. */
	if (now.has_rtc && mark->has_rtc && (ran_on_s > RTC_SLACK_S || ran_on_s < -RTC_SLACK_S))
		return RESTORE_YES;
	return RESTORE_UNKNOWN;
}

/* While it is quiesced the generation stays what the host knows, and nothing runs that could see it. */
static void seen(struct agent *agent)
{
	agent->restore.seen++;
	agent->restore.last = restore_mark(agent, false);
	log_line("this guest was restored from a snapshot: it needs a resume");
	if (agent->quiesce.state == QUIESCE_RUNNING && generation_make(agent->generation) == 0) {
		generation_publish(agent->generation);
		conn_close_older(agent, agent->counters.connections_total);
	}
	notify_again(agent, NOTIFY_NEED_RESUME);
}

void restore_look(struct agent *agent)
{
	if (agent->lifeline >= 0 && restore_since(agent, &agent->restore.last) == RESTORE_YES)
		seen(agent);
}

void restore_reset(struct agent *agent)
{
	agent->restore.announced++;
	restore_look(agent);
}

void restore_settle(struct agent *agent)
{
	agent->restore.last = restore_mark(agent, false);
	/* Who was asked for a resume hears that it was done. */
	if (agent->notify.event == NOTIFY_NEED_RESUME)
		notify_again(agent, NOTIFY_READY);
}

static void on_uevent(struct watch *watch, uint32_t events)
{
	struct agent *agent = container_of(watch, struct agent, restore.uevents);
	char text[UEVENT_SIZE];

	(void)events;
	for (int i = 0; i < UEVENTS_PER_TURN; i++) {
		struct sockaddr_nl from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(watch->fd, text, sizeof(text), MSG_DONTWAIT, (struct sockaddr *)&from, &size);

		if (n < 0)
			break;
		/* 0: the kernel. Others in the guest may send to this group too. */
		agent->restore.announced += from.nl_pid == 0 && uevent_is_vmgenid(text, (size_t)n);
	}
	restore_look(agent);
}

void restore_init(struct agent *agent)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = UEVENT_GROUP };
	_cleanup_close_ int clock_fd = open("/dev/vmclock0", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	void *page = clock_fd < 0 ? MAP_FAILED : mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, clock_fd, 0);

	if (page != MAP_FAILED)
		agent->restore.page = page;
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		agent->restore.uevents = (struct watch){ .fd = take_fd(&fd), .fn = on_uevent };
		loop_watch(&agent->loop, &agent->restore.uevents, EPOLLIN);
	}
	agent->restore.last = restore_mark(agent, false);
}

const char *restore_source(const struct agent *agent)
{
	return agent->restore.last.has_vmclock ? "vmclock" : "none";
}
