# SPDX-License-Identifier: Apache-2.0
"""QEMU's monitor: one connection, commands and their answers, events as they come.

Never: waits without an end. A QEMU that does not answer is a Failure.
"""

import contextlib
import json
import socket
import time

from common import Failure

# QEMU makes its socket some 100 ms after its start; a loaded machine takes longer.
CONNECT_S = 10
# Of any command: QEMU answers at once, or it hangs.
ANSWER_S = 10


class Monitor:
    """with Monitor(path) as qmp: qmp.command("stop")"""

    def __init__(self, path, answer_s=ANSWER_S):
        self.socket = socket.socket(socket.AF_UNIX)
        self.answer_s = answer_s
        self.events = []
        self.rest = b""
        try:
            self._connect(path)
            self._read(time.monotonic() + self.answer_s)  # its greeting
            self.command("qmp_capabilities")
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _connect(self, path):
        deadline = time.monotonic() + CONNECT_S
        while True:
            try:
                self.socket.settimeout(self.answer_s)
                self.socket.connect(path)
                return
            except (FileNotFoundError, ConnectionRefusedError) as error:
                if time.monotonic() > deadline:
                    raise Failure(f"QEMU's monitor {path}: {error.strerror}") from None
            time.sleep(0.01)

    def _read(self, deadline):
        """The next message."""
        while b"\n" not in self.rest:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                got = self.socket.recv(65536)
            except TimeoutError:
                raise Failure("QEMU's monitor does not answer") from None
            except OSError as error:
                raise Failure(f"QEMU's monitor: {error.strerror}") from None
            if not got:
                raise Failure("QEMU ended while it was asked something")
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def command(self, name, **arguments):
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        deadline = time.monotonic() + self.answer_s
        while True:
            message = self._read(deadline)
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise Failure(f"QEMU: {name}: {message['error']['desc']}")
            elif "return" in message:
                return message["return"]

    def wait_event(self, name, seconds, **members):
        """Until an event of that name came, whose data holds those members; what came before counts too."""
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events:
                data = event.get("data", {})
                if event["event"] == name and all(data.get(key) == value for key, value in members.items()):
                    self.events.remove(event)
                    return data
            message = self._read(deadline)
            if "event" in message:
                self.events.append(message)

    def wait_until(self, what, seconds, function):
        """Calls function(self) until it returns something true."""
        deadline = time.monotonic() + seconds
        while True:
            got = function(self)
            if got:
                return got
            if time.monotonic() > deadline:
                raise Failure(f"QEMU: {what} took more than {seconds} s")
            time.sleep(0.01)


def quit_by_monitor(path, seconds):
    """QEMU's own way out, where the guest does not listen."""
    with contextlib.suppress(OSError, Failure), Monitor(path, seconds) as qmp:
        qmp.command("quit")
