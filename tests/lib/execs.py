# SPDX-License-Identifier: Apache-2.0
"""What the tests of exec share: small words for long stories.

    wire = start_agent().wire()
    start_detached(wire, ["cat"], id="x")       # runs with nobody attached
    got = attach(wire, "x", follow=False)       # Seen: the event attached, gaps, output, the result
"""

import collections
import json
import os
import shutil
import signal
import tempfile

from lib.tap import build, cleanup, equal, is_san, wait_for
from lib.wire import WireError

Seen = collections.namedtuple("Seen", "attached gaps out result")


def fixture(name):
    """Always of the release build: these are started thousands of times."""
    directory = os.path.dirname(build().rstrip("/")) if is_san() else build()
    return os.path.join(directory, "tests/fixtures", name)


def directory(disk=True):
    """Not on a disk: for thousands of entries, which a busy one takes its time for."""
    path = tempfile.mkdtemp(prefix="pith-test.", dir=None if disk else "/dev/shm")
    cleanup(shutil.rmtree, path)
    return path


def file_of(data):
    path = os.path.join(directory(), "data")
    with open(path, "wb") as file:
        file.write(data)
    return path


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def state_of(pid):
    """R, S, T, Z, or X for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def is_dead(pid):
    return state_of(pid) in "ZX"


def agent_info(wire):
    return wire.request("info")["agent"]


def output(done):
    assert done.record["cause"] == "exited" and done.record["code"] == 0, (done.record, done.stderr)
    return done.stdout.decode()


def code_of(function, *args, **kwargs):
    """The code of the error that the request must end with."""
    try:
        got = function(*args, **kwargs)
    except WireError as error:
        return error.code
    raise AssertionError(f"no error, but {got}")


def start_detached(wire, argv, **fields):
    """Runs on with nobody attached; killed at the end of the test. The result of the request."""
    result = wire.request("exec", argv=argv, detach=True, **fields)
    equal(result["detached"], True, "detached")
    cleanup(end, result["pid"])
    return result


def entry_of(wire, name):
    """What list shows of one exec, None if it does not show it."""
    found = [entry for entry in wire.request("list")["execs"] if entry["id"] == name]
    return found[0] if found else None


def collect(wire, attached=None):
    """Reads frames up to the result."""
    gaps, out = {}, {1: bytearray(), 2: bytearray()}
    while True:
        frame = wire.recv_frame()
        assert frame, "the stream ended before the request did"
        if frame.type == "D":
            out[frame.stream] += frame.payload
        elif frame.type == "V":
            event = json.loads(frame.payload)
            if event["event"] == "gap":
                gaps[event["stream"]] = event["lost_bytes"]
            else:
                attached = event
        elif frame.type == "R":
            return Seen(attached, gaps, {key: bytes(value) for key, value in out.items()}, json.loads(frame.payload))
        elif frame.type == "E":
            raise WireError(json.loads(frame.payload))


def attach(wire, name, **fields):
    wire.send_request("attach", id=name, **fields)
    return collect(wire)


def read_until(wire, part, stream=1, seen=b""):
    """Reads data frames of the stream until part has come; returns all that came."""
    while part not in seen:
        frame = wire.recv_frame()
        assert frame and frame.type in "DVWZ", f"{frame} after {seen!r}"
        if frame.type == "D" and frame.stream == stream:
            seen += frame.payload
    return seen


def wait_ended(wire, name):
    wait_for(lambda: entry_of(wire, name)["state"] == "ended", 10, f"{name} has ended")
