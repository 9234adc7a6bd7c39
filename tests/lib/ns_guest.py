# SPDX-License-Identifier: Apache-2.0
"""pith-init as a real PID 1: in new PID, mount, network, UTS, IPC and cgroup namespaces, with a tmpfs as its root.

    guest = Guest("pith.log=debug", files={"/etc/motd": b"hi"})
    guest.ready()                      # the agent said so
    guest.ask("env")                   # to the puppet (tests/fixtures/puppet.c), the agent unless told otherwise
    guest.signal(signal.SIGUSR2)
    equal(guest.end(), "power off")

A guest that a test leaves is killed at the end of the test. Power off and reboot end the PID namespace only.
"""

import ctypes
import fcntl
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import traceback

from lib.tap import SLOW, build, cleanup, is_san, programs_of, wait_for

SOCKET = "/run/agent.sock"
# What the parent of a PID namespace's init sees after reboot() inside.
ENDS = {-signal.SIGINT: "power off", -signal.SIGHUP: "reboot", -signal.SIGKILL: "killed"}

_CLONE_NEWNS, _CLONE_NEWCGROUP, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MS_RDONLY, _MS_REMOUNT, _MS_MOVE, _MS_REC, _MS_PRIVATE = 1, 32, 8192, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _CAP_SYS_TIME = 1, 22, 24, 25
_PTRACE_DETACH, _PTRACE_SEIZE, _PTRACE_INTERRUPT, _WALL = 17, 0x4206, 0x4207, 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def static_build(name):
    """A program of the release build, also in the run against the sanitizer build."""
    return os.path.join(os.path.dirname(build().rstrip("/")), name) if is_san() else build(name)


PUPPET = static_build("tests/fixtures/puppet")


def _check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(source, target, kind, flags=0, data=None):
    encode = [None if value is None else value.encode() for value in (source, target, kind, data)]
    _check(_libc.mount(encode[0], encode[1], encode[2], ctypes.c_ulong(flags), encode[3]))


def _cgroup2_mount():
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            fields = line.split()
            if fields[2] == "cgroup2":
                return fields[1]
    return None


def _libraries(program):
    """What a dynamically linked program needs in its root: the sanitizer build's."""
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", text)))


def syscalls():
    """The system calls of this machine: name -> number."""
    text = subprocess.run(["gcc", "-E", "-dM", "-x", "c", "-"], input="#include <sys/syscall.h>\n", capture_output=True, text=True,
                          check=True).stdout
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


def _refuse(errno, numbers):
    """From now on these system calls fail with errno, for this process and its children."""
    program = [(0x20, 0, 0, 0)]  # the number
    for number in numbers:
        program += [(0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | errno)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in program))
    filter_ = struct.pack("@HP", len(program), ctypes.addressof(code))
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_char_p(filter_)))


class Held:
    """A process that stands still without PID 1 being told, as one that hangs."""

    def __init__(self, pid):
        self.pid = pid
        _check(_libc.ptrace(_PTRACE_SEIZE, pid, None, None))
        _check(_libc.ptrace(_PTRACE_INTERRUPT, pid, None, None))
        os.waitpid(pid, _WALL)

    def let_go(self):
        _check(_libc.ptrace(_PTRACE_DETACH, self.pid, None, None))

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, _WALL)


