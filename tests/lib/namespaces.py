# SPDX-License-Identifier: Apache-2.0
"""For tests that mount, rename the host or set up a network: namespaces of their own, so that the machine keeps its state."""

import ctypes
import os
import subprocess

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWNET = 0x20000, 0x4000000, 0x40000000


def own_namespaces():
    """This process and what it starts see their own mounts, host name, network, /etc (with its accounts) and /run from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    kept = {}
    for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
        with open(os.path.join("/etc", name), "rb") as file:
            kept[name] = file.read()
    subprocess.run("mount --make-rprivate / && mount -t tmpfs etc /etc && mount -t tmpfs run /run", shell=True, check=True)
    for name, text in kept.items():
        with open(os.path.join("/etc", name), "wb") as file:
            file.write(text)


def own_directory(path):
    """This process and what it starts see an empty directory there from now on, as root; nobody else does."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "own", path], check=True)


def unmount(path):
    """What is there still, if anything."""
    subprocess.run(["umount", "-l", path], stderr=subprocess.DEVNULL, check=False)
