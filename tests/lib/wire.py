# SPDX-License-Identifier: Apache-2.0
"""A second implementation of pith/1, for tests: plain frames over a socket, and as many wrong bytes as a test likes.

    agent = start_agent()
    with Wire(agent.address) as wire:       # connects, reads the hello
        wire.request("ping")                # the result as a dict; WireError if the agent answered with E
        wire.exec(["cat"], stdin=b"x")      # Done: record, stdout, stderr, events
        wire.send_raw(b"GET / HTTP/1.0\\r\\n")
        wire.recv_frame()                   # Frame(type, stream, payload), None at the end of the stream

Addresses: unix:/path and hybrid:/path[:PORT]. Every socket has a deadline, so a silent agent fails a test and does not hang it.
"""

import collections
import json
import os
import shutil
import signal
import socket
import struct
import tempfile

from lib import tap

HEADER = struct.Struct("<IBBH")
FRAME_MAX = 1 << 20
JSON_MAX = 256 << 10
JSON_TYPES = "HQREV"

Frame = collections.namedtuple("Frame", "type stream payload")
Done = collections.namedtuple("Done", "record stdout stderr events")


class WireError(Exception):
    """The agent answered with an E frame: .error is its JSON."""

    def __init__(self, error):
        super().__init__(error)
        self.error = error
        self.code = error.get("code")


def encode(type_, payload=b"", stream=0):
    """One frame as bytes; a dict becomes JSON."""
    if isinstance(payload, dict):
        payload = json.dumps(payload).encode()
    return HEADER.pack(len(payload), ord(type_), stream, 0) + payload


class Wire:
    def __init__(self, address, hello=True, timeout=10):
        kind, _, rest = address.partition(":")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout * tap.SLOW)
        self.hello = None
        try:
            if kind == "unix":
                self.sock.connect(rest)
            elif kind == "hybrid":
                path, _, port = rest.partition(":")
                self._connect_hybrid(path, port or "1001")
            else:
                raise ValueError(f"no such kind of address: {address}")
            if hello:
                frame = self.recv_frame()
                assert frame and frame.type == "H", f"no hello, but {frame}"
                self.hello = json.loads(frame.payload)
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def _connect_hybrid(self, path, port):
        self.sock.connect(path)
        self.sock.sendall(f"CONNECT {port}\n".encode())
        line = b""
        while not line.endswith(b"\n") and len(line) < 64:
            byte = self.sock.recv(1)
            if not byte:
                raise ConnectionError(f"the VMM closed after {line!r}")
            line += byte
        if not line.startswith(b"OK "):
            raise ConnectionError(f"the VMM says {line!r}")

    def send_raw(self, data):
        self.sock.sendall(data)

    def send_frame(self, type_, payload=b"", stream=0):
        self.send_raw(encode(type_, payload, stream))

    def send_request(self, op, **fields):
        self.send_frame("Q", {"op": op, **fields})

    def _recv_exactly(self, size):
        """None where the stream ends before the first byte; an error where it ends later."""
        data = bytearray()
        while len(data) < size:
            got = self.sock.recv(min(size - len(data), 1 << 16))
            if not got:
                if not data:
                    return None
                raise ConnectionError(f"the stream ended inside a frame: {len(data)} of {size} bytes")
            data += got
        return bytes(data)

    def recv_frame(self):
        """The next frame, held against the rules; None at the end of the stream. A reset counts as the end."""
        try:
            header = self._recv_exactly(HEADER.size)
        except ConnectionResetError:
            return None
        if header is None:
            return None
        length, type_, stream, zero = HEADER.unpack(header)
        type_ = chr(type_)
        assert type_ in "HREVDZW" and zero == 0 and stream <= 2, f"bad header from the agent: {header!r}"
        assert length <= (JSON_MAX if type_ in JSON_TYPES else FRAME_MAX), f"frame too long: {header!r}"
        payload = b""
        if length:
            payload = self._recv_exactly(length)
            assert payload is not None, "the stream ended after a header"
        return Frame(type_, stream, payload)

    def recv_json(self, type_):
        """The payload of the next frame, which must be of this type."""
        frame = self.recv_frame()
        assert frame and frame.type == type_, f"expected {type_}, got {frame}"
        return json.loads(frame.payload)

    def recv_error(self):
        return self.recv_json("E")

    def recv_final(self):
        """Reads up to R or E; returns the result, the other frames are dropped."""
        while True:
            frame = self.recv_frame()
            assert frame, "the stream ended before the request did"
            if frame.type == "R":
                return json.loads(frame.payload)
            if frame.type == "E":
                raise WireError(json.loads(frame.payload))

    def start(self, argv, **fields):
        """Sends an exec and reads up to its event started, which is returned."""
        self.send_request("exec", argv=argv, **fields)
        event = self.recv_json("V")
        assert event["event"] == "started", event
        return event

    def is_closed(self):
        """True once the agent closed; whatever it still said is read and dropped."""
        while True:
            frame = self.recv_frame()
            if frame is None:
                return True

    def request(self, op, **fields):
        self.send_request(op, **fields)
        return self.recv_final()

    def exec(self, argv, stdin=None, **fields):
        """Runs a program to its end. stdin (bytes) is sent as far as the agent's windows allow."""
        self.send_request("exec", argv=argv, **({"stdin": True} if stdin is not None else {}), **fields)
        out = {1: bytearray(), 2: bytearray()}
        events = []
        window = 0
        pending = stdin
        while True:
            while pending and window:
                part = pending[: min(window, FRAME_MAX)]
                self.send_frame("D", part)
                pending = pending[len(part):]
                window -= len(part)
            if pending is not None and not pending and events:
                self.send_frame("Z")
                pending = None
            frame = self.recv_frame()
            assert frame, "the stream ended before the exec did"
            if frame.type == "D":
                out[frame.stream] += frame.payload
            elif frame.type == "W":
                window += struct.unpack("<I", frame.payload)[0]
            elif frame.type == "Z" and frame.stream == 0:
                pending = None
            elif frame.type == "V":
                events.append(json.loads(frame.payload))
                window += events[-1].get("window_bytes", 0)
            elif frame.type == "R":
                return Done(json.loads(frame.payload), bytes(out[1]), bytes(out[2]), events)
            elif frame.type == "E":
                raise WireError(json.loads(frame.payload))


