# SPDX-License-Identifier: Apache-2.0
"""The commands of README.md and docs/guide/: what a page says that one types, and what one sees then.

A page has fenced blocks only, each with a language:

    ```console      commands after `$ `, further lines of a command after `> `, and below it what the command prints
    ```json NAME    a document; with a name, the file that later commands of the page read
    ```c, ```text   a program; anything else, but no command

The output below a command is compared. `…` in it is any text, a line of its own any lines. Times, sizes and long hexadecimal numbers
may be others, and so may the width of a gap. A command without output below it has only to succeed. A command may fail where the
next one is `echo $?`.
"""

import collections
import glob
import os
import re

from lib.tap import ROOT

PAGES = ["README.md", *sorted(os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, "docs/guide/*.md")))]
LANGUAGES = ("console", "json", "c", "text")

# What only a host without /dev/vhost-vsock has: there a process beside QEMU is the guest's vsock device, and it leaves these files.
VHOST_USER = re.compile(r"vhost-device-vsock|(vhost|vsock)\.sock|console\.log|cache/pith/tools/bin")

Block = collections.namedtuple("Block", "page line language name text")
Command = collections.namedtuple("Command", "page line text output may_fail")

NEEDS_KVM = "needs KVM and that VMM"
FORM = "a form: its words in capitals are the reader's"
# Commands that are not run as they stand, and why. Those that a test runs in another way name that test.
INSTALLS = "writes outside of the tree: tests/proc/install and tests/long/packages"
NOT_RUN = {
    "make test": "it is what runs this test",
    "make shell": "asks for a terminal; tests/vm/vm-tool looks at what it calls, tests/proc/host-tty at terminals",
    "make image IMAGE=python": "fetches packages: tests/long/images",
    "make image IMAGE=debian:bookworm,git,make": "fetches packages: tests/long/images",
    "make image IMAGE=oci:PATH[:NAME]": FORM + ": tests/vm/image-sources",
    "make image IMAGE=tar:PATH": FORM + ": tests/vm/image-sources",
    "make image IMAGE=dir:PATH": FORM + ": tests/vm/image-sources",
    "make image IMAGE=guest-files FORMAT=oci": "installs tools: tests/proc/oci-layout",
    "docker buildx build --build-context pith=oci-layout://$PWD/build/image/guest-files/oci:latest .": "needs docker",
    "make install": INSTALLS,
    "make install PREFIX=/opt/pith": INSTALLS,
    "make install DESTDIR=/tmp/stage": INSTALLS,
    "make uninstall": INSTALLS,
    "cc program.c $(pkg-config --cflags --libs libpith)": INSTALLS,
    "make deb": "takes minutes: tests/long/packages",
    "make deb ARCH=x86_64": "takes minutes: tests/long/packages",
    "make kernel": "half an hour of processor time: tests/long/kernels",
    "IMAGE=build/image/python images/launch/firecracker": NEEDS_KVM + ": tests/vm/launch, with a program in its place",
    "pith --vm hybrid:/run/user/0/pith-7.sock exec -- python3 -c 'print(6 * 7)'": NEEDS_KVM,
    "curl --unix-socket api.sock -X PUT http://localhost/api/v1/vm.create -H 'Content-Type: application/json' "
    "-d @cloud-hypervisor.json":
        NEEDS_KVM + ": tests/vm/launch looks at the document",
    "curl --unix-socket api.sock -X PUT http://localhost/api/v1/vm.boot": NEEDS_KVM,
    "make image KERNEL_DIR=~/.cache/pith/kernels/sandbox-x86_64": "needs the kernel that is not built: tests/long/kernels",
    "IMAGE=build/image/minimal VSOCK=/tmp/pith-7.sock images/launch/firecracker":
        NEEDS_KVM + ": tests/vm/launch, with a program in its place",
    "IMAGE=build/image/minimal VSOCK=/tmp/pith-7.sock images/launch/cloud-hypervisor":
        NEEDS_KVM + ": tests/vm/launch, with a program in its place",
    "build/pith --vm hybrid:/tmp/pith-7.sock exec -- uname -sm": "its guest needs KVM",
    "build/pith --vm hybrid:/tmp/pith-7.sock poweroff": "its guest needs KVM",
    "build/pith --vm hybrid:/tmp/pith-7.sock reboot": "its guest needs KVM",
    "virsh create pith.xml": "needs a libvirtd",
    "virsh console pith": "needs a libvirtd",
    "build/pith --vm vsock:7 exec -- uname -sm": "its guest needs a libvirtd, and a test does not use the host's vsock",
    "build/pith --vm vsock:7 poweroff": "its guest needs a libvirtd, and a test does not use the host's vsock",
}


def read(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return file.read()


def blocks_of(page, text=None):
    """The fenced blocks of a page, and what is indented like code outside of them, as blocks of the language None."""
    found, fence, number = [], None, 0
    text = read(page) if text is None else text
    in_list = False
    for number, line in enumerate(text.split("\n"), 1):
        if fence:
            if line == "```":
                found.append(fence._replace(text="\n".join(fence.text) + "\n" if fence.text else ""))
                fence = None
            else:
                fence.text.append(line)
        elif line.lstrip().startswith("```"):
            language, _, name = line.strip()[3:].partition(" ")
            # Inside a list a fence would be indented, and its end not found: pages have them at the margin.
            assert line.startswith("```"), f"{page}:{number}: a fenced block begins at the margin"
            fence = Block(page, number, language, name, [])
        elif line.startswith(("    ", "\t")) and not in_list:
            found.append(Block(page, number, None, "", line + "\n"))
        elif line:
            in_list = bool(re.match(r"\s*([-*]|\d+\.) ", line)) or in_list and line.startswith(" ")
    assert fence is None, f"{page}:{number}: the block of line {fence.line} has no end"
    return found


def commands_of(block):
    """The commands of a console block, with what stands below each."""
    found = []
    for number, line in enumerate(block.text.rstrip("\n").split("\n"), block.line + 1):
        if line.startswith("$ "):
            found.append([number, re.sub(r"\s{2,}# .*", "", line[2:]), []])
        elif line.startswith("> ") or line == ">":
            found[-1][1] += "\n" + line[2:]
        else:
            assert found, f"{block.page}:{number}: output before the first command"
            found[-1][2].append(line)
    after = [command[1] for command in found[1:]] + [""]
    return [Command(block.page, number, text, output, following == "echo $?")
            for (number, text, output), following in zip(found, after)]


def all_commands():
    return [command for page in PAGES for block in blocks_of(page) if block.language == "console" for command in commands_of(block)]


VARYING = (r"\[ *\d+\.\d{6}\]",
           r"\d+(?:\.\d+)? (?:us|µs|ms|s|B|KiB|MiB|GiB|MB/s)\b", r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", r"\b[0-9a-f]{16,64}\b")


def pattern_of(line):
    """A regular expression for one line of output, with its line break."""
    if line == "…":
        return r"(?:.*\n)*?"
    parts = re.split("(…|  +|" + "|".join(VARYING) + ")", line)
    text = ""
    for part in parts:
        varying = next((form for form in VARYING if re.fullmatch(form, part)), None)
        text += ".*" if part == "…" else " +" if part.strip() == "" and part else varying or re.escape(part)
    return text + r" *\n"


def difference(expected, got):
    """None, or what is wrong with the output of a command: lines against lines."""
    got = "".join(line + "\n" for line in got)
    if re.fullmatch("".join(map(pattern_of, expected)), got):
        return None
    return "the page says\n{}\nand it printed\n{}".format("\n".join(expected), got)
