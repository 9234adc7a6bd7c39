# SPDX-License-Identifier: Apache-2.0
"""Trees out of manifests: one object per line; blank lines and lines that start with # are skipped.

    dir  PATH MODE UID GID
    file PATH SOURCE MODE UID GID
    link PATH TARGET UID GID
    node PATH c|b MAJOR MINOR MODE UID GID
    applets PATH SOURCE             a link to PATH for each applet that the busybox SOURCE names, but those that are there

PATH is absolute, MODE octal. ${NAME} in SOURCE stands for a value given by the caller; a SOURCE without a leading / is looked up beside its
manifest. A parent directory needs its own line, here or in the tree that the manifest is put on.

Never: reads the owner, the time or the inode number of a source.
"""

import os
import re
import stat
import subprocess

from common import Failure

from .tree import Node, disk_file, directory, symlink

U32_MAX = 0xFFFFFFFF
SHAPE = {"dir": 5, "file": 6, "link": 5, "node": 8, "applets": 3}


def number(text, base, what, limit):
    try:
        value = int(text, base)
    except ValueError:
        raise Failure(f"{what} is not a number: {text}") from None
    if not 0 <= value <= limit:
        raise Failure(f"{what} is out of range: {text}")
    return value


def _clean_path(text):
    if not text.startswith("/") or text != os.path.normpath(text) or text.startswith("//"):
        raise Failure(f"path is not absolute and plain: {text}")
    return text


def _expand(text, defines):
    def value(match):
        if match.group(1) not in defines:
            raise Failure(f"no -D {match.group(1)}=… was given")
        return defines[match.group(1)]

    return re.sub(r"\$\{(\w+)\}", value, text)


def _parse_line(words, beside, defines):
    kind = words[0]
    if kind not in SHAPE:
        raise Failure(f"unknown kind {kind}; there are: {' '.join(SHAPE)}")
    if len(words) != SHAPE[kind]:
        raise Failure(f"{kind} takes {SHAPE[kind] - 1} words, here are {len(words) - 1}")
    path = _clean_path(words[1])
    uid, gid = (number(text, 10, what, U32_MAX) for text, what in zip(words[-2:], ("uid", "gid")))
    mode = 0 if kind == "link" else number(words[-3], 8, "mode", 0o7777)
    if kind == "link":
        node = symlink(words[2])
    elif kind == "dir":
        node = directory(mode)
    elif kind == "file":
        source = os.path.join(beside, _expand(words[2], defines))
        if not os.path.isfile(source):
            raise Failure(f"no such file: {source}")
        node = disk_file(source, mode)
    else:
        if words[2] not in ("c", "b"):
            raise Failure(f"a node is c or b, not {words[2]}")
        node = Node((stat.S_IFCHR if words[2] == "c" else stat.S_IFBLK) | mode)
        node.device = (number(words[3], 10, "major", 4095), number(words[4], 10, "minor", 1048575))
    node.uid, node.gid = uid, gid
    return path, node


def _applets(words, beside, defines):
    """busybox names its own applets. `init` is ours, and `linuxrc` is no command."""
    busybox = os.path.join(beside, _expand(words[2], defines))
    done = subprocess.run([busybox, "--list-full"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{busybox}: no busybox: it does not list its applets")
    for name in done.stdout.split():
        if os.path.basename(name) not in ("busybox", "init", "linuxrc"):
            yield "/" + name, symlink(_clean_path(words[1]))


def _read(name, defines, found, later):
    with open(name, encoding="utf-8") as lines:
        for line, text in enumerate(lines, 1):
            words = text.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                if words[0] == "applets" and len(words) == SHAPE["applets"]:
                    later += [(path, node, f"{name}:{line}") for path, node in _applets(words, os.path.dirname(name), defines)]
                    continue
                path, node = _parse_line(words, os.path.dirname(name), defines)
                if path in found:
                    raise Failure(f"{path} is there twice; first at {found[path][1]}")
            except Failure as error:
                raise Failure(f"{name}:{line}: {error}") from None
            found[path] = (node, f"{name}:{line}")


def _check_parent(path, where, found, tree):
    parent = os.path.dirname(path)
    if parent == "/" or path == "/":
        return
    if parent in found:
        is_dir = found[parent][0].is_dir()
    elif tree.resolve(parent) in tree:
        is_dir = tree.get(tree.resolve(parent)).is_dir()
    else:
        raise Failure(f"{where}: no line for the directory {parent}")
    if not is_dir:
        raise Failure(f"{where}: {parent} is not a directory")


def add(tree, names, defines):
    """Puts all manifests on top of the tree. They are one: no path may be in two of them."""
    found, later = {}, []
    for name in names:
        _read(name, defines, found, later)
    for path, node, where in later:
        found.setdefault(path, (node, where))
    for path, (_, where) in found.items():
        _check_parent(path, where, found, tree)
    # By components, so that a directory comes before what is in it.
    for path in sorted(found, key=lambda path: path.encode().split(b"/")):
        node, where = found[path]
        inside = path.lstrip("/")
        # A directory that is a link to one in the tree below stays that link: /lib of a distribution.
        if node.is_dir() and inside and tree.get(tree.resolve(inside)) and tree.get(tree.resolve(inside)).is_dir():
            continue
        tree.add(inside, node, where)
