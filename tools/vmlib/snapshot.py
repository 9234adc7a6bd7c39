# SPDX-License-Identifier: Apache-2.0
"""Snapshots of whole VMs by QEMU: its memory, its devices and copies of its disks in a directory; VMs made from that.

The vsock card is taken out before and a new one with another CID put in after: a vhost-user card cannot be saved. To
the guest both is what a restore looks like on every VMM: its connections are reset, its listener goes on.

Owns: $PITH_CACHE/snapshots/NAME with memory, disk0… and snapshot.json, which is written last.
Never: leaves a guest without its vsock card or stopped because a later step failed.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import time

from vmlib import guest, keeper, machine, state
from vmlib.qmp import Monitor

# The guest's kernel takes 0.3 s to let a card go, emulated; behind a port it first waits 5 s for a second press of the port's button.
UNPLUG_S = 20
PLUG_S = 15
# From the guest's last word to its device until that has handled it.
SETTLE_S = 0.05
VSOCK = "/machine/peripheral/vsock/virtio-backend"
# Longer than any bound of the guest itself.
PITH_S = 300
# 256 MiB take a second; a large guest on a slow disk takes more.
SAVE_S = 300


def directory_of(name):
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", name):
        raise state.Failure(f"not a name for a snapshot: {name} (letters, digits, . _ -; at most 32)")
    return os.path.join(machine.cache_directory(), "snapshots", name)


def load(name):
    try:
        with open(os.path.join(directory_of(name), "snapshot.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        raise state.Failure(f"there is no snapshot {name}") from None


def pith(record, *words):
    """A command of the host to the guest; returns its answer."""
    result = subprocess.run([guest.pith_program(), "--vm", record["address"], *words, "--json"], capture_output=True,
                            stdin=subprocess.DEVNULL, text=True, timeout=PITH_S, check=False)
    if result.returncode != 0:
        raise state.Failure(f"{record['name']}: {words[0]}: {result.stderr.strip().removeprefix('pith: ')}")
    return json.loads(result.stdout)


def unplug(qmp):
    qmp.command("device_del", id="vsock")
    qmp.wait_event("DEVICE_DELETED", UNPLUG_S, device="vsock")
    if any(chardev["label"] == "vsock-chardev" for chardev in qmp.command("query-chardev")):
        qmp.command("chardev-remove", id="vsock-chardev")


def plug(qmp, runtime, record):
    backend, device = machine.vsock_frontend(machine.arch_for(record["machine"]), runtime, record["cid"])
    if backend:
        qmp.command("chardev-add", id="vsock-chardev", backend=backend)
    qmp.command("device_add", **device)


def driver_is_there(qmp):
    """The guest's driver has filled the last of its rings, that of events."""
    status = qmp.command("x-query-virtio-status", path=VSOCK)
    if not any("DRIVER_OK" in line for line in status["status"]["statuses"]):
        return False
    ring = qmp.command("x-query-virtio-queue-status", path=VSOCK, queue=2)
    index = qmp.command("human-monitor-command", **{"command-line": f"xp /1hx {ring['vring-avail'] + 2}"})
    return int(index.split()[-1], 16) > 0


def let_run(qmp):
    """Until the guest's driver has the new card, and the device has seen what it did.

    vhost-device-vsock 0.3.0 can lock itself up for good when it is dialed while the guest sets up its rings.
    """
    qmp.command("cont")
    qmp.wait_until("the guest's driver of the new vsock card", PLUG_S, driver_is_there)
    time.sleep(SETTLE_S)


def is_saved(qmp):
    answer = qmp.command("query-migrate")
    if answer.get("status") in ("failed", "cancelled"):
        raise state.Failure(f"QEMU could not save the VM: {answer.get('error-desc', answer['status'])}")
    return answer.get("status") == "completed"


def save(qmp, record, directory):
    """Memory, devices, disks of a VM that stands still: one moment."""
    path = os.path.join(directory, "memory")
    qmp.command("migrate", uri=f"exec:cat > {shlex.quote(path)}")
    qmp.wait_until("saving the VM", SAVE_S, is_saved)
    save_disks(record, directory)


def save_disks(record, directory):
    for number, disk in enumerate(record["machine"]["disks"]):
        if not disk["readonly"]:
            machine.copy_disk(disk["path"], os.path.join(directory, f"disk{number}"))


def running_record(runtime):
    record = runtime.load()
    if not guest.is_running(record):
        raise state.Failure(f"{runtime.name} does not run")
    if record["machine"]["icount"]:
        raise state.Failure(f"{runtime.name} runs with --icount, which QEMU cannot save")
    return record


def take_memory(runtime, record, directory, stop):
    with Monitor(runtime.socket("qmp.sock")) as qmp:
        unplug(qmp)
        try:
            qmp.command("stop")
            save(qmp, record, directory)
        except BaseException:
            stop = False
            raise
        finally:
            if not stop:
                plug(qmp, runtime, record)
                let_run(qmp)


def take(runtime, record, directory, options):
    """Returns the guest's answer to quiesce, or None."""
    quiesced = None
    if not options.no_quiesce:
        quiesced = pith(record, "quiesce", "--mode", options.mode, "--ttl", options.ttl)
    try:
        if options.mode == "disk":
            save_disks(record, directory)
        else:
            take_memory(runtime, record, directory, options.stop)
    except BaseException:
        if quiesced:
            with contextlib.suppress(state.Failure):
                pith(record, "resume", "--force", "--sockets", "keep")
        raise
    if options.stop:
        guest.end_keeper(record)
    elif quiesced:
        # The guest of a disk snapshot was never away; the other's clock stood still, and it lost its vsock card.
        end = ("thaw",) if options.mode == "disk" else ("resume", "--sockets", "keep")
        pith(record, *end, "--token", quiesced["token"])
    return quiesced


