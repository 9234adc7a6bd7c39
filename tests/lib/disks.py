# SPDX-License-Identifier: Apache-2.0
"""Disks for guests of the vm ring, and what was left on them."""

import functools
import os
import subprocess

from lib.tap import build, equal
from lib.vm_guest import edit, make_image

# What images/minimal does without.
MODULES = "virtio_blk\noverlay\nerofs\nsquashfs\n"
# The directories that a read-only root must have.
APPLETS = ("sh", "cat", "chmod", "chown", "dd", "echo", "find", "head", "ln", "ls", "mkdir", "mount", "readlink", "rm",
           "sort", "stat", "test", "wc")
MOUNT_POINTS = ("proc", "sys", "dev", "run", "tmp")


@functools.cache
def image():
    """The minimal image with the drivers of disks and file systems; one for each test file."""
    return make_image(f"disks-{os.getpid()}", lambda recipe: edit(recipe, "modules", lambda text: text + MODULES))


def directory():
    path = build("tests/vm/disks")
    os.makedirs(path, exist_ok=True)
    return path


def tree(files=()):
    """What is on a root: busybox, these files and no pith."""
    path = os.path.join(directory(), "tree")
    subprocess.run(["rm", "-rf", path], check=True)
    for name in (*MOUNT_POINTS, "bin", "etc"):
        os.makedirs(os.path.join(path, name))
    subprocess.run(["cp", os.environ.get("BUSYBOX", "/bin/busybox"), path + "/bin/busybox"], check=True)
    for name in APPLETS:
        os.symlink("busybox", f"{path}/bin/{name}")
    with open(path + "/etc/passwd", "w", encoding="utf-8") as file:
        file.write("root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    with open(path + "/etc/disk", "w", encoding="utf-8") as file:
        file.write("from the disk\n")
    for name, text in dict(files).items():
        os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
        with open(os.path.join(path, name), "w", encoding="utf-8") as file:
            file.write(text)
    return path


def disk(kind, name, files=()):
    """A new one: ext4, squashfs or erofs with the tree and these files on it, or blank (ext4)."""
    path = os.path.join(directory(), name)
    command = {"ext4": ["mkfs.ext4", "-q", "-d", tree(files), path, "64M"],
               "blank": ["mkfs.ext4", "-q", path, "64M"],
               "squashfs": ["mksquashfs", tree(files), path, "-quiet", "-no-progress"], "erofs": ["mkfs.erofs", path, tree(files)]}[kind]
    subprocess.run(["rm", "-f", path], check=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def is_clean(path):
    """The journal needs no recovery, and e2fsck finds nothing."""
    header = subprocess.run(["dumpe2fs", "-h", path], capture_output=True, text=True, check=True).stdout
    assert "needs_recovery" not in header, header
    check = subprocess.run(["e2fsck", "-fn", path], capture_output=True, text=True, check=False)
    equal(check.returncode, 0, check.stdout)
