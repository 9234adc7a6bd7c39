# SPDX-License-Identifier: Apache-2.0
"""The newc cpio archive that the kernel unpacks as initramfs: Documentation/driver-api/early-userspace/buffer-format.rst.

Never: follows the order of a directory on the build machine; writes an owner or a time that the tree does not have.
"""

import os

from common import Failure

from . import contents
from .tree import Node

# Eight hex digits for a size.
SIZE_MAX = 0xFFFFFFFF


class Writer:
    def __init__(self, out):
        self.out, self.offset, self.inode = out, 0, 0

    def write(self, data):
        self.out.write(data)
        self.offset += len(data)

    def pad(self):
        self.write(bytes(-self.offset % 4))

    def header(self, name, node, size):
        self.inode += 1
        links = 2 if node.is_dir() else 1
        fields = (self.inode, node.mode, node.uid, node.gid, links, node.mtime, size, 0, 0, *node.device, len(name) + 1, 0)
        self.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name + b"\0")
        self.pad()

    def add(self, path, node):
        """Returns the sha256 of a file's bytes. Hard links become files of their own: the format's way to say them needs the kernel to
        know them by their inode numbers, which costs more than a copy in what an initramfs is used for."""
        name, digest = path.encode("utf-8", "surrogateescape"), ""
        if node.is_file():
            if node.size > SIZE_MAX:
                raise Failure(f"/{path}: larger than an initramfs can hold")
            self.header(name, node, node.size)
            digest = node.copy(self.write, path)
        else:
            target = node.target.encode("utf-8", "surrogateescape")
            self.header(name, node, len(target))
            self.write(target)
        self.pad()
        return digest

    def trailer(self):
        self.inode = -1
        self.header(b"TRAILER!!!", Node(0), 0)


def write_tree(tree, path):
    """Makes the archive; returns what it holds, a line for each file. The root itself is not in it: the kernel has one."""
    lines, part = [], path + ".new"
    # Readers never see half an archive: it gets its name when it is whole.
    with open(part, "wb") as out:
        writer = Writer(out)
        for name, node in tree.walk():
            if name:
                lines.append(contents.line(name, node, writer.add(name, node)))
        writer.trailer()
    os.replace(part, path)
    return lines
