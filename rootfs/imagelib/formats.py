# SPDX-License-Identifier: Apache-2.0
"""File systems made of a tree by their own programs, the same bytes for the same tree.

Never: mounts anything, needs root.
"""

import os
import shutil
import subprocess

from common import Failure


BLOCK = 4096
INODE = 256
JOURNAL = 16 << 20
EXT4_SLACK = 32 << 20       # free space of an image whose size nobody asked for
TOOLS = {"ext4": ("mke2fs", "debugfs"), "erofs": ("mkfs.erofs",), "squashfs": ("mksquashfs",),
         "oci": ()}
PACKAGES = {"mke2fs": "e2fsprogs", "debugfs": "e2fsprogs", "mkfs.erofs": "erofs-utils", "mksquashfs": "squashfs-tools"}
NAMES = tuple(sorted(TOOLS))
# Where the distribution keeps them, which is not in everybody's PATH.
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def check_tools(format_name):
    for tool in TOOLS[format_name]:
        if not shutil.which(tool, path=PATH):
            raise Failure(f"no {tool} ({PACKAGES[tool]}) to make {format_name}; `tools/deps image` installs it")


def run(command, environment, stdin=""):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False,
                          env=dict(os.environ, PATH=PATH, LC_ALL="C", **environment))
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise Failure(f"{os.path.basename(command[0])} failed: " + "; ".join(lines))
    return done.stdout


def needed_ext4(tree):
    files, blocks = 0, 0
    for node in {id(node): node for node in tree.nodes.values()}.values():
        files += 1
        blocks += -(-node.size // BLOCK) if node.is_file() else 1
    return files, blocks * BLOCK + files * INODE


def _inode_script(files, epoch):
    """mke2fs -d takes the times of change and access from the stage: another time with each build. The root is inode 2, files begin
    at 11."""
    for inode in (2, *range(11, 12 + files)):
        for field in ("atime", "ctime"):
            yield f"set_inode_field <{inode}> {field} @{epoch}\n"


def ext4(tree, stage, out, size, identity, epoch):
    files, used = needed_ext4(tree)
    total = size or (used * 106 // 100 + JOURNAL + EXT4_SLACK)
    total -= total % BLOCK
    if total < used + (1 << 20):
        raise Failure(f"SIZE={total >> 20}M is too small: the files alone need {(used >> 20) + 2}M")
    with open(out, "wb") as file:
        file.truncate(total)
    # The journal's and the tables' zeros need not be written: the file is new.
    journal = "^has_journal" if total < 4 * JOURNAL else f"has_journal -J size={JOURNAL >> 20}"
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", stage, "-b", str(BLOCK), "-I", str(INODE),
         "-N", str(max(files * 2, total // 16384)), "-m", "1", "-U", str(identity), "-L", "pith-root", "-O", *journal.split(),
         "-E", f"hash_seed={identity},lazy_itable_init=1,nodiscard,root_owner={tree.nodes[''].uid}:{tree.nodes[''].gid}", out],
        {"E2FSPROGS_FAKE_TIME": str(epoch)})
    run(["debugfs", "-w", "-f", "/dev/stdin", out], {"E2FSPROGS_FAKE_TIME": str(epoch)}, "".join(_inode_script(files, epoch)))


def erofs(stage, out, identity, epoch):
    # Times later than the epoch would be cut to it: it is the latest of all.
    run(["mkfs.erofs", "-zlz4hc", "-U", str(identity), out, stage], {"SOURCE_DATE_EPOCH": str(epoch)})


def squashfs(stage, out, epoch):
    # -reproducible is the default: one processor or ten make the same bytes.
    run(["mksquashfs", stage, out, "-quiet", "-no-progress", "-noappend", "-comp", "zstd", "-Xcompression-level", "6",
         "-b", "256K"], {"SOURCE_DATE_EPOCH": str(epoch)})


def write(format_name, tree, stage, out, size, identity, epoch):
    """Makes OUT of the tree and of the directory that stage.write() made of it."""
    if format_name == "ext4":
        ext4(tree, stage, out, size, identity, epoch)
    elif format_name == "erofs":
        erofs(stage, out, identity, epoch)
    else:
        squashfs(stage, out, epoch)
    if size and os.path.getsize(out) > size:
        raise Failure(f"the {format_name} has {os.path.getsize(out)} bytes, SIZE allows {size}")