class Guest:
    """files: path -> bytes, a path of the host to copy (str), or None for a directory. mounts: (type, path) made beforehand.
    refused: (errno, system calls that fail with it for PID 1 and its children). console: False for one that takes nothing."""

    def __init__(self, *options, agent=PUPPET, files=None, mounts=(), stdio=True, read_only=False, listen="unix:" + SOCKET,
                 refused=None, console=True):
        self.options = [f"pith.listen={listen}", *options]
        self.files = dict(files or {})
        if agent:
            self.files.setdefault("/usr/lib/pith/pith-agent", agent)
        self.mounts, self.stdio, self.read_only = list(mounts), stdio, read_only
        self.refused, self.console_works = refused, console
        # The sanitizers do not live with failing system calls.
        self.init = static_build("pith-init") if refused else build("pith-init")
        if is_san() and not refused:
            self.files.update({path: path for path in _libraries(self.init)})
            self.mounts.insert(0, ("proc", "/proc"))  # the sanitizers cannot start without it
        self.text = ""
        self.status = None
        self.root = tempfile.mkdtemp(prefix="pith-ns-")
        self.cgroup = self._make_cgroup()
        cleanup(self._remove)
        self._start()

    def _make_cgroup(self):
        mount = _cgroup2_mount()
        return mount and tempfile.mkdtemp(prefix="pith-ns-", dir=mount)

    def _start(self):
        console, console_end = os.pipe()
        if not self.console_works:
            os.write(console_end, b"x" * fcntl.fcntl(console_end, fcntl.F_SETPIPE_SZ, 4096))
        self.reports, report = os.pipe()
        self.console = console
        self.middle = os.fork()
        if self.middle == 0:
            try:
                self._be_middle(console_end, report)
            except BaseException:
                os.write(report, traceback.format_exc().encode())
            os._exit(1)
        os.close(console_end)
        os.close(report)
        os.set_blocking(console, False)
        self.pid = int(self._report())

    def _report(self):
        """One message of the middle process, read with a deadline."""
        ready, _, _ = select.select([self.reports], [], [], 10 * SLOW)
        assert ready, f"no report; the console says:\n{self.log()}"
        text = os.read(self.reports, 65536).decode()
        assert re.fullmatch(r"-?\d+", text), text or "the middle process is gone"
        return text

    def _be_middle(self, console, report):
        """The parent of PID 1: reports its pid, later its wait status."""
        _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
        _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET))
        # Two messages on a pipe must not run together: PID 1 waits for its pid to be read.
        gate, open_gate = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(open_gate)
                os.read(gate, 1)
                self._become_init(console)
            except BaseException:
                os.write(report, traceback.format_exc().encode())
            os._exit(1)
        os.close(console)
        os.write(report, str(pid).encode())
        os.close(open_gate)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        # Read as one message even if the pid was not fetched yet.
        while select.select([], [report], [], 0)[1] and self._unread(report):
            time.sleep(0.001)
        os.write(report, str(status).encode())
        os._exit(0)

    @staticmethod
    def _unread(fd):
        count = ctypes.c_int()
        _check(_libc.ioctl(fd, ctypes.c_ulong(0x541B), ctypes.byref(count)))  # FIONREAD
        return count.value

    def _become_init(self, console):
        _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)  # as the kernel hands them over, not as Python or a shell does
        if self.cgroup:
            with open(os.path.join(self.cgroup, "cgroup.procs"), "w", encoding="utf-8") as procs:
                procs.write("0")
        _check(_libc.unshare(_CLONE_NEWCGROUP))
        init = os.open(self.init, os.O_RDONLY | os.O_CLOEXEC)
        _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
        _mount("none", self.root, "tmpfs", 0, "mode=0755")
        self._fill_root()
        if self.read_only:
            _mount(None, self.root, None, _MS_REMOUNT | _MS_RDONLY)
        os.chdir(self.root)
        _mount(".", "/", None, _MS_MOVE)
        os.chroot(".")
        if self.stdio:
            null = os.memfd_create("stdin")
            os.dup2(null, 0)
            os.dup2(console, 1)
            os.dup2(console, 2)
        else:
            os.closerange(0, 3)
        # There is no namespace for the clock: what a guest sets would be this machine's.
        _check(_libc.prctl(_PR_CAPBSET_DROP, _CAP_SYS_TIME, 0, 0, 0))
        if self.refused:
            _refuse(*self.refused)
        os.execve(init, ["pith-init", *self.options], {})

    def _fill_root(self):
        for kind, path in self.mounts:
            os.makedirs(self.root + path, exist_ok=True)
            _mount("none", self.root + path, kind)
        for path, content in self.files.items():
            path = self.root + path
            os.makedirs(path if content is None else os.path.dirname(path), exist_ok=True)
            if isinstance(content, str):
                shutil.copy(content, path)
            elif content is not None:
                with open(path, "wb") as file:
                    file.write(content)

    def _remove(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self._report()
        os.waitpid(self.middle, 0)
        os.close(self.console)
        os.close(self.reports)
        os.rmdir(self.root)
        if self.cgroup:
            for directory, _, _ in os.walk(self.cgroup, topdown=False):
                wait_for(lambda directory=directory: self._rmdir_cgroup(directory), what=f"rmdir {directory}")

    @staticmethod
    def _rmdir_cgroup(directory):
        try:
            os.rmdir(directory)
            return True
        except OSError:
            return False

    def log(self):
        """What the console has shown so far."""
        while True:
            try:
                data = os.read(self.console, 65536)
            except BlockingIOError:
                return self.text
            if not data:
                return self.text
            self.text += data.decode(errors="replace")

    def wait_log(self, part, count=1, seconds=5):
        """Waits until the console has shown part, count times."""
        try:
            wait_for(lambda: self.log().count(part) >= count, seconds)
        except AssertionError:
            raise AssertionError(f"no {part!r} on the console within {seconds} s:\n{self.log()}") from None

    def ready(self, start=1, seconds=5):
        self.wait_log(f"start {start})", seconds=seconds)
        self.wait_log("agent is ready", count=start, seconds=seconds)

    def path(self, path):
        """A path of the guest, as the host can open it."""
        return f"/proc/{self.pid}/root{path}"

    def ask(self, line):
        """Sends the puppet a line, returns its answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10 * SLOW)
            connection.connect(self.path(SOCKET))
            connection.sendall(line.encode() + b"\n")
            answer = b""
            while data := connection.recv(65536):
                answer += data
        return answer.decode()

    def children(self, pid=None):
        """The pids of PID 1's children, or of another process's, as the host counts; oldest first."""
        return programs_of(pid or self.pid)

    def agent(self):
        """The agent's pid, as the host counts: the oldest child of PID 1 that is not a fork of it, as the one that empties an old root."""
        return wait_for(lambda: [pid for pid in self.children() if not self._is_fork(pid)], what="a child of PID 1")[0]

    def _is_fork(self, pid):
        try:
            return os.path.samefile(f"/proc/{pid}/exe", f"/proc/{self.pid}/exe")
        except OSError:
            return True  # gone meanwhile

    def alive(self):
        """Still running, and answering a signal as PID 1 should: by carrying on."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] in "SR"

    def signal(self, number):
        os.kill(self.pid, number)

    def end(self, seconds=10):
        """Waits for the end of PID 1: 'power off', 'reboot', or what it was instead."""
        ready, _, _ = select.select([self.reports], [], [], seconds * SLOW)
        assert ready, f"PID 1 has not ended within {seconds} s; the console says:\n{self.log()}"
        self.status = int(self._report())
        return ENDS.get(self.status, f"ended with {self.status}")
