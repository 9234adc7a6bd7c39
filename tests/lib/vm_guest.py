# SPDX-License-Identifier: Apache-2.0
"""Guests for the vm ring: a VM by tools/vm, commands in it by the pith program.

    vm = Guest("main")                  # boots when first used; ends with this process, or with vm.stop()
    vm.sh("echo $((6 * 7))")            # subprocess.CompletedProcess with bytes
    vm.serial()                         # what the guest wrote to its serial port

A boot costs seconds, so a test file shares one guest among its claims where it can.
"""

import atexit
import glob
import json
import os
import shutil
import subprocess
import sys

from lib.tap import ROOT, SLOW, bound_tests, build, diag, equal, guest_build, wait_for

sys.path.append(os.path.join(ROOT, "tools"))
from common import cache_directory  # noqa: E402
from vmlib import machine, state  # noqa: E402
from vmlib.qmp import Monitor  # noqa: E402

VM = os.path.join(ROOT, "tools/vm")
# An emulated guest on a loaded machine: seconds become tens of them.
BOOT_S = 60
COMMAND_S = 60
# Each may be the one that boots.
bound_tests(BOOT_S + COMMAND_S)


def tool_environment():
    return dict(os.environ, PITH_BUILD=build(), PITH_IMAGE=guest_build("image/minimal"))


def tool(*words, seconds=BOOT_S + 30, **kwargs):
    """tools/vm with these words, output captured."""
    return subprocess.run([VM, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds * SLOW, env=tool_environment(), check=False, **kwargs)


def kernel_directory():
    cache = cache_directory()
    return os.environ.get("PITH_GUEST_KERNEL") or os.path.join(cache, "kernel")


def is_arm():
    """True where the guests are of aarch64, on QEMU's virt board."""
    return machine.arch_of(guest_build("image/minimal/kernel")) is machine.AARCH64


def exit_status(append=""):
    """Words for tools/vm start, by which QEMU gets the guest's exit status: from a device that only the pc has."""
    if is_arm():
        return "--append", append
    return "--device", "isa-debug-exit,iobase=0xf4,iosize=0x1", "--append", f"pith.exit_port=0xf4 {append}"


def is_builtin(module):
    """True if the kernel has it without a module: vsock_loopback, fuse."""
    names = glob.glob(os.path.join(kernel_directory(), "lib/modules/*/modules.builtin"))
    with open(names[0], encoding="utf-8") as file:
        return any(os.path.basename(line.rstrip()).replace("-", "_") == f"{module}.ko" for line in file)


def load_module(run, module):
    """Loads a module of the guest's kernel that its image does not have; run(script, data) runs a shell script in the guest."""
    if is_builtin(module):
        return
    path = glob.glob(os.path.join(kernel_directory(), f"lib/modules/*/kernel/**/{module}.ko"), recursive=True)[0]
    with open(path, "rb") as source:
        run(f"cat >/tmp/{module}.ko && insmod /tmp/{module}.ko", source.read())


def make_image(name, change=None):
    """The minimal image after change(recipe_directory), which may edit the recipe; returns the image's directory."""
    directory = build(f"tests/vm/{name}")
    recipe = os.path.join(directory, "recipe")
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "images/minimal"), recipe)
    if change:
        change(recipe)
    subprocess.run([os.path.join(ROOT, "rootfs/mkimage"), recipe, guest_build(), kernel_directory(), directory], check=True)
    return directory


def edit(recipe, name, function):
    """Replaces the text of a recipe's file by function(text)."""
    path = os.path.join(recipe, name)
    with open(path, encoding="utf-8") as file:
        before = file.read()
    after = function(before)
    assert after != before, f"the change of {name} changed nothing"
    with open(path, "w", encoding="utf-8") as file:
        file.write(after)


