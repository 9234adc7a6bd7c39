# SPDX-License-Identifier: Apache-2.0
"""A disk with what runs and firewalls containers: the distribution's own runc, iptables and nft, with the libraries that they load."""

import glob
import json
import os
import shutil
import subprocess

from lib.tap import build

PROGRAMS = ("runc", "xtables-legacy-multi", "xtables-nft-multi", "nft")
NAMES = {"iptables-legacy": "xtables-legacy-multi", "ip6tables-legacy": "xtables-legacy-multi", "iptables": "xtables-nft-multi"}
# Written into the container's configuration, and asked for inside.
HOSTNAME, MEMORY = "inner", 64 << 20


def find_program(name):
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path, f"there is no {name}; `tools/deps kernel-test` installs it"
    return path


def copy(path, tree):
    target = tree + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(os.path.realpath(path), target)


def libraries_of(path):
    """What the dynamic linker would load, itself included."""
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return {word for line in listed.splitlines() for word in line.split() if word.startswith("/")}


def configuration():
    """A container as Docker would make one: all namespaces, no capabilities, limits, a filter of system calls."""
    mounts = [("/proc", "proc", []), ("/dev", "tmpfs", ["mode=755"]), ("/dev/pts", "devpts", ["newinstance", "ptmxmode=0666"]),
              ("/dev/mqueue", "mqueue", []), ("/sys", "sysfs", ["ro"]), ("/sys/fs/cgroup", "cgroup", ["ro"])]
    return {
        "ociVersion": "1.0.2", "hostname": HOSTNAME, "root": {"path": "/merged"},
        "process": {"cwd": "/", "noNewPrivileges": True, "env": ["PATH=/bin"], "capabilities": {}, "user": {"uid": 0, "gid": 0},
                    "args": ["sh", "-c", "echo pid $$ of $(hostname); cat /sys/fs/cgroup/memory.max; mkdir /new 2>&1; "
                             "echo written >/file && cat /file; cat </dev/full | head -c 1 >/dev/null && echo a device; "
                             "grep Seccomp: /proc/self/status; ls /sys/class/net"]},
        "mounts": [{"destination": path, "type": kind, "source": kind, "options": options} for path, kind, options in mounts],
        "linux": {"cgroupsPath": "/container",
                  "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
                  "resources": {"memory": {"limit": MEMORY}, "pids": {"limit": 50}, "cpu": {"quota": 50000, "period": 100000},
                                "devices": [{"allow": False, "access": "rwm"}]},
                  "seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
                              "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 122}]}},
    }


def make_disk():
    """An ext4 image; a guest boots it by pith.root=."""
    directory = build("tests/kernel/container")
    shutil.rmtree(directory, ignore_errors=True)
    tree = os.path.join(directory, "tree")
    for name in ("proc", "sys", "dev", "run", "tmp", "bin", "etc", "root", "bundle", "upper", "merged", "lower/bin", "lower/proc",
                 "lower/dev", "lower/sys"):
        os.makedirs(os.path.join(tree, name))
    extensions = glob.glob("/usr/lib/*/xtables/*.so")
    assert extensions, "iptables has no extensions; `tools/deps kernel-test` installs it"
    wanted = {find_program(name) for name in PROGRAMS} | set(extensions)
    for path in wanted | {library for program in wanted for library in libraries_of(program)}:
        copy(path, tree)
    for name, target in NAMES.items():
        os.symlink(find_program(target), os.path.join(tree, "bin", name))
    applets = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    for inner in ("", "lower/"):
        shutil.copy("/bin/busybox", f"{tree}/{inner}bin/busybox")
        for name in set(applets) - {"busybox", "nft"}:
            os.symlink("busybox", f"{tree}/{inner}bin/{name}")
    with open(tree + "/etc/passwd", "w", encoding="utf-8") as file:
        file.write("root:x:0:0::/root:/bin/sh\n")
    with open(tree + "/bundle/config.json", "w", encoding="utf-8") as file:
        json.dump(configuration(), file)
    path = os.path.join(directory, "disk.img")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, path, "128M"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return path
