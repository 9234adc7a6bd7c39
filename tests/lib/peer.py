# SPDX-License-Identifier: Apache-2.0
"""Peers that are not an agent: a unix socket served by a script of the test, and pith that meets it."""

import os
import shutil
import socket
import tempfile
import threading
import time

from lib.tap import SLOW, build, cleanup, contains, equal, run
from lib.wire import FRAME_MAX, JSON_MAX

HELLO = {"pith": "9.9.9", "protocol_min": 1, "protocol_max": 1, "boot_id": "b", "generation": "0" * 32, "features": ["exec"],
         "limits": {"frame_bytes": FRAME_MAX, "json_bytes": JSON_MAX, "connections": 4, "execs": 4}}


def directory():
    path = tempfile.mkdtemp(prefix="pith-test.")
    cleanup(shutil.rmtree, path)
    return path


class Peer:
    """Serves a unix socket: script(socket) runs for each connection, and the socket is closed behind it."""

    def __init__(self, script, kind="unix"):
        self.path = os.path.join(directory(), "peer.sock")
        self.address = f"{kind}:{self.path}"
        self.script = script
        self.failure = None
        self.connections = 0
        self.done = threading.Event()  # the test is over: scripts that wait for nothing else end
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        cleanup(self._end)

    def _serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.done.is_set():
                sock.close()
                return
            self.connections += 1
            sock.settimeout(10 * SLOW)
            try:
                self.script(sock)
            except (BrokenPipeError, ConnectionResetError):
                pass
            except Exception as error:
                self.failure = error
            sock.close()

    def _end(self):
        self.done.set()
        with socket.socket(socket.AF_UNIX) as wake:
            wake.connect(self.path)
        self.thread.join()
        self.listener.close()
        assert self.failure is None, f"the peer's script failed: {self.failure!r}"

    def wait_until_over(self, sock):
        """Until pith has closed: the silent peers' only duty."""
        try:
            while sock.recv(65536):
                pass
        except ConnectionResetError:
            pass


def pith(*args, seconds=10, **kwargs):
    return run([build("pith"), *args], seconds=seconds, **kwargs)


def refuses(peer, sentence, *args, limit=3, **kwargs):
    """pith fails with 125 and one line that holds the sentence, and in time."""
    address = peer if isinstance(peer, str) else peer.address
    began = time.monotonic()
    done = pith("--vm", address, *(args or ("ping",)), **kwargs)
    took = time.monotonic() - began
    equal(done.returncode, 125, "exit status")
    contains(done.stderr, sentence)
    equal(done.stderr.count("\n"), 1, "lines on stderr")
    assert done.stderr.startswith("pith: "), done.stderr
    assert took < limit * SLOW, f"it took {took:.1f} s"
    return done
