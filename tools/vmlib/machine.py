# SPDX-License-Identifier: Apache-2.0
"""Which machine QEMU gives the guest: the accelerator, the way to its vsock, the command line.

Never: believes that /dev/kvm works because it can be opened. Nested ones fail or hang, so a kernel is booted once, and
the answer kept.
"""

import contextlib
import gzip
import os
import platform
import re
import secrets
import shlex
import subprocess

from common import Failure, cache_directory

# The agent's, unless it is told otherwise.
PORT = 1001
# A kernel under a KVM that works gets to its panic in well under a second.
PROBE_SECONDS = 8
# Where the guest tells that it serves.
NOTIFY_PORT = 1002


class Arch:
    """A kind of machine. No drivers that wait for hardware it does not have; no self-tests; a panic ends QEMU.

    A board whose own bus takes no card while the guest runs has ports, each for one: the first for vsock, which a snapshot
    takes out and puts in, the second for any other.
    """

    def __init__(self, name, board, cpu, package, arguments, ports=()):
        self.name, self.board, self.cpu, self.package, self.ports = name, board, cpu, package, ports
        # Of an instruction that moves or clears byte by byte, QEMU counts each byte: 4,096 for an empty page, where hardware
        # counts one. Without this feature the kernel uses one that takes eight bytes at a time.
        self.counted = ",-erms,-fsrm" if name == "x86_64" else ""
        self.qemu = f"qemu-system-{name}"
        self.kernel_arguments = f"quiet panic=-1 random.trust_cpu=on cryptomgr.notests {arguments}"


PORTS = ("port-vsock", "port-any")
PC_WORDS = "console=ttyS0 i8042.noaux no_timer_check tsc=reliable"
X86_64 = Arch("x86_64", "pc", "max", "vm", PC_WORDS)
Q35 = Arch("x86_64", "q35", "max", "vm", PC_WORDS, PORTS)
# `max` has pointer authentication, whose emulation costs a third of all time.
AARCH64 = Arch("aarch64", "virt", "cortex-a72", "aarch64", "console=ttyAMA0", PORTS)
# Documentation/x86/boot.rst, Documentation/arm64/booting.rst
X86_OFFSET, X86_MAGIC = 0x202, b"HdrS"
ARM64_OFFSET, ARM64_MAGIC = 56, b"ARM\x64"
HEAD_BYTES = X86_OFFSET + len(X86_MAGIC)
GZIP_MAGIC = b"\x1f\x8b"
ELF_X86_64 = 62

# Room for what is plugged in later.
GROW_CPUS, GROW_MEMORY = ",maxcpus=8", ",slots=4,maxmem=4G"

# What a snapshot must be started with again: QEMU loads it into the very same machine only.
OPTIONS = ("memory", "cpus", "image", "kernel", "append", "port", "disks", "net", "channel", "share", "device", "grow", "icount", "board")


def vhost_user_vsock():
    return os.path.join(cache_directory(), "tools/bin/vhost-device-vsock")


def host_vsock_usable():
    return os.access("/dev/vhost-vsock", os.R_OK | os.W_OK)


