# SPDX-License-Identifier: Apache-2.0
"""A real disk for guests in namespaces: an ext4 image on a loop device of this machine."""

import fcntl
import os
import subprocess
import tempfile

from lib.tap import cleanup

# To freeze and to thaw are flushes: on this machine's disk they would take what others leave of it, up to half a second.
MEMORY = "/dev/shm"
FIFREEZE, FITHAW = 0xC0045877, 0xC0045878


def _detach(device, path):
    subprocess.run(["losetup", "-d", device], check=False)
    os.unlink(path)


def thaw(fd):
    try:
        fcntl.ioctl(fd, FITHAW, 0)
    except OSError:
        pass  # it is not frozen


def disk(size_mib=16, directory=None):
    """The path of a block device with an empty ext4 on it; gone at the end of the test."""
    fd, path = tempfile.mkstemp(prefix="pith-disk-", dir=directory or MEMORY)
    os.ftruncate(fd, size_mib << 20)
    os.close(fd)
    subprocess.run(["mkfs.ext4", "-q", "-F", path], check=True)
    device = subprocess.run(["losetup", "-f", "--show", path], check=True, capture_output=True, text=True).stdout.strip()
    cleanup(_detach, device, path)
    return device


class Hanging:
    """The same on a disk that can be made to hang: its image lies on another one, which is then frozen."""

    def __init__(self):
        directory = tempfile.mkdtemp(prefix="pith-below-")
        cleanup(os.rmdir, directory)
        subprocess.run(["mount", disk(32), directory], check=True)
        # The guest that holds it ends later.
        cleanup(subprocess.run, ["umount", "-l", directory])
        self.below = os.open(directory, os.O_RDONLY)
        cleanup(os.close, self.below)
        self.device = disk(directory=directory)
        cleanup(self.go_on)

    def hang(self):
        fcntl.ioctl(self.below, FIFREEZE, 0)

    def go_on(self):
        thaw(self.below)
