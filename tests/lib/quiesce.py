# SPDX-License-Identifier: Apache-2.0
"""A guest in namespaces with real disks, for the claims about quiesce, thaw and resume."""

import os
import secrets
import time

from lib.loop_device import disk, thaw
from lib.ns_guest import SOCKET, Guest
from lib.tap import SLOW, build, cleanup, name_of, wait_for
from lib.wire import Wire

BUSYBOX = "/bin/busybox"


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


class Quiet:
    """A guest with a disk at /data, and a connection to it."""

    def __init__(self, disks=1, files=None, mounts=()):
        self.guest = Guest(agent=build("pith-agent"), files={BUSYBOX: BUSYBOX, **(files or {})}, mounts=mounts)
        self.guest.ready()
        self.wire = self.dial()
        self.disks = [disk() for _ in range(disks)]
        for number, device in enumerate(self.disks):
            self.mount(device, f"/data{number or ''}")

    def mount(self, device, target):
        self.wire.request("mount", mount={"source": device, "target": target, "type": "ext4"})
        # What is frozen when its guest ends stays so, and its device stays with it.
        fd = os.open(self.guest.path(target), os.O_RDONLY)
        cleanup(os.close, fd)
        cleanup(thaw, fd)

    def agent(self):
        """PID 1 has other children too, once an agent has died: its execs."""
        return [pid for pid in self.guest.children() if name_of(pid) == "pith-agent"][0]

    def helpers(self, name):
        """The agent's children of that name."""
        return [pid for pid in self.guest.children(self.agent()) if name_of(pid) == name]

    def dial(self):
        wire = Wire("unix:" + self.guest.path(SOCKET))
        cleanup(wire.close)
        return wire

    def status(self):
        return self.wire.request("snapshot_status")

    def start(self, script, **fields):
        with Wire("unix:" + self.guest.path(SOCKET)) as wire:
            wire.send_request("exec", argv=[BUSYBOX, "sh", "-c", script], detach=True, **fields)
            return wire.recv_final()["id"]

    def start_count(self):
        """A program that writes one number after the other to /data/count. Returns its id when the first is there."""
        name = self.start(f"i=0; while :; do i=$((i+1)); echo $i >/data/count; {BUSYBOX} usleep 1000; done")
        wait_for(lambda: os.path.exists(self.guest.path("/data/count")) and self.read("/data/count"), what="the first number")
        return name

    def read(self, path):
        with open(self.guest.path(path), "rb") as file:
            return file.read()

    def can_write(self, path="/data/probe", seconds=5):
        """A process of its own: one that writes to what is frozen cannot even be killed."""
        pid = os.fork()
        if pid == 0:
            try:
                with open(self.guest.path(path), "wb") as file:
                    file.write(b"x")
                os._exit(0)
            except BaseException:
                os._exit(1)
        deadline = time.monotonic() + seconds * SLOW
        while time.monotonic() < deadline:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return True
            time.sleep(0.002)  # between two looks
        cleanup(os.waitpid, pid, 0)
        return False


def now_us():
    return time.time_ns() // 1000


def resume(wire, **fields):
    return wire.request("resume", entropy=secrets.token_hex(32), realtime_us=now_us(), **fields)
