/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the input devices with a power key: ACPI's button (modules button and evdev), and keyboards that have the key.
 * Only devices that exist at the agent's start are watched, as a VMM plugs in no button later.
 *
 * Never: acts on other keys, grabs a device.
 */
#include "agent/system/power_button.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"

#define BITS_SIZE (KEY_MAX / 8 + 1)
#define EVENTS_TURN 16

struct button {
	struct watch watch;
	struct agent *agent;
};

static struct button buttons[LIMIT_BUTTONS];

static void on_input(struct watch *watch, uint32_t events)
{
	struct button *button = container_of(watch, struct button, watch);
	struct input_event batch[EVENTS_TURN];
	ssize_t n = io_read(watch->fd, batch, sizeof(batch));

	(void)events;
	if (n < 0 && n != -EAGAIN)
		loop_close(&button->agent->loop, watch);
	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(batch[0]); i++) {
		if (batch[i].type != EV_KEY || batch[i].code != KEY_POWER || batch[i].value != 1)
			continue;
		log_line("the power button was pressed");
		(void)fdstore_tell(button->agent, LIFELINE_POWEROFF, NULL, 0);
	}
}

/* Returns an fd, or -1 if the device has no power key. */
static int open_button(unsigned int number)
{
	_cleanup_close_ int fd = -1;
	uint8_t keys[BITS_SIZE] = { 0 };
	char path[32];

	fmt_text(path, sizeof(path), "/dev/input/event%u", number);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) < 0)
		return -1;
	return keys[KEY_POWER / 8] & (1u << KEY_POWER % 8) ? take_fd(&fd) : -1;
}

void power_button_watch_all(struct agent *agent)
{
	size_t count = 0;

	if (access("/dev/input", X_OK) < 0)
		return;
	for (unsigned int number = 0; number < LIMIT_INPUTS && count < LIMIT_BUTTONS; number++) {
		struct button *button = &buttons[count];

		button->agent = agent;
		button->watch.fn = on_input;
		button->watch.fd = open_button(number);
		if (button->watch.fd >= 0 && loop_watch(&agent->loop, &button->watch, EPOLLIN) == 0)
			count++;
		else
			close_fd(&button->watch.fd);
	}
}
