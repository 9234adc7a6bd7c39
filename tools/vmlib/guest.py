# SPDX-License-Identifier: Apache-2.0
"""A guest seen from tools/vm: the pith program that asks it, waiting for its agent, the end of its keeper."""

import os
import signal
import subprocess
import sys
import time

from vmlib import keeper, machine, state

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("PITH_BUILD") or os.path.join(TREE, "build")
# The image of a VM that names none: of another machine, perhaps, than the programs in BUILD.
IMAGE = os.environ.get("PITH_IMAGE") or os.path.join(BUILD, "image/minimal")
TAIL_LINES = 25
QUIT_S = 2
# The keeper's own grace for QEMU and the device, and some.
KEEPER_S = 6
LAUNCH_S = 10
# What pith-init prints, and how long a sign of the agent is waited for: a boot under a loaded TCG.
AGENT_IS_THERE = b"pith-init: agent is ready"
QUIET_S = 30
# One attempt to connect. pith lets the one that runs when its --wait is over come to its end.
ATTEMPT_S = 5


def say(text):
    print(f"vm: {text}", file=sys.stderr, flush=True)


def pith_program():
    path = os.path.join(BUILD, "pith")
    return path if os.access(path, os.X_OK) else None


def last_words(runtime):
    """What helps to see why a start failed."""
    for name, title in (("qemu.log", "qemu"), ("vsock.log", "vhost-device-vsock"), ("serial.log", "serial port")):
        lines = runtime.text(name).rstrip().splitlines()[-TAIL_LINES:]
        if lines:
            print(f"--- {title}, last {len(lines)} lines", *lines, sep="\n", file=sys.stderr)


def is_running(record):
    return bool(record) and "ended" not in record and state.is_alive(record["keeper"])


def wait_for_launch(runtime, pipe_owner):
    """Until the keeper has written its record; then the VM can be stopped by name."""
    deadline = time.monotonic() + LAUNCH_S
    while time.monotonic() < deadline:
        record = runtime.load()
        if record and ("qemu" in record or "ended" in record):
            return record
        if state.wait_gone(pipe_owner, 0.005):
            break
    raise state.Failure("the VM's keeper did not start")


def launch(runtime, options, accelerator, disks_for=None):
    """Forks the keeper under the name's lock, then QEMU runs. Returns the record and the keep pipe."""
    with runtime.lock():
        if is_running(runtime.load()):
            raise state.Failure(f"{runtime.name} runs already")
        runtime.sweep()
        if disks_for:
            options.disks = disks_for(runtime)
        address, cid = machine.address_of(runtime, options.port)
        record = {"name": runtime.name, "address": address, "cid": cid, "accelerator": accelerator, "notify": machine.notify_port(options),
                  "machine": {key: getattr(options, key) for key in machine.OPTIONS}, "owner": options.until,
                  "since": time.time()}
        pipe = keeper.start(runtime, record, machine.vsock_device_command(runtime, cid),
                            machine.qemu_command(runtime, options, accelerator, cid))
        return wait_for_launch(runtime, record["keeper"]), pipe


def says_ready(runtime):
    """On its serial port, which may be told to be quiet."""
    try:
        with open(runtime.path("serial.log"), "rb") as log:
            return AGENT_IS_THERE in log.read()
    except FileNotFoundError:
        return False  # QEMU is about to make it


def wait_for_agent(runtime, record, seconds):
    """Waits until the guest dials and tells that it serves (where it cannot: says so on its serial port), for QUIET_S at most.

    The dial has to come from the guest: vhost-device-vsock 0.3.0 now and then never answers again when it was dialed before the
    guest's driver ran.
    """
    deadline = time.monotonic() + min(seconds, QUIET_S)
    port = record["notify"]
    waiter = [pith_program(), "wait-ready", "--listen", f"hybrid:{runtime.socket('vsock.sock')}:{port}", "--timeout", f"{QUIET_S}s"]
    process = subprocess.Popen(waiter, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) if port else None
    try:
        while time.monotonic() < deadline and state.is_alive(record["keeper"]):
            if process.poll() is not None if process else says_ready(runtime):
                return
            time.sleep(0.01)
    finally:
        if process:
            process.kill()
            process.wait()


def wait_for_hello(runtime, record, seconds):
    """Waits for the agent with the real client, and for the end of the VM meanwhile."""
    wait, attempt = int(seconds * 1000), int(min(seconds, ATTEMPT_S) * 1000)
    ping = [pith_program(), "--vm", record["address"], "ping", "--wait", f"{wait}ms",
            "--connect-timeout", f"{attempt}ms"]
    deadline = time.monotonic() + seconds + ATTEMPT_S + QUIT_S
    with subprocess.Popen(ping, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as process:
        try:
            while process.poll() is None and state.is_alive(record["keeper"]):
                if time.monotonic() > deadline:
                    raise state.Failure(f"no hello from the agent in {seconds:g} s, and pith did not notice")
                time.sleep(0.01)
            if process.poll() is None:
                raise state.Failure((runtime.load() or {}).get("ended", "the VM is gone"))
            if process.returncode != 0:
                raise state.Failure(process.stderr.read().strip() or f"pith ping ended with {process.returncode}")
        finally:
            process.kill()


def end_keeper(record):
    """SIGTERM makes the keeper end what it owns; SIGKILL takes the same with it."""
    for number, seconds in ((signal.SIGTERM, KEEPER_S), (signal.SIGKILL, QUIT_S)):
        pidfd = state.open_process(record["keeper"])
        if pidfd is None:
            return
        try:
            signal.pidfd_send_signal(pidfd, number)
        finally:
            os.close(pidfd)
        if state.wait_gone(record["keeper"], seconds):
            return