class Guest:
    def __init__(self, label, *words):
        self.label, self.name = label, f"test-{os.getpid()}-{label}"
        self.words = words
        self._address = None

    @property
    def address(self):
        if self._address is None:
            self.start()
        return self._address

    def start(self):
        atexit.register(self.stop)
        result = tool("start", "--name", self.name, "--until", str(os.getpid()), "--timeout", f"{BOOT_S * SLOW}s",
                      *self.words)
        if result.returncode != 0:
            diag(result.stderr)
        assert result.returncode == 0, "tools/vm start"
        self._address = result.stdout.splitlines()[-1]
        return result

    def stop(self):
        tool("stop", "--name", self.name, "--forget")

    def snapshot(self, label, *words):
        """Saves the VM; returns the snapshot's name for restore(). It is removed at the end."""
        name = f"test-{os.getpid()}-{label}"
        atexit.register(tool, "forget", name)
        result = tool("snapshot", name, "--name", self.name, *words)
        assert result.returncode == 0, result.stderr
        return name

    def command(self, *words):
        return [build("pith"), "--vm", self.address, *words]

    def pith(self, *words, data=b"", seconds=COMMAND_S):
        return subprocess.run(self.command(*words), input=data, capture_output=True, timeout=seconds * SLOW,
                              check=False)

    def run(self, *argv, data=b"", seconds=COMMAND_S):
        return self.pith("exec", "--", *argv, data=data, seconds=seconds)

    def sh(self, script, data=b"", seconds=COMMAND_S):
        return self.run("sh", "-c", script, data=data, seconds=seconds)

    def out(self, script):
        """The stdout of a script that has to succeed."""
        result = self.sh(script)
        assert result.returncode == 0, f"status {result.returncode}: {result.stderr.decode(errors='replace')}"
        return result.stdout.decode()

    def info(self):
        result = self.pith("info", "--json")
        assert result.returncode == 0, result.stderr.decode()
        return json.loads(result.stdout)

    def path(self, name):
        """Of a file in the VM's runtime directory."""
        return state.Runtime(self.name).path(name)

    def qmp(self):
        """QEMU's monitor: with vm.qmp() as qmp: qmp.command("system_powerdown")."""
        return Monitor(state.Runtime(self.name).socket("qmp.sock"))

    def plug(self, driver, **properties):
        """A card that comes while the guest runs; one at most."""
        arch = machine.arch_for(state.Runtime(self.name).load()["machine"])
        with self.qmp() as qmp:
            qmp.command("device_add", driver=driver, **properties, **machine.bus_for(arch, 1))

    def end(self):
        """Why the VM is over: 'the guest went down', 'qemu ended with status 7' …; None while it runs."""
        return state.Runtime(self.name).load().get("ended")

    def ends_with(self, status, seconds=BOOT_S):
        """Waits for the end of a VM that was started with exit_status(), and looks at it where there is that device."""
        wait_for(self.end, seconds, "the end of QEMU")
        equal(self.end(), "the guest went down" if is_arm() else f"qemu ended with status {2 * status + 1}")

    def cid(self):
        return state.Runtime(self.name).load()["cid"]

    def qemu(self):
        """QEMU's pid."""
        return state.Runtime(self.name).load()["qemu"]["pid"]

    def serial(self):
        return tool("console", "--name", self.name).stdout

    def is_running(self):
        return tool("status", "--name", self.name).returncode == 0

    def wait_for_line(self, part, seconds=BOOT_S):
        """Waits until the serial log has the text; fails with the log's end."""
        try:
            wait_for(lambda: part in self.serial(), seconds, f"{part!r} on the serial port")
        except AssertionError:
            diag("\n".join(self.serial().splitlines()[-20:]))
            raise


def restore(snapshot, count=1, *words):
    """Guests made of a snapshot, side by side."""
    names = [snapshot] if count == 1 else [f"{snapshot}-{number}" for number in range(1, count + 1)]
    guests = []
    for name in names:
        guest = Guest("")
        guest.name = name
        atexit.register(guest.stop)
        guests.append(guest)
    result = tool("restore", snapshot, "--clones", str(count), "--until", str(os.getpid()), "--timeout",
                  f"{BOOT_S * SLOW}s", *words)
    if result.returncode != 0:
        diag(result.stderr)
    assert result.returncode == 0, "tools/vm restore"
    for guest, address in zip(guests, result.stdout.splitlines(), strict=True):
        guest._address = address
    return guests
