# SPDX-License-Identifier: Apache-2.0
"""A host that comes back as often as the agent dies, and somebody who kills it.

    guest = booted()
    with Killer(guest) as killer:               # kill -9, SEGV and ABRT at random moments
        record, out = Host(guest).run(["seq", "9"], id="x")
    killer.kills
"""

import json
import os
import random
import signal
import struct
import threading
import time

from lib.ns_guest import SOCKET, Guest
from lib.tap import SLOW, build, cleanup, name_of, wait_for
from lib.wire import FRAME_MAX, Wire, WireError

BUSYBOX = "/bin/busybox"


def booted(*options, agent=None, **kwargs):
    kwargs.setdefault("files", {BUSYBOX: BUSYBOX})
    guest = Guest("pith.restart_ms=1", *options, agent=agent or build("pith-agent"), **kwargs)
    guest.ready()
    cleanup(check_log, guest)
    return guest


def check_log(guest):
    """What a sanitizer says of one of many agents would else be lost among their deaths."""
    assert "Sanitizer" not in guest.log() and "runtime error" not in guest.log(), guest.log()[-4000:]


def agent_of(guest):
    """The agent's pid; None while there is none. Older ones of that name are helpers of agents before it."""
    found = [pid for pid in guest.children() if name_of(pid) == "pith-agent"]
    return found[-1] if found else None


def kill_agent(guest, number=signal.SIGKILL):
    pid = wait_for(lambda: agent_of(guest), what="an agent")
    os.kill(pid, number)
    wait_for(lambda: agent_of(guest) not in (pid, None), what="another agent")


class Killer:
    """Kills the agent at random moments, until told to stop."""

    def __init__(self, guest, seed=1, pause=0.02, numbers=(signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)):
        self.guest, self.random, self.numbers = guest, random.Random(seed), numbers
        self.pause = pause
        self.kills = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _wait_until_it_serves(self):
        """Most agents are let live that long, on a machine however busy: killed before that eight times, the next begins anew."""
        while not self._stop.is_set():
            try:
                Wire("unix:" + self.guest.path(SOCKET)).close()
                return
            except (OSError, AssertionError):
                time.sleep(0.001)  # between two attempts

    def _run(self):
        while not self._stop.wait(self.random.random() * self.pause):
            if self.random.random() < 0.7:
                self._wait_until_it_serves()
                if self._stop.wait(self.random.random() * self.pause):
                    return
            pid = agent_of(self.guest)
            if pid:
                try:
                    os.kill(pid, self.random.choice(self.numbers))
                    self.kills += 1
                except ProcessLookupError:
                    pass

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


class Lost(Exception):
    pass


class Host:
    def __init__(self, guest, seconds=40):
        self.guest, self.until = guest, time.monotonic() + seconds * SLOW
        self.losses = 0

    def dial(self):
        while True:
            try:
                return Wire("unix:" + self.guest.path(SOCKET))
            except (OSError, AssertionError):
                assert time.monotonic() < self.until, "nobody answers"
                time.sleep(0.001)  # between two attempts

    def ask(self, op, **fields):
        """A request that may be repeated."""
        while True:
            try:
                with self.dial() as wire:
                    return wire.request(op, **fields)
            except (OSError, AssertionError, ConnectionError):
                assert time.monotonic() < self.until, f"no answer to {op}"

    def _frames(self, wire):
        while True:
            try:
                frame = wire.recv_frame()
            except (OSError, ConnectionError):
                frame = None
            if frame is None:
                self.losses += 1
                raise Lost
            yield frame

    def _start(self, wire, fields):
        """Up to `started`. False: the agent died before it said so, and nothing ran on."""
        try:
            wire.send_request("exec", **fields)
            for frame in self._frames(wire):
                if frame.type == "E":
                    raise WireError(json.loads(frame.payload))
                assert frame.type == "V", frame
                return json.loads(frame.payload)
        except (OSError, ConnectionError, Lost):
            return None

    def start(self, argv, **fields):
        """Starts a program, under another name where the agent died before it had told of it."""
        name = fields.pop("id")
        for attempt in range(1000):
            wire = self.dial()
            event = self._start(wire, {"argv": argv, "id": f"{name}-{attempt}", **fields})
            if event:
                return wire, event
            wire.close()
        raise AssertionError("never started")

    def run(self, argv, stdin=None, **fields):
        """Runs a program to its record, coming back as often as it takes: (record, {1: bytes, 2: bytes})."""
        if stdin is not None:
            fields["stdin"] = True
        wire, event = self.start(argv, **fields)
        return self.follow(wire, event, stdin)

    def follow(self, wire, event, stdin=None):
        out, name = {1: bytearray(), 2: bytearray()}, event["id"]
        sent, window, ended = 0, event["window_bytes"], False
        while True:
            try:
                while stdin is not None and not ended:
                    part = stdin[sent:sent + min(window, FRAME_MAX)]
                    if not part and sent < len(stdin):
                        break
                    if part:
                        wire.send_frame("D", part)
                        sent, window = sent + len(part), window - len(part)
                    if sent == len(stdin):
                        wire.send_frame("Z")
                        ended = True
                frame = next(self._frames(wire))
            except (OSError, ConnectionError, Lost):
                wire.close()
                wire, event = self.attach(name, out, stdin)
                if isinstance(event, tuple):
                    return event
                sent, window, ended = event["stdin_offset_bytes"], event["window_bytes"], False
                continue
            if frame.type == "D":
                out[frame.stream] += frame.payload
            elif frame.type == "W":
                window += struct.unpack("<I", frame.payload)[0]
            elif frame.type == "Z" and frame.stream == 0:
                ended = True
            elif frame.type == "V":
                raise AssertionError(f"{name}: {frame.payload!r}")
            elif frame.type == "R":
                wire.close()
                return json.loads(frame.payload), {key: bytes(value) for key, value in out.items()}

    def attach(self, name, out, stdin):
        want_stdin = stdin is not None
        while True:
            wire = self.dial()
            try:
                wire.send_request("attach", id=name, stdin=want_stdin, stdout_offset_bytes=len(out[1]), stderr_offset_bytes=len(out[2]))
                frame = next(self._frames(wire))
            except (OSError, ConnectionError, Lost):
                wire.close()
                continue
            event = json.loads(frame.payload)
            if frame.type == "E" and event["code"] == "not_found" and "field" not in event and want_stdin:
                want_stdin = False  # its stdin is closed by now
                wire.close()
                continue
            assert frame.type == "V" and event["event"] == "attached", event
            return wire, event
