/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the signs of a restore and their effects: a new generation, the close of old connections, and a notice to the
 * host, repeated until it answers, that the guest needs a resume.
 *
 * Never: takes a missing sign for a proof, except that of the vmclock counter, which hypervisors have for this purpose;
 * thaws anything.
 */
#include "agent/snapshot/restore.h"

#include <dirent.h>
#include <errno.h>
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

#include "agent/core/agent.h"
#include "agent/core/kmsg.h"
#include "agent/core/log.h"
#include "agent/server/conn.h"
#include "agent/server/server.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/restore_signs.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"

#define UEVENT_GROUP 1		/* the netlink group of the kernel's own events */
/* A callback's share; the rest is read in the next turn of the loop. */
#define READS_PER_TURN 64
/* Both clocks have a resolution of 1 s, and tick at different moments. */
#define RTC_SLACK_S 2
#define PAGE_BYTES 4096

/* 0: no vsock device, or it was unplugged for a snapshot. The fd stays open, as this is called for each connection. */
static uint32_t local_cid(const struct agent *agent)
{
	unsigned int cid;

	if (agent->snapshot->restore.vsock_fd <= 0 || ioctl(agent->snapshot->restore.vsock_fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0)
		return 0;
	return cid == VMADDR_CID_ANY ? 0 : cid;
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
	struct restore_mark mark = { .announced = agent->snapshot->restore.announced, .cid = local_cid(agent) };

	if (agent->snapshot->restore.page)
		mark.has_vmclock = restore_signs_vmclock(agent->snapshot->restore.page, &mark.vmclock);
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
	/* A paused VM shows the same sign, and needs no resume; the host that paused it can send one all the same. */
	if (now.has_rtc && mark->has_rtc && (ran_on_s > RTC_SLACK_S || ran_on_s < -RTC_SLACK_S))
		return RESTORE_YES;
	return RESTORE_UNKNOWN;
}

/* In a quiesced guest the generation stays the one that the host knows: no program runs that could see it. */
static void seen(struct agent *agent)
{
	agent->snapshot->restore.seen++;
	agent->snapshot->restore.last = restore_mark(agent, false);
	log_line("this guest was restored from a snapshot: it needs a resume");
	if (agent->snapshot->quiesce.state == QUIESCE_RUNNING && generation_make(agent->generation) == 0) {
		generation_publish(agent->generation);
		conn_close_older(agent, agent->counters.connections_total);
	}
	dial_host_again(agent, DIAL_HOST_NEED_RESUME);
}

void restore_look(struct agent *agent)
{
	if (agent->lifeline >= 0 && restore_since(agent, &agent->snapshot->restore.last) == RESTORE_YES)
		seen(agent);
}

void restore_reset(struct agent *agent)
{
	agent->snapshot->restore.announced++;
	restore_look(agent);
}

void restore_settle(struct agent *agent)
{
	agent->snapshot->restore.last = restore_mark(agent, false);
	/* A host that was asked for a resume is notified that the guest is ready. */
	if (agent->server->notify.event == DIAL_HOST_NEED_RESUME)
		dial_host_again(agent, DIAL_HOST_READY);
}

/* A device was plugged in or out, perhaps the vsock device. The text does not matter, so one byte of each datagram is read. */
static void on_uevent(struct watch *watch, uint32_t events)
{
	char byte;

	(void)events;
	for (int i = 0; i < READS_PER_TURN && recv(watch->fd, &byte, 1, MSG_DONTWAIT) >= 0; i++)
		;
	restore_look(container_of(watch, struct snapshot, restore.uevents)->agent);
}

/*
 * For a new VM generation id the kernel reseeds its random generator, and logs so. Only kernels 6.8.0 to 6.8.7 sent a
 * uevent, so the log is the one sign.
 */
static void on_kmsg(struct watch *watch, uint32_t events)
{
	struct agent *agent = container_of(watch, struct snapshot, restore.kmsg)->agent;
	uint64_t announced = agent->snapshot->restore.announced;
	char bytes[KMSG_RECORD_SIZE + 1];
	struct kmsg_record record;

	(void)events;
	for (int i = 0; i < READS_PER_TURN; i++) {
		ssize_t n = io_read(watch->fd, bytes, sizeof(bytes) - 1);

		/* EPIPE: records were overwritten before they were read; the next read continues after them. */
		if (n <= 0 && n != -EPIPE)
			break;
		bytes[n > 0 ? n : 0] = '\0';
		agent->snapshot->restore.announced += kmsg_parse(bytes, &record) && restore_signs_kmsg(&record);
	}
	if (agent->snapshot->restore.announced == announced)
		return;
	log_line("the hypervisor gave this guest another generation id");
	restore_look(agent);
}

static bool is_bound(const char *driver)
{
	DIR *dir = opendir(driver);
	const struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = entry->d_type == DT_LNK && strcmp(entry->d_name, "module") != 0;
	closedir(dir);
	return found;
}

/* Without the device the kernel's log is not watched, which would wake the agent for each record. */
static void watch_generation_id(struct agent *agent)
{
	struct watch *w = &agent->snapshot->restore.kmsg;

	/* Linux 6.10 made vmgenid a platform driver. */
	agent->snapshot->restore.has_vmgenid = is_bound("/sys/bus/acpi/drivers/vmgenid") || is_bound("/sys/bus/platform/drivers/vmgenid");
	if (!agent->snapshot->restore.has_vmgenid)
		return;
	*w = (struct watch){ .fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), .fn = on_kmsg };
	if (w->fd < 0 || lseek(w->fd, 0, SEEK_END) < 0 || loop_watch(&agent->loop, w, EPOLLIN) < 0)
		log_line("a new VM generation id cannot be seen: /dev/kmsg: %s", strerror(errno));
}

void restore_init(struct agent *agent)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = UEVENT_GROUP };
	_cleanup_close_ int clock_fd = open("/dev/vmclock0", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	void *page = clock_fd < 0 ? MAP_FAILED : mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, clock_fd, 0);

	if (page != MAP_FAILED)
		agent->snapshot->restore.page = page;
	agent->snapshot->restore.vsock_fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		agent->snapshot->restore.uevents = (struct watch){ .fd = take_fd(&fd), .fn = on_uevent };
		loop_watch(&agent->loop, &agent->snapshot->restore.uevents, EPOLLIN);
	}
	watch_generation_id(agent);
	agent->snapshot->restore.last = restore_mark(agent, false);
}

const char *restore_source(const struct agent *agent)
{
	return agent->snapshot->restore.last.has_vmclock ? "vmclock" : agent->snapshot->restore.has_vmgenid ? "vmgenid" : "none";
}
