# SPDX-License-Identifier: Apache-2.0
"""What a flavour of kernel-config/ promises, as claims: tests/kernel/all calls claim().

The program tests/fixtures/capabilities.c tries each promise in a guest; a promise belongs to the fragment that its name begins with, and
a flavour promises what its fragments do. Then the ring of VM tests runs on the flavour, and its way to PID 1 is counted.
"""

import os
import re
import shutil
import tempfile

from lib.kernel.container import claim_containers
from lib.kernel.flavours import Flavour, build_of, kernel_of
from lib.snapshots import status_of, wait_for_event
from lib.tap import ROOT, cleanup, contains, diag, equal, run, test, wait_for
from lib.vm_guest import Guest, restore

# Programs of the VM ring about what a kernel without modules does not have, or no kernel has a part in.
NOT_OF_A_KERNEL = {"boot-faults", "vm-tool", "images", "image-sources"}
# Those that need a fragment: overlays and read-only roots, loop devices and quotas; a card that is taken out or put in; dummies.
NEEDS = {"changes": "filesystems", "files": "filesystems", "mounts": "filesystems", "root": "filesystems", "clones": "hotplug",
         "virtiofs": "hotplug", "network": "container"}
# Those of which a part is run, by parts of sentences: Ctrl-Alt-Del would need a keyboard, which no flavour looks for.
PARTS = {"power": ("the power button", "/sbin/poweroff")}
MIB = 1 << 20


def claim_capabilities(flavour):
    for name in flavour.names():
        def holds(name=name):
            good, said = flavour.answers[name]
            if not good:
                diag("\n".join(said))
            assert good, name
        fragment, sentence = name.split("_", 1)
        test(f"{flavour.name}: {fragment}: {sentence.replace('_', ' ')}", 600)(holds)


def claim_host_side(flavour):
    """Promises that need the host's hand."""
    @test(f"{flavour.name}: the host takes memory back by the balloon, and gives it again", 120)
    def _():
        guest = flavour.start()
        before = memory_of(guest)
        qmp(guest, "balloon", value=400 * MIB)
        wait_for(lambda: memory_of(guest) < before - 200 * MIB, 60, "less memory")
        qmp(guest, "balloon", value=640 * MIB)
        wait_for(lambda: memory_of(guest) >= before, 60, "all memory")

    if "filesystems" in flavour.fragments:
        @test(f"{flavour.name}: directories of the host by 9p: one is the root, below memory, another is mounted by request", 120)
        def _():
            image, shared = os.path.join(build_of(flavour.name), "image/minimal"), [tempfile.mkdtemp(prefix="pith-9p-") for _ in "ab"]
            for directory in shared:
                cleanup(shutil.rmtree, directory)
            shutil.copy("/bin/busybox", os.path.join(shared[0], "busybox"))
            vm = Guest(f"{flavour.name}-9p", "--image", image, "--share", f"a={shared[0]}", "--share", f"b={shared[1]}",
                       "--append", "pith.root=a pith.rootfstype=9p pith.overlay=tmpfs")
            cleanup(vm.stop)
            equal(vm.pith("mount", "--type", "9p", "b", "/b").returncode, 0)
            equal(vm.pith("exec", "/busybox", "sh", "-c", "echo up >/b/up; echo memory >/stays-away").returncode, 0)
            equal(vm.pith("cat", "/b/up").stdout, b"up\n")
            equal([os.listdir(directory) for directory in shared], [["busybox"], ["up"]])
            equal(vm.pith("unmount", "/b").returncode, 0)

    # Without it no card can be taken out for a snapshot either.
    if "hotplug" not in flavour.fragments:
        return

    @test(f"{flavour.name}: restored with another VM generation id, the guest notices by itself, and asks for a resume", 120)
    def _():
        image = os.path.join(build_of(flavour.name), "image/minimal")
        vm = Guest(f"{flavour.name}-id", "--image", image, "--device", "vmgenid")
        cleanup(vm.stop)
        equal((status_of(vm)["generation_source"], status_of(vm)["restores_seen"]), ("vmgenid", 0))
        before = vm.info()["generation"]
        guest, = restore(vm.snapshot(f"{flavour.name}-id", "--no-quiesce", "--stop"), 1, "--no-resume")
        cleanup(guest.stop)
        contains(guest.serial(), "the hypervisor gave this guest another generation id")
        wait_for_event(guest, "need_resume")
        assert guest.info()["generation"] != before
        equal(guest.pith("resume").returncode, 0)
        wait_for_event(guest, "ready")

    @test(f"{flavour.name}: memory that is plugged in is used without a hand in the guest", 120)
    def _():
        guest = flavour.start()
        before = memory_of(guest)
        qmp(guest, "object-add", **{"qom-type": "memory-backend-memfd", "id": "more", "size": 256 * MIB})
        qmp(guest, "device_add", driver="pc-dimm", id="dimm", memdev="more")
        wait_for(lambda: memory_of(guest) >= before + 250 * MIB, 60, "more memory")

    @test(f"{flavour.name}: a CPU that is plugged in can be switched on", 120)
    def _():
        guest = flavour.start()
        # The one after those that are there: QEMU lists the last first, and its emulated APIC finds no CPU behind a gap.
        free = min((cpu for cpu in qmp(guest, "query-hotpluggable-cpus") if "qom-path" not in cpu), key=lambda cpu: cpu["props"]["core-id"])
        qmp(guest, "device_add", driver=free["type"], id="cpu", **free["props"])
        wait_for(lambda: "2" in guest.out("ls -d /sys/devices/system/cpu/cpu2 2>/dev/null || true"), 60, "the CPU")
        equal(guest.sh("echo 1 >/sys/devices/system/cpu/cpu2/online").returncode, 0, "online")
        contains(guest.out("cat /sys/devices/system/cpu/online"), "0-2")


