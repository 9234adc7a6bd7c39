/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the step of the clock in a clone. Never: waits for the hardware's clock. */
#include "agent/snapshot/clock_step.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"

/* Best effort: many guests have none. */
static void set_hardware(time_t seconds)
{
	_cleanup_close_ int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct rtc_time rtc = { 0 };
	struct tm tm;

	if (fd < 0 || !gmtime_r(&seconds, &tm))
		return;
	rtc.tm_sec = tm.tm_sec;
	rtc.tm_min = tm.tm_min;
	rtc.tm_hour = tm.tm_hour;
	rtc.tm_mday = tm.tm_mday;
	rtc.tm_mon = tm.tm_mon;
	rtc.tm_year = tm.tm_year;
	ioctl(fd, RTC_SET_TIME, &rtc);
}

int clock_step(int64_t realtime_us)
{
	struct timespec ts = { .tv_sec = realtime_us / 1000000, .tv_nsec = realtime_us % 1000000 * 1000 };

	if (clock_settime(CLOCK_REALTIME, &ts) < 0)
		return -errno;
	set_hardware(ts.tv_sec);
	return 0;
}
