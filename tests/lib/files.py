# SPDX-License-Identifier: Apache-2.0
"""What the tests of file requests share.

    files = Files(start_agent())
    files.read("/etc/hostname")             # Read: event, data, result
    files.write("/tmp/x", b"bytes")         # the result
    files.fails("not_found", "file_stat", path="/no")
"""

import base64
import collections
import json
import os
import socket
import struct
import threading

from lib.execs import directory
from lib.tap import children_of, cleanup, equal, name_of
from lib.wire import FRAME_MAX, WireError

Read = collections.namedtuple("Read", "event data result")


def name(path):
    """A path (text or bytes) as JSON carries it."""
    raw = os.fsencode(path)
    try:
        text = raw.decode("utf-8")
        if not text.startswith("base64:"):
            return text
    except UnicodeDecodeError:
        pass
    return "base64:" + base64.b64encode(raw).decode()


def unname(text):
    """The bytes of a name."""
    return base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()


class Files:
    """One connection that works on files."""

    def __init__(self, agent, **fields):
        self.agent = agent
        self.fields = fields
        self.wire = agent.wire()

    def send(self, op, **fields):
        for key in ("path", "to", "root", "target"):
            if key in fields:
                fields[key] = name(fields[key])
        self.wire.send_request(op, **{**self.fields, **fields})

    def ask(self, op, **fields):
        self.send(op, **fields)
        return self.wire.recv_final()

    def fails(self, code, op, **fields):
        """The error, whose code is this one."""
        try:
            got = self.ask(op, **fields)
        except WireError as error:
            equal(error.code, code, f"code of {error.error}")
            return error.error
        raise AssertionError(f"{op} {fields} gave {got}")

    def read(self, path, **fields):
        self.send("file_read", path=path, **fields)
        data, event = bytearray(), None
        while True:
            frame = self.wire.recv_frame()
            assert frame, "the stream ended"
            if frame.type == "D":
                data += frame.payload
            elif frame.type == "V":
                event = json.loads(frame.payload)
            elif frame.type == "R":
                return Read(event, bytes(data), json.loads(frame.payload))
            elif frame.type == "E":
                raise WireError(json.loads(frame.payload))

    def begin_write(self, path, op="file_write", **fields):
        self.send(op, path=path, **fields)
        frame = self.wire.recv_frame()
        if frame.type == "E":
            raise WireError(json.loads(frame.payload))
        equal(frame.type, "V", "frame")
        return json.loads(frame.payload)

    def write(self, path, data, part=FRAME_MAX, **fields):
        """Uploads within the windows."""
        window = self.begin_write(path, **fields)["window_bytes"]
        at = 0
        while True:
            while at < len(data) and window:
                piece = data[at:at + min(window, part)]
                self.wire.send_frame("D", piece)
                at += len(piece)
                window -= len(piece)
            if at == len(data):
                self.wire.send_frame("Z")
                at += 1
            frame = self.wire.recv_frame()
            assert frame, "the stream ended"
            if frame.type == "W":
                window += struct.unpack("<I", frame.payload)[0]
            elif frame.type == "R":
                return json.loads(frame.payload)
            elif frame.type == "E":
                raise WireError(json.loads(frame.payload))


def worker_pids(agent):
    """The agent's children that are workers; one that has just been cloned has not got its name yet, and does not count."""
    return [pid for pid in children_of(agent.pid) if name_of(pid) == "pith-worker"]


def put(path, data=b"", mode=0o644):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)
    return path


def get(path):
    with open(path, "rb") as file:
        return file.read()


def end_of(pid, number):
    """Sends a signal now and forgets it if nobody is there."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


__all__ = ["Files", "Read", "cleanup", "end_of", "get", "name", "put", "unname", "worker_pids"]


class Cut:
    """
    Passes bytes on between pith and the agent; closes both when so many have gone to the agent, or have come back. Only the first of
    several connections is cut.
    """

    def __init__(self, agent, after=1 << 40, back=1 << 40, connections=1):
        self.agent, self.after, self.back, self.connections, self.sent, self.received = agent, after, back, connections, 0, 0
        self.address = "unix:" + os.path.join(directory(), "cut.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.address[5:])
        self.listener.listen(1)
        self.listener.settimeout(20)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        cleanup(self.close)
        self.thread.start()

    def close(self):
        self.thread.join(20)
        self.listener.close()

    def serve(self):
        while self.connections:
            client, _ = self.listener.accept()
            self.connections -= 1
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(self.agent.address.partition(":")[2])
                other = threading.Thread(target=self.pass_back, args=(server, client), daemon=True)
                other.start()
                self.pass_on(client, server)
                other.join(20)
            self.after = self.back = 1 << 40

    def pass_on(self, client, server):
        while self.sent < self.after and (count := self.move(client, server)):
            self.sent += count
        self.end(client, server)

    def pass_back(self, server, client):
        while self.received < self.back and (count := self.move(server, client)):
            self.received += count
        self.end(client, server)

    @staticmethod
    def move(source, target):
        """How many bytes went on; 0: the end."""
        try:
            data = source.recv(1 << 16)
            target.sendall(data)
            return len(data)
        except OSError:
            return 0

    @staticmethod
    def end(*ends):
        for one in ends:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
