# SPDX-License-Identifier: Apache-2.0
"""A shell at a terminal of the test, which types into it and reads what the shell shows."""

import os
import pty
import select
import time

from lib.tap import SLOW, cleanup, start

COLUMNS, ROWS = 200, 50


class Typist:
    def __init__(self, argv, environment):
        master, slave = pty.openpty()
        self.fd, self.seen = master, ""
        cleanup(os.close, master)
        os.set_blocking(master, False)
        self.process = start(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                             env={**environment, "TERM": "dumb", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)})
        os.close(slave)

    def read_until(self, *parts, seconds=8):
        """What the shell has shown since the last call, which holds all the parts."""
        deadline = time.monotonic() + seconds * SLOW
        while not all(part in self.seen for part in parts):
            left = deadline - time.monotonic()
            assert left > 0, f"not within {seconds * SLOW} s: {[part for part in parts if part not in self.seen]} in {self.seen!r}"
            if select.select([self.fd], [], [], left)[0]:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
        seen, self.seen = self.seen, ""
        return seen

    def send(self, text):
        os.write(self.fd, text.encode())

    def do(self, command):
        """A line whose end is told by a word that the line itself does not hold."""
        self.send(command + "; echo do''ne\r")
        self.read_until("done")
