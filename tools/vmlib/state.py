# SPDX-License-Identifier: Apache-2.0
"""What tools/vm remembers of a VM: its runtime directory, its record, and which processes are surely its own.

Owns: $XDG_RUNTIME_DIR/pith/NAME or /tmp/pith-UID/NAME, with vm.json, serial.log, qemu.log, vsock.log and the sockets.
Never: signals a pid whose start time is not the one written down, so that a stale record kills nobody.
"""

import contextlib
import fcntl
import json
import os
import re
import select
import stat
import time

from common import Failure

# sun_path of a unix socket, with its NUL.
SOCKET_PATH_MAX = 107
LOCK_WAIT_S = 30


def parse_duration(text):
    match = re.fullmatch(r"(\d{1,9})(ms|s|m)", text)
    if not match:
        raise Failure(f"not a duration: {text} (say 500ms, 60s or 2m)")
    return int(match.group(1)) * {"ms": 0.001, "s": 1, "m": 60}[match.group(2)]


def runtime_root():
    base = os.environ.get("XDG_RUNTIME_DIR")
    root = os.path.join(base, "pith") if base else f"/tmp/pith-{os.getuid()}"
    os.makedirs(root, mode=0o700, exist_ok=True)
    status = os.lstat(root)
    # /tmp is everybody's: somebody else's directory of that name must not get our sockets.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise Failure(f"{root} is not a directory of ours")
    return root


class Runtime:
    """The runtime directory of one VM."""

    def __init__(self, name):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", name):
            raise Failure(f"not a name for a VM: {name} (letters, digits, . _ -; at most 32)")
        self.name = name
        self.directory = os.path.join(runtime_root(), name)

    def path(self, name):
        return os.path.join(self.directory, name)

    def socket(self, name):
        path = self.path(name)
        if len(path) > SOCKET_PATH_MAX:
            raise Failure(f"the path of a socket would be too long, set XDG_RUNTIME_DIR to something shorter: {path}")
        return path

    def text(self, name, tail=1 << 20):
        try:
            with open(self.path(name), "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - tail))
                return log.read().decode(errors="replace").replace("\r", "")
        except FileNotFoundError:
            return ""

    def load(self):
        try:
            with open(self.path("vm.json"), encoding="utf-8") as record:
                return json.load(record)
        except FileNotFoundError:
            return None

    def save(self, record):
        part = self.path("vm.json.part")
        with open(part, "w", encoding="utf-8") as out:
            json.dump(record, out)
        os.replace(part, self.path("vm.json"))

    def sweep(self, keep=()):
        """Removes everything but the named files: what a new start must not find."""
        for name in os.listdir(self.directory):
            if name not in ("lock", *keep):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.path(name))

    @contextlib.contextmanager
    def lock(self):
        """One start or stop of a name at a time."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        deadline = time.monotonic() + LOCK_WAIT_S
        with open(self.path("lock"), "w", encoding="utf-8") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Failure(f"another tools/vm works on {self.name} for {LOCK_WAIT_S} s already") from None
                    time.sleep(0.05)
            yield


def process_start(pid):
    """Start time of a process in clock ticks since boot, None if there is none or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name in parentheses may hold anything, so count from its end.
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def is_alive(process):
    return process_start(process["pid"]) == process["start"]


def identity(pid):
    return {"pid": pid, "start": process_start(pid)}


def open_process(process):
    """A pidfd of exactly that process, or None if it is gone."""
    try:
        pidfd = os.pidfd_open(process["pid"])
    except ProcessLookupError:
        return None
    # Checked after the open: from here on the pidfd cannot come to mean another process.
    if process_start(process["pid"]) != process["start"]:
        os.close(pidfd)
        return None
    return pidfd


def wait_gone(process, seconds):
    """True once the process has ended."""
    pidfd = open_process(process)
    if pidfd is None:
        return True
    with open(pidfd, "rb", buffering=0) as watched:
        return bool(select.select([watched], [], [], seconds)[0])
