# SPDX-License-Identifier: Apache-2.0
"""What tests with real snapshots have in common: a guest with a disk and a card, its state, and what the witness in it saw."""

import json
import os
import subprocess

from lib.disks import disk
from lib.tap import build, cleanup, equal, guest_build, wait_for
from lib.vm_guest import Guest, cache_directory, edit, make_image
from lib.wire import Wire


def guest_with_disk(label):
    """/dev/vda is an empty ext4, eth0 is there."""
    image = make_image(label, lambda recipe: edit(recipe, "modules", lambda text: text + "virtio_blk\nvirtio_net\n"))
    # An emulated TSC is measured at boot against a timer that is late on a loaded machine: the clock then runs at a wrong rate.
    return Guest(label, "--image", image, "--disk", disk("blank", label), "--net", "--append", "clocksource=acpi_pm")


def prepare(vm):
    """The disk on /data, the witness (tests/fixtures/witness.c) at work."""
    equal(vm.pith("cp", guest_build("tests/fixtures/witness"), ":/tmp/witness").returncode, 0)
    vm.out("mkdir /data && mount -t ext4 /dev/vda /data && touch /etc/machine-id && ip addr add 10.0.2.15/24 dev eth0 && "
           "ip link set eth0 up")
    with Wire(vm.address, timeout=30) as wire:
        wire.request("exec", argv=["/tmp/witness"], id="witness", detach=True)
    wait_for(lambda: len(witness_lines(vm)) >= 2, 20, "the witness's first words")


def wire_to(guest):
    """A connection until the end of the test."""
    wire = Wire(guest.address, timeout=30)
    cleanup(wire.close)
    return wire


def status_of(guest):
    result = guest.pith("snapshot-status", "--json")
    equal(result.returncode, 0, result.stderr)
    return json.loads(result.stdout)


def wait_for_event(guest, event):
    """Until the guest has dialed the host with it, as a VM of tools/vm does."""
    listen = f"hybrid:{guest.path('vsock.sock')}:1002"
    done = subprocess.run([build("pith"), "wait-ready", "--listen", listen, "--event", event, "--timeout", "30s"],
                          capture_output=True, text=True, timeout=60, check=False)
    equal(done.returncode, 0, done.stderr)


def witness_lines(guest):
    """What the witness has written so far: the lines of its two processes."""
    result = guest.pith("logs", "witness")
    equal(result.returncode, 0, result.stderr)
    return [json.loads(line) for line in result.stdout.splitlines()]


def changes_of(guest):
    return [line for line in witness_lines(guest) if line["event"] == "change"]


def keys_of(guest):
    return [line for line in witness_lines(guest) if line["event"] == "key"]


def states_of(guest):
    """{exec: its state}"""
    with Wire(guest.address, timeout=30) as wire:
        return {row["id"]: row["state"] for row in wire.request("list")["execs"]}


def directory_of(snapshot):
    cache = cache_directory()
    return os.path.join(cache, "snapshots", snapshot)


def disk_of(snapshot):
    """The copy of the first disk."""
    return os.path.join(directory_of(snapshot), "disk0")