def command_snapshot(options):
    directory, runtime, began = directory_of(options.snapshot), state.Runtime(options.name), time.monotonic()
    if os.path.exists(directory):
        raise state.Failure(f"there is a snapshot {options.snapshot} already (tools/vm forget {options.snapshot})")
    part = f"{directory}.{os.getpid()}.part"
    running_record(runtime)  # before the lock, which would make a directory for a name that never was
    with runtime.lock():
        record = running_record(runtime)
        os.makedirs(part, mode=0o700)
        try:
            quiesced = take(runtime, record, part, options)
            saved = {"machine": record["machine"], "accelerator": record["accelerator"], "vm": runtime.name,
                     "mode": options.mode, "quiesced": quiesced, "at": time.time()}
            with open(os.path.join(part, "snapshot.json"), "w", encoding="utf-8") as file:
                json.dump(saved, file)
            os.rename(part, directory)
        except BaseException:
            shutil.rmtree(part)
            raise
    guest.say(f"{runtime.name}: saved as {options.snapshot} in {time.monotonic() - began:.2f} s")
    return 0


def launch(runtime, name, saved, until):
    """Starts a QEMU that waits for the snapshot. Returns the record and the keep pipe."""
    directory = directory_of(name)

    def disks_for(runtime):
        disks = []
        for number, disk in enumerate(saved["machine"]["disks"]):
            if not disk["readonly"]:
                disk = {"path": runtime.path(f"disk{number}"), "readonly": False}
                machine.copy_disk(os.path.join(directory, f"disk{number}"), disk["path"])
            disks.append(disk)
        return disks

    options = argparse.Namespace(**saved["machine"], until=until)
    if saved["mode"] != "disk":
        options.incoming = os.path.join(directory, "memory")
    return guest.launch(runtime, options, saved["accelerator"], disks_for)


def is_loaded(qmp):
    return qmp.command("query-status")["status"] != "inmigrate"


def go_on(runtime, record, saved, seconds):
    """Until the agent can be dialed."""
    if saved["mode"] == "disk":
        guest.wait_for_agent(runtime, record, seconds)
        return
    with Monitor(runtime.socket("qmp.sock")) as qmp:
        qmp.wait_until("loading the snapshot", SAVE_S, is_loaded)
        plug(qmp, runtime, record)
        let_run(qmp)


def resume(record, saved):
    """A guest of its own, with the VM's name."""
    if saved["mode"] != "disk":
        token = ("--token", saved["quiesced"]["token"]) if saved["quiesced"] else ()
        pith(record, "resume", "--hostname", record["name"], "--machine-id", "new", "--boot-id", "new", *token)


def bring_up(started, saved, seconds, resumes):
    began = time.monotonic()
    for runtime, record, _ in started:
        if "ended" in record:
            raise state.Failure(record["ended"])
        go_on(runtime, record, saved, seconds)
    for runtime, record, _ in started:
        guest.wait_for_hello(runtime, record, max(began + seconds - time.monotonic(), 1))
        if resumes:
            resume(record, saved)
        guest.say(f"{runtime.name}: ready after {time.monotonic() - began:.2f} s")


def command_restore(options):
    saved, base = load(options.snapshot), options.name or options.snapshot
    if not 1 <= options.clones <= 64:
        raise state.Failure("--clones takes 1 to 64")
    seconds = state.parse_duration(options.timeout)
    names = [base] if options.clones == 1 else [f"{base}-{number}" for number in range(1, options.clones + 1)]
    started = []
    try:
        for name in names:
            runtime = state.Runtime(name)
            started.append((runtime, *launch(runtime, options.snapshot, saved, options.until)))
        bring_up(started, saved, seconds, not options.no_resume)
        for _, _, pipe in started:
            os.write(pipe, keeper.KEEP)
    except BaseException as error:
        if isinstance(error, state.Failure) and started:
            guest.last_words(started[-1][0])
        for _, record, _ in started:
            guest.end_keeper(record)
        raise
    for _, record, _ in started:
        print(record["address"], flush=True)
    return 0


def command_forget(options):
    load(options.snapshot)
    shutil.rmtree(directory_of(options.snapshot))
    return 0


def add_arguments(commands):
    snapshot = commands.add_parser("snapshot", help="saves a VM's memory and disks; the VM goes on")
    snapshot.add_argument("--name", default="default", help="of the VM; %(default)s if not given")
    snapshot.add_argument("--mode", default="memory", choices=("memory", "disk", "template"),
                          help="disk: of the disks alone; %(default)s if not given")
    snapshot.add_argument("--ttl", default="60s", help="when the guest thaws by itself; %(default)s if not given")
    snapshot.add_argument("--no-quiesce", action="store_true", help="without a word to the guest")
    snapshot.add_argument("--stop", action="store_true", help="the VM ends instead")
    restore = commands.add_parser("restore", help="starts VMs from a snapshot")
    restore.add_argument("--name", help="of the VM, or of VMs NAME-1, NAME-2 …; the snapshot's if not given")
    restore.add_argument("--clones", type=int, default=1, metavar="N", help="so many VMs, side by side")
    restore.add_argument("--no-resume", action="store_true", help="leave the guests as they were saved: programs frozen")
    restore.add_argument("--timeout", default="60s", help="for the agents' hello; %(default)s if not given")
    restore.add_argument("--until", type=int, metavar="PID", help="end the VMs when this process ends")
    forget = commands.add_parser("forget", help="removes a snapshot")
    for command in (snapshot, restore, forget):
        command.add_argument("snapshot", metavar="SNAPSHOT", help="its name")
    return {"snapshot": command_snapshot, "restore": command_restore, "forget": command_forget}