def qmp(guest, command, **arguments):
    with guest.qmp() as monitor:
        return monitor.command(command, **arguments)


def memory_of(guest):
    return int(re.search(r"MemTotal:\s+(\d+)", guest.out("cat /proc/meminfo"))[1]) << 10


def claim_boot(flavour, limit_ms):
    @test(f"{flavour.name}: the boot clock shows at most {limit_ms} ms when PID 1 begins", 120)
    def _():
        done = run([os.path.join(ROOT, "tools/boot-cost"), "--kernel", os.path.join(kernel_of(flavour.name), "vmlinux"),
                    "--initcalls", "15"], seconds=100)
        diag(done.stdout + done.stderr)
        equal(done.returncode, 0, "status")
        assert int(done.stdout.split("\t")[1].split()[0]) <= limit_ms * 1_000_000

    @test(f"{flavour.name}: the bzImage boots too", 120)
    def _():
        done = run([os.path.join(ROOT, "tools/boot-cost"), "--kernel", os.path.join(kernel_of(flavour.name), "vmlinuz")], seconds=100)
        equal(done.returncode, 0, f"status ({done.stderr})")

    @test(f"{flavour.name}: with 64 MiB and one CPU it boots and runs programs", 120)
    def _():
        guest = Guest(f"{flavour.name}-64", "--image", os.path.join(build_of(flavour.name), "image/minimal"), "--memory", "64M")
        cleanup(guest.stop)
        equal(guest.out("nproc && seq 100000 | sort -n | tail -1"), "1\n100000\n")
        assert memory_of(guest) < 64 * MIB


def ring(flavour):
    """The programs of the VM ring that have to do with the guest's kernel, and that this flavour can run."""
    directory, has = os.path.join(ROOT, "tests/vm"), Flavour(flavour).fragments
    return [name for name in sorted(os.listdir(directory)) if name not in NOT_OF_A_KERNEL and NEEDS.get(name, "base") in has
            and os.path.isfile(os.path.join(directory, name)) and os.access(os.path.join(directory, name), os.X_OK)]


def claim_ring(flavour, names):
    """Programs of the VM ring, each as it is, in a build directory with this kernel."""
    for name in names:
        path = os.path.join(ROOT, "tests/vm", name)

        def passes(path=path, parts=PARTS.get(name, ())):
            flavour.stop()
            done = run([path, *parts], seconds=400, env={**os.environ, "PITH_GUEST_BUILD": build_of(flavour.name),
                                                 "PITH_GUEST_KERNEL": kernel_of(flavour.name)})
            if done.returncode != 0:
                diag(done.stdout + done.stderr)
            equal(done.returncode, 0, "status")
            assert re.search(r"^ok ", done.stdout, re.M), done.stdout
        test(f"{flavour.name}: tests/vm/{name} passes", 420)(passes)


# Of the boot clock when PID 1 begins; the debug flavour promises no time.
LIMITS_MS = {"sandbox": 45, "minimal": 25}


def claim(name, programs):
    """All claims of a flavour; programs: those of the VM ring that are run on it."""
    flavour = Flavour(name)
    if name in LIMITS_MS:
        claim_boot(flavour, LIMITS_MS[name])
    claim_capabilities(flavour)
    claim_host_side(flavour)
    if "container" in flavour.fragments:
        claim_containers(flavour)
    claim_ring(flavour, programs)