def arch_of(kernel):
    """By the kernel's own header."""
    with open(kernel, "rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:2] == GZIP_MAGIC:
        with contextlib.suppress(OSError, EOFError), gzip.open(kernel) as file:
            head = file.read(ARM64_OFFSET + len(ARM64_MAGIC))
    elif head[X86_OFFSET:] == X86_MAGIC or (head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") == ELF_X86_64):
        return X86_64
    if head[ARM64_OFFSET:ARM64_OFFSET + len(ARM64_MAGIC)] == ARM64_MAGIC:
        return AARCH64
    raise Failure(f"{kernel} is no kernel that QEMU boots: bzImage or vmlinux of x86-64, Image or Image.gz of aarch64")


def arch_for(wishes):
    """Of a VM with these values of OPTIONS: the kernel's, or another board that the kernel runs on too."""
    arch, board = arch_of(wishes["kernel"]), wishes["board"]
    for other in (arch, Q35):
        if other.name == arch.name and board in (None, other.board):
            return other
    raise Failure(f"no machine {board} for {wishes['kernel']}: pc or q35 for x86-64, virt for aarch64")


def qemu_version(arch):
    try:
        return subprocess.run([arch.qemu, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"{arch.qemu} does not run: {error}; tools/deps {arch.package} installs it") from None


def probe_kvm(arch, kernel):
    """Boots the kernel with no init: it must panic and end QEMU by itself."""
    command = [arch.qemu, "-nodefaults", "-display", "none", "-no-reboot", "-M", arch.board, "-accel", "kvm", "-cpu", "host",
               "-m", "128M", "-kernel", kernel, "-append", "panic=-1"]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS,
                              check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def choose_accelerator(kernel, say):
    arch = arch_of(kernel)
    if arch.name != platform.machine():
        return "tcg"
    wanted = os.environ.get("PITH_ACCEL") or "auto"
    if wanted in ("kvm", "tcg"):
        return wanted
    if wanted != "auto":
        raise Failure(f"PITH_ACCEL is auto, kvm or tcg, not {wanted}")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    memory = os.path.join(cache_directory(), "accelerator")
    key = f"{platform.release()} | {qemu_version(arch)} | "
    try:
        with open(memory, encoding="utf-8") as file:
            kept = file.read().strip()
        if kept.startswith(key) and kept.removeprefix(key) in ("kvm", "tcg"):
            return kept.removeprefix(key)
    except FileNotFoundError:
        pass
    say(f"trying whether /dev/kvm boots a kernel (once, at most {PROBE_SECONDS} s)")
    answer = "kvm" if probe_kvm(arch, kernel) else "tcg"
    os.makedirs(cache_directory(), exist_ok=True)
    with open(memory + ".part", "w", encoding="utf-8") as file:
        file.write(key + answer + "\n")
    os.replace(memory + ".part", memory)
    return answer


def address_of(runtime, port):
    """The ADDR for pith, and the guest's CID."""
    tail = "" if port == PORT else f":{port}"
    # Random: a connection to an earlier VM of that name must not reach this one, and a clone gets another than its model.
    cid = 1024 + secrets.randbelow(1 << 30)
    if host_vsock_usable():
        return f"vsock:{cid}{tail}", cid
    if not os.access(vhost_user_vsock(), os.X_OK):
        raise Failure("no usable /dev/vhost-vsock, and no vhost-device-vsock in its place; tools/deps vm builds it")
    return f"hybrid:{runtime.socket('vsock.sock')}{tail}", cid


def vsock_device_command(runtime, cid):
    """The vhost-user device beside QEMU, None where the host's kernel does it."""
    if host_vsock_usable():
        return None
    return [vhost_user_vsock(), "--guest-cid", str(cid), "--socket", runtime.socket("vhost.sock"),
            "--uds-path", runtime.socket("vsock.sock")]


def parse_share(text):
    """TAG=DIR, as (tag, directory)."""
    tag, _, directory = text.partition("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,31}", tag) or not os.path.isdir(directory) or "," in directory:
        raise Failure(f"--share {text}: it must be TAG=DIR, a tag of at most 31 of A-Z a-z 0-9 _ - and a directory without a comma")
    return tag, os.path.abspath(directory)


def parse_disk(text):
    """FILE or FILE,ro."""
    path, comma, mode = text.partition(",")
    if comma and mode != "ro":
        raise Failure(f"not a disk: {text} (FILE or FILE,ro)")
    if not os.path.exists(path):
        raise Failure(f"there is no {path} for a disk")
    return {"path": os.path.abspath(path), "readonly": mode == "ro"}


def root_of(image):
    """The root file system that rootfs/image made, as a disk, or None: the image is its initramfs. What may be written to is a copy."""
    for name in sorted(os.listdir(image)):
        if name.startswith("root.") and not name.endswith(".part"):
            return {"path": os.path.join(image, name), "readonly": name != "root.ext4"}
    return None


def words_of(image):
    """What the image wants on the kernel's command line."""
    try:
        with open(os.path.join(image, "cmdline"), encoding="utf-8") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def copy_disk(source, target):
    """Without its holes; where the file system can, without its blocks too."""
    result = subprocess.run(["cp", "--reflink=auto", "--sparse=always", source, target], capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        raise Failure(f"copying the disk: {result.stderr.strip()}")


def disk_arguments(disks):
    arguments = []
    for number, disk in enumerate(disks):
        # A comma in a name is doubled for QEMU.
        path, readonly = disk["path"].replace(",", ",,"), "on" if disk["readonly"] else "off"
        arguments += ["-drive", f"if=none,id=disk{number},format=raw,file={path},readonly={readonly}",
                      "-device", f"virtio-blk-pci,drive=disk{number}"]
    return arguments


def initrd_arguments(image):
    path = os.path.join(image, "initramfs.cpio")
    return ["-initrd", path] if os.path.exists(path) else []


def port_arguments(arch):
    """Ports with numbers of their own: they are told apart by them."""
    return [word for number, port in enumerate(arch.ports)
            for word in ("-device", f"pcie-root-port,id={port},chassis={number},slot={number}")]


def bus_for(arch, port):
    """Where a card goes that is plugged in: what device_add needs to hear of it."""
    return {"bus": arch.ports[port]} if arch.ports else {}


def vsock_frontend(arch, runtime, cid):
    """The guest's vsock card: the chardev that it needs (None or QMP's form of it), and the device."""
    common = {"id": "vsock", **bus_for(arch, 0)}
    if host_vsock_usable():
        return None, {"driver": "vhost-vsock-pci", "guest-cid": cid, **common}
    address = {"type": "unix", "data": {"path": runtime.socket("vhost.sock")}}
    backend = {"type": "socket", "data": {"addr": address, "server": False}}
    return backend, {"driver": "vhost-user-vsock-pci", "chardev": "vsock-chardev", **common}


def vsock_arguments(arch, runtime, cid):
    backend, device = vsock_frontend(arch, runtime, cid)
    chardev = ["-chardev", f"socket,id=vsock-chardev,path={runtime.socket('vhost.sock')}"] if backend else []
    driver = device.pop("driver")
    return [*chardev, "-device", ",".join([driver, *(f"{key}={value}" for key, value in device.items())])]


def notify_port(options):
    """The port that the guest is to dial, None where there is no socket of ours behind it, or somebody else waits there.

    With --icount the guest's time jumps ahead when it idles, and its patience with us is over before we have read a byte.
    """
    if host_vsock_usable() or options.icount or getattr(options, "no_wait", False) or "pith.notify=" in options.append:
        return None
    return NOTIFY_PORT


def qemu_command(runtime, options, accelerator, cid):
    """With an incoming snapshot it waits for that, and has no vsock card yet: one cannot be restored into."""
    port = [] if options.port == PORT else [f"pith.port={options.port}"]
    port += [f"pith.notify={notify_port(options)}"] if notify_port(options) else []
    arch = arch_for(vars(options))
    command = [arch.qemu, "-name", f"pith-{runtime.name}", "-nodefaults", "-display", "none", "-no-reboot",
               "-M", f"{arch.board},memory-backend=memory", "-accel", accelerator,
               "-cpu", "host" if accelerator == "kvm" else arch.cpu + (arch.counted if options.icount else ""),
               "-smp", str(options.cpus) + GROW_CPUS * options.grow, "-m", options.memory + GROW_MEMORY * options.grow,
               # The vhost-user device maps the guest's memory.
               "-object", f"memory-backend-memfd,id=memory,size={options.memory}",
               "-kernel", options.kernel, *initrd_arguments(options.image),
               "-append", " ".join([arch.kernel_arguments, *words_of(options.image), *port, *options.append.split()]),
               "-serial", f"file:{runtime.path('serial.log')}",
               "-qmp", f"unix:{runtime.socket('qmp.sock')},server=on,wait=off",
               *port_arguments(arch), "-device", "virtio-rng-pci", *disk_arguments(options.disks)]
    if options.net:
        # Behind it is QEMU's own small network, and nothing else.
        command += ["-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net"]
    if options.channel:
        command += ["-chardev", f"socket,id=channel,path={runtime.socket('channel.sock')},server=on,wait=off", "-device",
                    "virtio-serial-pci", "-device", f"virtserialport,chardev=channel,name={options.channel}"]
    for number, (tag, directory) in enumerate(options.share):
        command += ["-fsdev", f"local,id=share{number},path={directory},security_model=mapped-xattr", "-device",
                    f"virtio-9p-pci,fsdev=share{number},mount_tag={tag}"]
    for device in options.device:
        command += ["-device", device]
    if options.icount:
        # One instruction is one nanosecond of guest time.
        command += ["-icount", "shift=0,sleep=off"]
    if incoming := getattr(options, "incoming", None):
        return command + ["-incoming", f"exec:cat {shlex.quote(incoming)}"]
    # Last: the machine without it has every other card in the same slot.
    return command + vsock_arguments(arch, runtime, cid)
