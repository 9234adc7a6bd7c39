# SPDX-License-Identifier: Apache-2.0
"""Trees out of tar archives, plain or as a layer of an OCI image, and out of directories.

Never: unpacks to the disk; follows a name out of the tree (tree.Tree.add sees to that).
"""

import hashlib
import os
import stat
import subprocess
import tarfile

from common import Failure

from .tree import CHUNK, Node, disk_file, directory, symlink

COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
XATTR = "SCHILY.xattr."
KINDS = {tarfile.REGTYPE: stat.S_IFREG, tarfile.AREGTYPE: stat.S_IFREG, tarfile.CONTTYPE: stat.S_IFREG,
         tarfile.GNUTYPE_SPARSE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK,
         tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO}


def _hash_to(source, write):
    digest = hashlib.sha256()
    while data := source.read(CHUNK):
        digest.update(data)
        write(data)
    return digest.hexdigest()


def unpack(path, out, where):
    """A tar archive without its compression: where it lies, and its sha256. One that is not compressed stays where it is."""
    with open(path, "rb") as file:
        magic = file.read(6)
        program = next((name for head, name in COMPRESSIONS if magic.startswith(head)), None)
        if program is None:
            file.seek(0)
            return path, _hash_to(file, len)
    try:
        with open(out, "wb") as target, subprocess.Popen([program, "-dc", path], stdout=subprocess.PIPE,
                                                         stderr=subprocess.PIPE) as unpacker:
            digest = _hash_to(unpacker.stdout, target.write)
            said = unpacker.stderr.read().decode("utf-8", "replace").strip()
    except FileNotFoundError:
        raise Failure(f"{where}: compressed with {program}, and there is no {program} here") from None
    if unpacker.returncode != 0:
        raise Failure(f"{where}: its compression is broken: {said}")
    return out, digest


def _node(archive, info, where):
    kind = KINDS.get(info.type)
    if kind is None:
        raise Failure(f"{where}: {info.name!r} is of a type that no file has ({info.type!r})")
    node = Node(kind | (info.mode & 0o7777), info.uid, info.gid, int(info.mtime))
    if node.is_link():
        node.mode, node.target = stat.S_IFLNK | 0o777, info.linkname
    elif node.is_device():
        node.device = (info.devmajor, info.devminor)
    elif node.is_file():
        node.size, node.reader = info.size, lambda: archive.extractfile(info)
    for key, value in info.pax_headers.items():
        if key.startswith(XATTR):
            node.xattrs[key[len(XATTR):]] = value.encode("utf-8", "surrogateescape")
    return node


def _whiteout(tree, name, added, where):
    """A layer's way to say that something below it is gone. What the layer itself brought stays."""
    parent, _, mark = name.rpartition("/")
    at = tree.resolve(parent, where)
    if mark == OPAQUE:
        gone = [path for path in tree.children(at) if path not in added]
    else:
        gone = [f"{at}/{mark[len(WHITEOUT):]}" if at else mark[len(WHITEOUT):]]
    for path in gone:
        if path in tree and path:
            tree.remove(path)


def _plain(name):
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return ("/" if name.startswith("/") else "") + "/".join(parts)


def add_tar(tree, path, where, is_layer=False):
    """Puts an uncompressed tar archive on top of the tree, whose files are read from it later; `where` names it in errors."""
    added = set()
    try:
        archive = tarfile.open(path, mode="r:", errorlevel=2)  # pylint: disable=consider-using-with
        for info in archive:
            name = _plain(info.name)
            if is_layer and name.rpartition("/")[2].startswith(WHITEOUT):
                _whiteout(tree, name, added, where)
            elif info.islnk():
                target = tree.get(tree.resolve(_plain(info.linkname), where))
                if target is None or target.is_dir():
                    raise Failure(f"{where}: {name!r} is a hard link to {info.linkname!r}, which is no file here")
                added.add(tree.add(name, target, where))
            else:
                added.add(tree.add(name, _node(archive, info, where), where))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Failure(f"{where}: not a whole tar archive: {error}") from None


def add_directory(tree, path, where):
    """Puts a directory of this machine on top; all of it is root's."""
    seen = {}
    for base, names, files in os.walk(path, onerror=_raise):
        names.sort()
        relative = os.path.relpath(base, path)
        for name in [""] * (relative == ".") + sorted(names + files):
            if not name and relative != ".":
                continue
            full = os.path.join(base, name) if name else base
            info = os.lstat(full)
            inside = name if relative == "." else f"{relative}/{name}"
            node = seen.get((info.st_dev, info.st_ino)) if not stat.S_ISDIR(info.st_mode) else None
            if node is None:
                node = _node_of(full, info)
                seen[(info.st_dev, info.st_ino)] = node
            tree.add(inside, node, where)


def _raise(error):
    raise Failure(f"{error.filename}: {error.strerror}")


def _node_of(full, info):
    mtime = int(info.st_mtime)
    if stat.S_ISDIR(info.st_mode):
        node = directory(info.st_mode & 0o7777, mtime=mtime)
    elif stat.S_ISLNK(info.st_mode):
        node = symlink(os.readlink(full), mtime)
    elif stat.S_ISREG(info.st_mode):
        if not os.access(full, os.R_OK):
            raise Failure(f"{full}: may not be read")
        node = disk_file(full, info.st_mode & 0o7777, mtime)
    else:
        node = Node(info.st_mode, mtime=mtime)
        node.device = (os.major(info.st_rdev), os.minor(info.st_rdev))
    return node
