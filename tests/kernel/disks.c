/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel promises of file systems and block devices. Images are what the host has put into /capabilities. */
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/sha256.h"
#include "tests/harness/tap.h"
#include "tests/kernel/files.h"

#define BLOCK 4096
#define IMAGES "/capabilities"

/* A loop device over the file; it goes with its last user. Its path stands in ret. */
static int attach_loop(const char *file, unsigned flags, char ret[32])
{
	struct loop_config config = { .info.lo_flags = LO_FLAGS_AUTOCLEAR | flags };
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int backing = open(file, (flags & LO_FLAGS_READ_ONLY ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	int number;
	int fd;

	REQUIRE(control >= 0 && backing >= 0);
	number = ioctl(control, LOOP_CTL_GET_FREE);
	REQUIRE(number >= 0);
	snprintf(ret, 32, "/dev/loop%d", number);
	fd = open(ret, O_RDWR | O_CLOEXEC);
	REQUIRE(fd >= 0);
	config.fd = (uint32_t)backing;
	REQUIRE(ioctl(fd, LOOP_CONFIGURE, &config) == 0);
	close(backing);
	close(control);
	return fd;
}

static int mount_image(struct scratch *directory, const char *image, const char *type, unsigned long flags)
{
	char device[32];
	int fd;
	int error;

	scratch_open(directory);
	fd = attach_loop(image, flags & MS_RDONLY ? LO_FLAGS_READ_ONLY : 0, device);
	error = raw_errno(mount(device, directory->path, type, flags, NULL));
	close(fd);
	return error;
}

TEST(filesystems_an_ext4_image_can_be_mounted_and_written)
{
	struct scratch directory;
	int fd;

	REQUIRE(mount_image(&directory, IMAGES "/ext4.img", "ext4", 0) == 0);
	CHECK(file_has(scratch_at(&directory, "hello"), "hello"));
	fd = open(scratch_at(&directory, "new"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	scratch_close(&directory);
}

TEST(filesystems_an_erofs_image_with_lz4_can_be_mounted)
{
	struct scratch directory;

	REQUIRE(mount_image(&directory, IMAGES "/erofs.img", "erofs", MS_RDONLY) == 0);
	CHECK(file_has(scratch_at(&directory, "hello"), "hello"));
	scratch_close(&directory);
}

TEST(filesystems_squashfs_images_with_zstd_and_xz_can_be_mounted)
{
	struct scratch directory;

	REQUIRE(mount_image(&directory, IMAGES "/squashfs.zstd.img", "squashfs", MS_RDONLY) == 0);
	CHECK(file_has(scratch_at(&directory, "hello"), "hello"));
	REQUIRE(mount_image(&directory, IMAGES "/squashfs.xz.img", "squashfs", MS_RDONLY) == 0);
	CHECK(file_has(scratch_at(&directory, "hello"), "hello"));
	scratch_close(&directory);
}

TEST(filesystems_the_others_are_known)
{
	static const char *const names[] = { "\txfs", "\tvfat", "\tiso9660", "\t9p", "\tvirtiofs", "\tnfs4", "\tfuse", "\tfuseblk",
					     "\tautofs" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(file_has("/proc/filesystems", names[i]));
}

TEST(filesystems_a_process_can_serve_a_file_system_and_a_device)
{
	struct scratch directory;
	char options[96];
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int cuse = open("/dev/cuse", O_RDWR | O_CLOEXEC);

	CHECK(cuse >= 0);
	REQUIRE(fuse >= 0);
	scratch_open(&directory);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	CHECK(mount("capabilities", directory.path, "fuse", MS_NOSUID | MS_NODEV, options) == 0);
	scratch_close(&directory);
	close(fuse);
	close(cuse);
}

TEST(snapshot_sysrq_thaws_what_was_frozen)
{
	struct scratch directory;
	int root;
	int fd;

	if (access(IMAGES "/ext4.img", F_OK) != 0 || access("/dev/loop-control", F_OK) != 0) {
		/* Without loop devices nothing can be frozen here; the key itself is what can be tried. */
		CHECK(write_file("/proc/sysrq-trigger", "j") == 0);
		return;
	}
	REQUIRE(mount_image(&directory, IMAGES "/ext4.img", "ext4", 0) == 0);
	root = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(ioctl(root, FIFREEZE, 0) == 0);
	CHECK(write_file("/proc/sysrq-trigger", "j") == 0);
	/* Hangs, and the test with it, if the file system is frozen still. */
	fd = open(scratch_at(&directory, "thawed"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	close(fd);
	close(root);
	scratch_close(&directory);
}

TEST(filesystems_a_file_can_be_sealed_by_its_hashes)
{
	struct fsverity_enable_arg arg = { .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = BLOCK };
	struct scratch directory;
	int fd;

	REQUIRE(mount_image(&directory, IMAGES "/ext4.img", "ext4", 0) == 0);
	fd = open(scratch_at(&directory, "hello"), O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK(ioctl(fd, FS_IOC_ENABLE_VERITY, &arg) == 0);
	close(fd);
	CHECK_INT(raw_errno(open(scratch_at(&directory, "hello"), O_WRONLY | O_CLOEXEC)), ==, EPERM);
	scratch_close(&directory);
}

/* ---- device mapper ---- */

struct dm_call {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[512];
};

static void dm_prepare(struct dm_call *call, const char *name)
{
	memset(call, 0, sizeof(*call));
	call->head.version[0] = DM_VERSION_MAJOR;
	call->head.data_size = sizeof(*call);
	call->head.data_start = offsetof(struct dm_call, target);
	snprintf(call->head.name, sizeof(call->head.name), "%s", name);
}

static void hash_block(const uint8_t *block, char ret[SHA256_TEXT_SIZE])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, block, BLOCK);
	sha256_end(&s, ret);
}

static uint8_t nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Two blocks of data, and behind them the one block of their hashes. */
static void write_verity_image(const char *path, char ret_root[SHA256_TEXT_SIZE])
{
	static uint8_t image[3][BLOCK];
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	memset(image[0], 'a', BLOCK);
	memset(image[1], 'b', BLOCK);
	for (int i = 0; i < 2; i++) {
		char text[SHA256_TEXT_SIZE];

		hash_block(image[i], text);
		for (int j = 0; j < SHA256_SIZE; j++)
			image[2][i * SHA256_SIZE + j] = (uint8_t)(nibble(text[2 * j]) << 4 | nibble(text[2 * j + 1]));
	}
	hash_block(image[2], ret_root);
	REQUIRE(fd >= 0 && write(fd, image, sizeof(image)) == (ssize_t)sizeof(image));
	close(fd);
}

static int make_verity(int control, const char *device, const char *root)
{
	struct dm_call call;
	char path[32];

	dm_prepare(&call, "capabilities");
	REQUIRE(ioctl(control, DM_DEV_CREATE, &call) == 0);
	dm_prepare(&call, "capabilities");
	call.head.target_count = 1;
	call.head.flags = DM_READONLY_FLAG;
	call.target.length = 2 * BLOCK / 512;
	snprintf(call.target.target_type, sizeof(call.target.target_type), "verity");
	snprintf(call.parameters, sizeof(call.parameters), "1 %s %s %d %d 2 2 sha256 %s -", device, device, BLOCK, BLOCK, root);
	if (!CHECK(ioctl(control, DM_TABLE_LOAD, &call) == 0))
		return -1;
	dm_prepare(&call, "capabilities");
	if (!CHECK(ioctl(control, DM_DEV_SUSPEND, &call) == 0))	/* without the flag: resume */
		return -1;
	snprintf(path, sizeof(path), "/dev/dm-%u", minor(call.head.dev));
	return open(path, O_RDONLY | O_CLOEXEC);
}

TEST(filesystems_dm_verity_gives_what_is_right_and_refuses_what_is_not)
{
	static char block[BLOCK];
	char root[SHA256_TEXT_SIZE];
	char device[32];
	struct dm_call call;
	int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	int loop;
	int fd;
	int file;

	REQUIRE(control >= 0);
	write_verity_image("/tmp/capabilities.verity", root);
	file = open("/tmp/capabilities.verity", O_WRONLY | O_CLOEXEC);
	/* One bit of the second block. */
	CHECK(pwrite(file, "B", 1, BLOCK + 7) == 1);
	close(file);
	loop = attach_loop("/tmp/capabilities.verity", LO_FLAGS_READ_ONLY, device);
	fd = make_verity(control, device, root);
	CHECK(fd >= 0 && read(fd, block, BLOCK) == BLOCK && block[0] == 'a');
	CHECK_INT(raw_errno(pread(fd, block, BLOCK, BLOCK)), ==, EIO);
	close(fd);
	dm_prepare(&call, "capabilities");
	CHECK(ioctl(control, DM_DEV_REMOVE, &call) == 0);
	close(loop);
	close(control);
	unlink("/tmp/capabilities.verity");
}

TEST(filesystems_the_other_targets_of_the_device_mapper_are_known)
{
	static const char *const names[] = { "crypt", "snapshot", "thin-pool", "linear" };
	static union {
		struct dm_ioctl head;
		char bytes[16384];
	} call;
	int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);

	call.head.version[0] = DM_VERSION_MAJOR;
	call.head.data_size = sizeof(call);
	call.head.data_start = sizeof(call.head);
	REQUIRE(control >= 0 && ioctl(control, DM_LIST_VERSIONS, &call) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!CHECK(memmem(call.bytes + sizeof(call.head), sizeof(call) - sizeof(call.head), names[i], strlen(names[i]) + 1)))
			tap_diag("%s", names[i]);
	close(control);
}

TEST(filesystems_memory_can_be_a_compressed_disk)
{
	CHECK(write_file("/sys/block/zram0/disksize", "16M") == 0);
	CHECK(file_has("/sys/block/zram0/disksize", "16777216"));
	CHECK(write_file("/sys/block/zram0/reset", "1") == 0);
}

TEST(filesystems_disks_over_the_network_and_persistent_memory_have_their_drivers)
{
	CHECK(file_has("/proc/devices", "nbd"));
	CHECK(access("/sys/bus/virtio/drivers/virtio_pmem", F_OK) == 0);
	CHECK(access("/sys/bus/virtio/drivers/9pnet_virtio", F_OK) == 0);
}

TEST(container_layers_of_an_image_are_stacked)
{
	struct scratch directory;
	static const char *const names[] = { "lower", "upper", "work", "merged" };
	char options[256];
	int fd;

	scratch_open(&directory);
	REQUIRE(mount("none", directory.path, "tmpfs", 0, NULL) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		REQUIRE(mkdir(scratch_at(&directory, names[i]), 0755) == 0);
	fd = open(scratch_at(&directory, "lower/file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", directory.path, directory.path,
		 directory.path);
	REQUIRE(mount("none", scratch_at(&directory, "merged"), "overlay", 0, options) == 0);
	CHECK(unlink(scratch_at(&directory, "merged/file")) == 0);
	CHECK(access(scratch_at(&directory, "lower/file"), F_OK) == 0);
	CHECK(access(scratch_at(&directory, "upper/file"), F_OK) == 0);
	scratch_close(&directory);
}
