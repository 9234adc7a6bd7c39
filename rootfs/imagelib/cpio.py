# SPDX-License-Identifier: Apache-2.0
"""The newc cpio archive that the kernel unpacks as initramfs: Documentation/driver-api/early-userspace/buffer-format.rst.

Never: follows the order of a folder on the build machine; writes an owner or a time that the tree does not have.
"""

import hashlib
import os
import stat
import uuid

from .tree import Bad, Node

# Eight hex digits for a size.
SIZE_MAX = 0xFFFFFFFF
CHUNK = 1 << 20


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
        """Returns the size and the sha256 of the contents. Hard links become files of their own: the format's way to say them needs
        the kernel to know them by their inode numbers, which costs more than a copy in what an initramfs is used for."""
        name = path.encode("utf-8", "surrogateescape") or b"."
        digest = hashlib.sha256()
        if not node.is_file():
            target = node.target.encode("utf-8", "surrogateescape")
            self.header(name, node, len(target))
            self.write(target)
            self.pad()
            return len(target), digest
        if node.size > SIZE_MAX:
            raise Bad(f"/{path}: larger than an initramfs can hold")
        self.header(name, node, node.size)
        left = node.size
        with node.open() as source:
            while left:
                data = source.read(min(left, CHUNK))
                if not data:
                    raise Bad(f"/{path}: became shorter while it was read")
                digest.update(data)
                self.write(data)
                left -= len(data)
        self.pad()
        return node.size, digest

    def trailer(self):
        self.inode = -1
        self.header(b"TRAILER!!!", Node(0), 0)


def _line(path, node, size, digest):
    if node.is_file():
        tail = f"{size:9d} {digest.hexdigest()}"
    elif node.is_link():
        tail = f"-> {node.target}"
    else:
        tail = f"{node.device[0]},{node.device[1]}" if any(node.device) else ""
    return f"{stat.filemode(node.mode)} {node.uid}:{node.gid} /{path} {tail}".rstrip() + "\n"


def write_tree(tree, path, with_root=True):
    """Makes the archive; returns a line for each file, with sizes and hashes."""
    lines, part = [], path + ".new"
    # Readers never see half an archive: it gets its name when it is whole.
    with open(part, "wb") as out:
        writer = Writer(out)
        for name, node in tree.walk():
            if name or with_root:
                lines.append(_line(name, node, *writer.add(name, node)))
        writer.trailer()
    os.replace(part, path)
    return lines


def listing(tree):
    """A line for each file, and a UUID that is the same for the same tree."""
    lines, whole = [], hashlib.sha256()
    for path, node in tree.walk():
        digest = hashlib.sha256()
        if node.is_file():
            with node.open() as source:
                while data := source.read(CHUNK):
                    digest.update(data)
        line = _line(path, node, node.size, digest)
        lines.append(line)
        whole.update(f"{node.mtime} {sorted(node.xattrs.items())} {line}".encode("utf-8", "surrogateescape"))
    return lines, uuid.UUID(bytes=whole.digest()[:16], version=5)
