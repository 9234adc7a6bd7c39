# SPDX-License-Identifier: Apache-2.0
"""What the tests of archives share: both requests, entries made by hand, trees compared."""

import json
import os
import stat
import subprocess
import tarfile

from lib.files import get
from lib.tap import equal
from lib.wire import WireError

ENV = {**os.environ, "LC_ALL": "C.UTF-8"}


def run(*argv, **more):
    return subprocess.run(argv, check=True, env=ENV, stdout=subprocess.PIPE, **more).stdout


def export(files, path, **fields):
    files.send("tree_export", path=path, **fields)
    data = bytearray()
    while True:
        frame = files.wire.recv_frame()
        assert frame, "the stream ended"
        if frame.type == "D":
            data += frame.payload
        elif frame.type == "R":
            return bytes(data), json.loads(frame.payload)
        elif frame.type == "E":
            raise WireError(json.loads(frame.payload))


def unpack(files, path, data, **fields):
    return files.write(path, data, op="tree_import", **fields)


def refused(files, path, data, code="invalid_argument", **fields):
    try:
        got = unpack(files, path, data, **fields)
    except WireError as error:
        equal(error.code, code, f"code of {error.error}")
        return error.error
    raise AssertionError(f"the import gave {got}")


def entry(name, data=None, **fields):
    """One entry and no end."""
    info = tarfile.TarInfo(name)
    info.size = len(data or b"")
    for key, value in fields.items():
        setattr(info, key, value)
    padding = b"\0" * (-len(data or b"") % 512)
    return info.tobuf(tarfile.PAX_FORMAT) + (data or b"") + padding


END = b"\0" * 1024


def state(where):
    """All that a copy must have the same, by path."""
    found, names = {}, {}
    for top, directories, files in os.walk(where):
        for name in directories + files:
            path = os.path.join(top, name)
            st = os.lstat(path)
            kind = stat.S_IFMT(st.st_mode)
            names.setdefault(st.st_ino, []).append(os.path.relpath(path, where))
            found[os.path.relpath(path, where)] = [
                kind, stat.S_IMODE(st.st_mode), (st.st_uid, st.st_gid), st.st_mtime_ns // 10**9,
                os.readlink(path) if kind == stat.S_IFLNK else get(path) if kind == stat.S_IFREG else None,
                {key: os.getxattr(path, key) for key in os.listxattr(path, follow_symlinks=False)} if kind != stat.S_IFLNK else None,
                st.st_rdev]
    for group in names.values():
        for path in group:
            found[path].append(sorted(group))
    return found


def without_xattrs(wanted):
    return {path: values[:5] + [{} if values[5] else values[5]] + values[6:] for path, values in wanted.items()}


def same(where, wanted, what):
    got = state(where)
    equal(sorted(got), sorted(wanted), f"names, {what}")
    for path, values in wanted.items():
        assert got[path] == values, f"{what}: {path}: {str(got[path])[:300]} is not {str(values)[:300]}"


__all__ = ["END", "entry", "export", "refused", "run", "same", "state", "unpack", "without_xattrs"]
