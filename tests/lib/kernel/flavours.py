# SPDX-License-Identifier: Apache-2.0
"""A flavour of kernel-config/ as the tests see it: its kernel, an image with it, a guest that runs it, and what the program
tests/fixtures/capabilities.c says in that guest."""

import functools
import os
import re
import shutil
import subprocess
import sys

from lib.tap import ROOT, SLOW, build, equal, run
from lib.vm_guest import Guest, cache_directory

sys.path[:0] = [os.path.join(ROOT, "kernel-config")]
from kernellib import fragments  # noqa: E402 (the line above must come first)

PROGRAM = "tests/fixtures/capabilities"


def kernel_of(flavour):
    cache = cache_directory()
    directory = os.path.realpath(os.path.join(cache, f"kernels/{flavour}-{os.uname().machine}"))
    assert os.path.isdir(directory), f"there is no {directory}; `make kernel FLAVOUR={flavour}` builds it"
    return directory


@functools.cache
def build_of(flavour):
    """A build directory whose minimal image has this kernel, and whose programs are those of the build."""
    directory = build(f"tests/kernel/{flavour}")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(os.path.join(directory, "tests"))
    for name in ("pith", "pith-init", "pith-agent", "tests/fixtures"):
        os.symlink(build(name), os.path.join(directory, name))
    image = os.path.join(directory, "image/minimal")
    subprocess.run([os.path.join(ROOT, "rootfs/mkimage"), os.path.join(ROOT, "images/minimal"), directory, kernel_of(flavour), image],
                   check=True, stderr=subprocess.DEVNULL)
    return directory


def disk_image(directory, kind, tree):
    path = os.path.join(directory, kind + ".img")
    command = {"ext4": ["mke2fs", "-q", "-t", "ext4", "-O", "verity", "-b", "4096", "-d", tree, path, "8M"],
               "erofs": ["mkfs.erofs", "-zlz4", path, tree],
               "squashfs.zstd": ["mksquashfs", tree, path, "-comp", "zstd", "-quiet", "-no-progress"],
               "squashfs.xz": ["mksquashfs", tree, path, "-comp", "xz", "-quiet", "-no-progress"]}[kind]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


class Flavour:
    def __init__(self, name):
        self.name, self.fragments = name, fragments.fragments_of(name, os.uname().machine)
        self.guest = None

    def start(self):
        """Two CPUs, room to grow, and as much memory as huge pages are given with."""
        if self.guest is None:
            image = os.path.join(build_of(self.name), "image/minimal")
            self.guest = Guest(self.name, "--image", image, "--cpus", "2", "--memory", "640M", "--grow", "--device", "vmgenid",
                               "--device", "virtio-balloon-pci,id=balloon")
        return self.guest

    def stop(self):
        if self.guest:
            self.guest.stop()
            self.guest = None

    @functools.cached_property
    def answers(self):
        """Test name to (good, what it said), from one run of the program in the guest."""
        guest, directory = self.start(), os.path.join(build_of(self.name), "images")
        tree = os.path.join(directory, "tree")
        os.makedirs(tree, exist_ok=True)
        with open(os.path.join(tree, "hello"), "w", encoding="utf-8") as file:
            file.write("hello\n" * 1000)
        equal(guest.sh("mkdir -p /capabilities").returncode, 0, "mkdir")
        for kind in ("ext4", "erofs", "squashfs.zstd", "squashfs.xz"):
            with open(disk_image(directory, kind, tree), "rb") as file:
                equal(guest.sh(f"cat >/capabilities/{kind}.img", data=file.read()).returncode, 0, kind)
        with open(build(PROGRAM), "rb") as file:
            equal(guest.sh("cat >/capabilities/program && chmod 755 /capabilities/program", data=file.read()).returncode, 0, "upload")
        done = guest.run("env", f"PITH_TEST_SLOW={4 * SLOW}", "/capabilities/program", *self.names(), seconds=300)
        found, said = {}, []
        for line in done.stdout.decode(errors="replace").splitlines():
            match = re.match(r"(not )?ok \d+ - (\w+)", line)
            if match:
                found[match[2]] = (not match[1], said)
                said = []
            else:
                said.append(line)
        return found

    def names(self):
        """The tests of the program that are promises of this flavour."""
        listed = run([build(PROGRAM), "--list"]).stdout.split()
        assert len(listed) > 40, listed
        return [name for name in listed if name.split("_")[0] in self.fragments]
