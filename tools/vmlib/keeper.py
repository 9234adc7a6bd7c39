# SPDX-License-Identifier: Apache-2.0
"""The process that owns a VM's processes: QEMU and, where there is one, the vsock device beside it.

It starts them, waits until one ends, ends the other, and writes down how it went. Both die with it, whatever kills it.
It runs in a session of its own, so that Ctrl-C at a terminal reaches tools/vm only. Until tools/vm says KEEP on the
pipe, the end of tools/vm ends the VM as well.
"""

import ctypes
import os
import select
import signal
import subprocess
import time

from vmlib import state

KEEP = b"k"
DEVICE_START_S = 5
TERM_GRACE_S = 2
PR_SET_PDEATHSIG = 1
FD_MAX = 4096           # tools/vm has a dozen


def die_with_parent():
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the line above.
    if os.getppid() != parent:
        os._exit(1)


def spawn(command, log):
    with open(log, "wb") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=die_with_parent)


def end(process):
    """SIGTERM, a grace, SIGKILL. Reaps it."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(TERM_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_socket(path, process):
    deadline = time.monotonic() + DEVICE_START_S
    while not os.path.exists(path):
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def describe(what, status):
    if status < 0:
        return f"{what} was ended by {signal.Signals(-status).name}"
    return f"{what} ended with status {status}"


class Asked(Exception):
    """SIGTERM: tools/vm wants the VM gone."""


def raise_asked(_number, _frame):
    raise Asked


def watch(qemu, device, pipe, owner):
    """Returns why the VM is over."""
    poller = select.poll()
    watched = {os.pidfd_open(qemu.pid): "qemu", pipe: "pipe"}
    if device:
        watched[os.pidfd_open(device.pid)] = "device"
    if owner:
        watched[os.pidfd_open(owner)] = "owner"
    for fd in watched:
        poller.register(fd, select.POLLIN)
    while True:
        for fd, _ in poller.poll():
            if watched[fd] == "qemu":
                status = qemu.wait()
                return "the guest went down" if status == 0 else describe("qemu", status)
            if watched[fd] == "device":
                return describe("vhost-device-vsock", device.wait())
            if watched[fd] == "owner":
                return f"process {owner} ended, and the VM with it"
            poller.unregister(fd)
            if os.read(fd, 1) != KEEP:
                return "tools/vm went away during the start"


def run(runtime, record, device_command, qemu_command, pipe):
    """Never returns: the whole life of the keeper."""
    os.setsid()
    signal.signal(signal.SIGTERM, raise_asked)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    device = qemu = None
    reason = "the keeper failed"
    try:
        if device_command:
            device = spawn(device_command, runtime.path("vsock.log"))
            record["device"] = state.identity(device.pid)
            if not wait_for_socket(runtime.path("vhost.sock"), device):
                reason = "vhost-device-vsock did not make its socket"
                return
        qemu = spawn(qemu_command, runtime.path("qemu.log"))
        record["qemu"] = state.identity(qemu.pid)
        runtime.save(record)
        reason = watch(qemu, device, pipe, record["owner"])
    except Asked:
        reason = "stopped by request"
    except OSError as error:
        reason = f"could not start: {error}"
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end(qemu)
        end(device)
        record["ended"] = reason
        runtime.save(record)
        runtime.sweep(keep=("vm.json", "serial.log", "qemu.log", "vsock.log"))
        os._exit(0)


def start(runtime, record, device_command, qemu_command):
    """Forks the keeper. Returns the pipe on which KEEP makes the VM outlive tools/vm."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        # The caller's pipes and locks end when tools/vm ends, not when the VM does.
        os.closerange(3, reader)
        os.closerange(reader + 1, FD_MAX)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        record["keeper"] = state.identity(os.getpid())
        run(runtime, record, device_command, qemu_command, reader)
    os.close(reader)
    record["keeper"] = state.identity(pid)
    return writer
