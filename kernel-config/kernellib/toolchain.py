# SPDX-License-Identifier: Apache-2.0
"""How the kernel's make is called: compiler, architecture, and what makes two builds the same.

Never: lets the environment of the caller into the build, beside PATH and HOME.
"""

import hashlib
import os
import shutil
import subprocess

from common import Failure

# As the kernel calls them.
ARCH = {"x86_64": "x86", "aarch64": "arm64"}
IMAGE = {"x86_64": "arch/x86/boot/bzImage", "aarch64": "arch/arm64/boot/Image"}
TARGET = {"x86_64": "bzImage", "aarch64": "Image"}
CROSS = {"x86_64": "x86_64-linux-gnu-", "aarch64": "aarch64-linux-gnu-"}

TOOLS = ("make", "flex", "bison", "bc", "perl")
TOOLS_OF = {"x86_64": ("lz4",), "aarch64": ()}
# objtool, which only x86-64 needs, reads objects by it.
HEADERS_OF = {"x86_64": ("/usr/include/libelf.h",), "aarch64": ()}


def cross_prefix(architecture):
    """Empty where the machine's own compiler is the right one."""
    return "" if os.uname().machine == architecture else CROSS[architecture]


def group_of(architecture):
    """The group of tools/deps that installs what this build needs."""
    return "kernel-cross" if cross_prefix(architecture) else "kernel"


def check(architecture):
    """Names what is missing, and how it comes."""
    prefix = cross_prefix(architecture)
    missing = [tool for tool in (*TOOLS, *TOOLS_OF[architecture], "gcc", prefix + "gcc", prefix + "ld")
               if not shutil.which(tool)]
    missing += [header for header in HEADERS_OF[architecture] if not os.path.exists(header)]
    if missing:
        raise Failure(f"to build a kernel this machine lacks {', '.join(dict.fromkeys(missing))};"
                      f" `tools/deps {group_of(architecture)}` installs what is missing")


def environment():
    """Nothing of who builds, where and when gets into the image."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC", "KBUILD_BUILD_USER": "pith", "KBUILD_BUILD_HOST": "pith",
                   "KBUILD_BUILD_TIMESTAMP": "1970-01-01 00:00:00 UTC", "KBUILD_BUILD_VERSION": "1"}


def make_command(tree, out, architecture, jobs):
    command = ["make", "-C", tree, f"O={out}", f"ARCH={ARCH[architecture]}", f"-j{jobs}"]
    prefix = cross_prefix(architecture)
    return command + ([f"CROSS_COMPILE={prefix}"] if prefix else [])


def hash_of(identity, architecture, with_symbols, wanted):
    """A short hash of all that decides what is built: source, tools, the way they are called, configuration."""
    total = hashlib.sha256()
    for part in (identity, architecture, str(with_symbols), wanted):
        total.update(part.encode() + b"\0")
    for tool in ("gcc", "ld"):
        total.update(subprocess.run([cross_prefix(architecture) + tool, "--version"], capture_output=True,
                                    check=True).stdout)
    with open(__file__, "rb") as file:
        total.update(file.read())
    return total.hexdigest()[:12]
