# SPDX-License-Identifier: Apache-2.0
"""A real disk for guests in namespaces: an ext4 image on a loop device of this machine."""

import os
import subprocess
import tempfile

from taplib import cleanup


def _detach(device, path):
    subprocess.run(["losetup", "-d", device], check=False)
    os.unlink(path)


def disk(size_mib=16):
    """The path of a block device with an empty ext4 on it; gone at the end of the test."""
    fd, path = tempfile.mkstemp(prefix="pith-disk-")
    os.ftruncate(fd, size_mib << 20)
    os.close(fd)
    subprocess.run(["mkfs.ext4", "-q", "-F", path], check=True)
    device = subprocess.run(["losetup", "-f", "--show", path], check=True, capture_output=True, text=True).stdout.strip()
    cleanup(_detach, device, path)
    return device
