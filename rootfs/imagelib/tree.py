# SPDX-License-Identifier: Apache-2.0
"""A tree of files on paper: names, owners, modes and where the bytes are. Nothing is unpacked, so nothing that an archive says can
reach the machine that builds: a symlink is a text here, and a path is looked up in this tree alone.

Never: touches the build machine's files but to read the bytes of a source; runs a program.
"""

import hashlib
import io
import os
import posixpath
import stat

from common import Failure

LINKS_MAX = 40          # the kernel's own bound of symlinks in one path
PATH_MAX = 4095
NAME_MAX = 255
CHUNK = 1 << 20


def nearest(name, names):
    # The command line of pith-init and of pith measure the same.
    import difflib  # pylint: disable=import-outside-toplevel
    close = difflib.get_close_matches(name, names, 1, 0)
    return f" (nearest: {close[0]})" if close else ""


class Node:
    """One file. The same Node under two paths is a hard link."""

    def __init__(self, mode, uid=0, gid=0, mtime=0):
        self.mode, self.uid, self.gid, self.mtime = mode, uid, gid, mtime
        self.target = ""            # of a symlink
        self.device = (0, 0)
        self.size = 0
        self.reader = None          # () -> a readable file object, of a regular file
        self.xattrs = {}            # str -> bytes

    def is_dir(self):
        return stat.S_ISDIR(self.mode)

    def is_file(self):
        return stat.S_ISREG(self.mode)

    def is_link(self):
        return stat.S_ISLNK(self.mode)

    def is_device(self):
        return stat.S_ISCHR(self.mode) or stat.S_ISBLK(self.mode)

    def open(self):
        return self.reader() if self.reader else io.BytesIO()

    def copy(self, write, path):
        """Hands the bytes of a regular file to write(), and returns their sha256. They are as many as the size that was written down."""
        digest, left = hashlib.sha256(), self.size
        with self.open() as source:
            while data := source.read(CHUNK):
                left -= len(data)
                if left < 0:
                    break
                digest.update(data)
                write(data)
        if left:
            raise Failure(f"/{path}: has not the {self.size} bytes that it had; did it change meanwhile?")
        return digest.hexdigest()


def directory(mode=0o755, uid=0, gid=0, mtime=0):
    return Node(stat.S_IFDIR | mode, uid, gid, mtime)


def symlink(target, mtime=0):
    node = Node(stat.S_IFLNK | 0o777, mtime=mtime)
    node.target = target
    return node


def text_file(data, mode=0o644, mtime=0):
    """A file of these bytes or this text."""
    data = data.encode() if isinstance(data, str) else data
    node = Node(stat.S_IFREG | mode, mtime=mtime)
    node.size, node.reader = len(data), lambda: io.BytesIO(data)
    return node


def disk_file(path, mode=0o644, mtime=0):
    """A file whose bytes are read from the build machine when the image is written."""
    node = Node(stat.S_IFREG | mode, mtime=mtime)
    node.size, node.reader = os.path.getsize(path), lambda: open(path, "rb")  # pylint: disable=consider-using-with
    return node


def split(name, where):
    """The components of an archive's name; refuses what could mean another place."""
    if name.startswith("/"):
        raise Failure(f"{where}: the name {name!r} is absolute")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Failure(f"{where}: the name {name!r} has `..` in it")
    if len(name) > PATH_MAX or any(len(part.encode("utf-8", "surrogateescape")) > NAME_MAX for part in parts):
        raise Failure(f"{where}: a name is too long: {name[:80]!r}…")
    if "\0" in name:
        raise Failure(f"{where}: a name has a zero byte: {name!r}")
    return parts


class Tree:
    def __init__(self):
        self.nodes = {"": directory()}         # path without a leading slash -> Node
        self.names = {"": set()}            # directory's path -> the names in it

    def __contains__(self, path):
        return path in self.nodes

    def get(self, path):
        return self.nodes.get(path)

    def resolve(self, path, where="image"):
        """The path with every symlink on the way followed, the last one too. Below the root whatever the links say."""
        left, at, links = [part for part in path.split("/") if part][::-1], "", 0
        while left:
            part = left.pop()
            if part in (".", ".."):
                at = posixpath.dirname(at) if part == ".." else at
                continue
            inner = f"{at}/{part}" if at else part
            node = self.nodes.get(inner)
            if node and node.is_link():
                links += 1
                if links > LINKS_MAX:
                    raise Failure(f"{where}: too many symlinks in {path!r}")
                at = "" if node.target.startswith("/") else at
                left += [step for step in node.target.split("/") if step][::-1]
            else:
                at = inner
        return at

    def make_directories(self, path, where):
        """Resolves a directory's path and makes what is missing."""
        at = self.resolve(path, where)
        done = ""
        for part in at.split("/") if at else []:
            inner = f"{done}/{part}" if done else part
            node = self.nodes.get(inner)
            if node is None:
                self._put(inner, directory(mtime=0))
            elif not node.is_dir():
                raise Failure(f"{where}: {inner} is not a directory")
            done = inner
        return at

    def add(self, name, node, where="image"):
        """Puts a node under an archive's name: its directory is looked up in this tree, what stood there is replaced. Returns the path."""
        parts = split(name, where)
        if not parts:
            if not node.is_dir():
                raise Failure(f"{where}: the root is not a directory")
            self.nodes[""] = node
            return ""
        parent = self.make_directories("/".join(parts[:-1]), where)
        path = f"{parent}/{parts[-1]}" if parent else parts[-1]
        old = self.nodes.get(path)
        if old and old.is_dir() and node.is_dir():
            self.nodes[path] = node
            return path
        if old:
            self.remove(path)
        self._put(path, node)
        return path

    def _put(self, path, node):
        self.nodes[path] = node
        self.names[posixpath.dirname(path)].add(posixpath.basename(path))
        if node.is_dir():
            self.names[path] = set()

    def remove(self, path):
        """Takes a path out, with all below it."""
        left = [path]
        while left:
            at = left.pop()
            left += [f"{at}/{name}" for name in self.names.get(at, ())]
            self.nodes.pop(at, None)
            self.names.pop(at, None)
        self.names[posixpath.dirname(path)].discard(posixpath.basename(path))

    def children(self, path):
        return [f"{path}/{name}" if path else name for name in sorted(self.names.get(path, ()))]

    def walk(self):
        """(path, node), a directory before what is in it, in the same order for the same tree."""
        for path in sorted(self.nodes, key=lambda path: path.encode("utf-8", "surrogateescape").split(b"/")):
            yield path, self.nodes[path]

    def read(self, path, limit=64 << 20):
        """The bytes of a file, symlinks followed; None if there is none."""
        node = self.nodes.get(self.resolve(path))
        if not node or not node.is_file():
            return None
        with node.open() as file:
            return file.read(limit)

    def total(self):
        """Number of files and the sum of their bytes, a hard link counted once."""
        nodes = {id(node): node for node in self.nodes.values()}
        return len(nodes), sum(node.size for node in nodes.values() if node.is_file())
