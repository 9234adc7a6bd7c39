# SPDX-License-Identifier: Apache-2.0
"""An agent with network interfaces, an /etc and a host name of its own, and the other ends of the interfaces in another namespace.

    net = Net(2)                        # eth0 and eth1 for the agent, p0 and p1 for the peer
    net.peer("ip", "addr", "add", "10.9.0.1/24", "dev", "p0")
    net.set(network={"interfaces": [{"name": "eth0", "addresses": ["10.9.0.2/24"]}]})
"""

import ctypes
import json
import os
import select
import subprocess
import sys

from lib.namespaces import own_namespaces
from lib.tap import SLOW, cleanup, equal, start
from lib.wire import start_agent

BUSYBOX = "/bin/busybox"
MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096
_libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0):
    words = [word.encode() if word else None for word in (source, target, kind)]
    if _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), None) < 0:
        raise OSError(ctypes.get_errno(), f"mount on {target}")


class Net:
    """prepare(): in the agent's own mount namespace, where /etc and /run are empty."""

    def __init__(self, interfaces=1, prepare=None):
        self.prepare = prepare
        self.agent = start_agent(preexec_fn=self._enter)
        self.process = None
        if interfaces:
            self._connect(interfaces)
        self.wire = self.agent.wire()

    def _enter(self):
        own_namespaces()
        for name in os.listdir("/etc"):
            os.unlink(os.path.join("/etc", name))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        if self.prepare:
            self.prepare()

    def _connect(self, interfaces):
        # Says a word when it is in its namespace, and stays.
        self.process = start(["unshare", "-n", "sh", "-c", "ip link set lo up && echo in && exec sleep 600"], stdout=subprocess.PIPE)
        cleanup(self.process.stdout.close)
        assert select.select([self.process.stdout], [], [], 10 * SLOW)[0], "no namespace for the peer"
        equal(self.process.stdout.readline(), b"in\n")
        lines = []
        for number in range(interfaces):
            subprocess.run(["ip", "link", "add", f"p{number}", "netns", str(self.process.pid), "type", "veth", "peer", "name",
                            f"eth{number}", "netns", str(self.agent.pid)], check=True)
            lines += [f"echo 0 >/proc/sys/net/ipv6/conf/p{number}/accept_dad", f"ip link set p{number} up"]
        self.peer("sh", "-c", " && ".join(lines))

    def _inside(self, pid, argv, **kwargs):
        return subprocess.run(["nsenter", "-t", str(pid), "-n", *argv], check=True, capture_output=True, text=True, timeout=10 * SLOW,
                              **kwargs).stdout

    def peer(self, *argv):
        """A command in the peer's network; its output."""
        return self._inside(self.process.pid, argv)

    def ip(self, *argv):
        """What ip(8), which knows nothing of pith, says about the guest's network."""
        return json.loads(self._inside(self.agent.pid, ["ip", "-j", *argv]) or "[]")

    def change(self, *argv):
        """Somebody else changes the guest's network, by ip(8)."""
        self._inside(self.agent.pid, ["ip", *argv])

    def change_all(self, commands):
        self._inside(self.agent.pid, ["ip", "-batch", "-"], input="".join(commands))

    def addresses(self, name="eth0"):
        """Without the link-local ones, which the kernel makes."""
        return sorted(f"{info['local']}/{info['prefixlen']}" for link in self.ip("addr", "show", name)
                      for info in link["addr_info"] if info["scope"] == "global")

    def set(self, **fields):
        """A network_set in which nothing may fail; what it changed."""
        result = self.wire.request("network_set", **fields)
        equal(result["failures"], [], "failures")
        equal(len(result["changes"]), result["changed"], "changes")
        return result["changes"]

    def apply(self, *interfaces, **network):
        """The same of interfaces alone, and once more: that must change nothing."""
        changes = self.set(network={"interfaces": list(interfaces), **network})
        equal(self.set(network={"interfaces": list(interfaces), **network}), [], "changes of the second time")
        return [change["path"].removeprefix("network.") + ": " + change["what"] for change in changes]

    def run(self, *argv, **fields):
        """A busybox command in the guest; its stdout."""
        done = self.wire.exec([BUSYBOX, *argv], **fields)
        equal((done.record["cause"], done.record.get("code"), done.stderr), ("exited", 0, b""))
        return done.stdout

    def read(self, path):
        """A file as programs of the guest see it."""
        return self.run("cat", path).decode()


# In the peer: takes one connection or datagram, answers it in capitals.
SERVER = """
import socket, sys
kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind((address, port))
if kind == "tcp":
    sock.listen()
print("up", flush=True)
if kind == "tcp":
    conn, peer = sock.accept()
    conn.sendall(conn.recv(100).upper())
    conn.close()
else:
    data, peer = sock.recvfrom(100)
    sock.sendto(data.upper(), peer)
print(peer[0], flush=True)
"""


def serve(pid, kind, address, port):
    """A server in a network namespace, listening when this returns."""
    server = start(["nsenter", "-t", str(pid), "-n", "python3", "-c", SERVER, kind, address, str(port)], stdout=subprocess.PIPE, text=True)
    cleanup(server.stdout.close)
    assert select.select([server.stdout], [], [], 10 * SLOW)[0], "the server does not come up"
    equal(server.stdout.readline(), "up\n")
    return server


CLIENT = """
import socket, sys
kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.settimeout(float(sys.argv[4]))
sock.connect((address, port))
sock.send(b"hello")
print(sock.recv(100).decode())
"""


def talk(from_pid, to_pid, kind, address, port):
    """One question and answer from a namespace to a server in another; the address that the server saw."""
    server = serve(to_pid, kind, address, port)
    answer = subprocess.run(["nsenter", "-t", str(from_pid), "-n", "python3", "-c", CLIENT, kind, address, str(port), str(5 * SLOW)],
                            capture_output=True, text=True, timeout=10 * SLOW, check=False)
    equal((answer.stdout, answer.stderr), ("HELLO\n", ""), f"{kind} to {address}")
    return server.stdout.readline().strip()