class Agent:
    """A pith-agent that serves a unix socket on this machine until the end of the test."""

    def __init__(self, args=(), env=None, **popen):
        self.directory = tempfile.mkdtemp(prefix="pith-test.")
        self.ends = False
        self.path = os.path.join(self.directory, "agent.sock")
        self.address = "unix:" + self.path
        self.log_path = os.path.join(self.directory, "log")
        tap.cleanup(shutil.rmtree, self.directory)
        with open(self.log_path, "wb") as log:
            self.process = tap.start([tap.build("pith-agent"), "--listen", self.address, *args], stdout=log,
                                        stderr=log, env={**os.environ, **(env or {})}, **popen)
        tap.cleanup(self._end)
        self.pid = self.process.pid
        try:
            tap.wait_for(self._answers, 10, "the agent listens")
        except AssertionError:
            tap.diag(self.log())
            raise

    def _answers(self):
        assert self.process.poll() is None, f"the agent ended with {self.process.returncode}: {self.log()}"
        try:
            Wire(self.address).close()
            return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wire(self, **kwargs):
        """A connection that is closed at the end of the test."""
        wire = Wire(self.address, **kwargs)
        tap.cleanup(wire.close)
        return wire

    def wait(self, seconds=5):
        """Waits for an agent that is to end, and returns its status."""
        self.ends = True
        return self.process.wait(seconds * tap.SLOW)

    def _end(self):
        """An agent that died by itself, or that a sanitizer complained about, fails the test that started it."""
        status = self.process.poll()
        if status is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10 * tap.SLOW)
        log = self.log()
        assert self.ends or status is None, f"the agent ended by itself with {status}: {log}"
        assert "Sanitizer" not in log and "runtime error" not in log, log


def start_agent(*args, **kwargs):
    return Agent(args, **kwargs)
