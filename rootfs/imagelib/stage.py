# SPDX-License-Identifier: Apache-2.0
"""From the tree on paper to a directory on the disk, for the programs that make file systems of directories. Runs under
fakeroot(1): owners,
devices and set-user-ID bits are then as the tree has them for those programs, and nowhere else.

Never: follows a link (each directory is made here, and names are made in it by fd); leaves the directory of the stage.
"""

import errno
import os
import stat

from common import Failure


def _fill(node, path, parent):
    name = os.path.basename(path)
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=parent)
    with os.fdopen(fd, "wb") as out:
        return node.copy(out.write, path)


def _make(node, path, parent):
    """Returns the sha256 of a file's bytes."""
    name = os.path.basename(path)
    if node.is_dir():
        os.mkdir(name, 0o700, dir_fd=parent)
    elif node.is_link():
        os.symlink(node.target, name, dir_fd=parent)
    elif node.is_file():
        return _fill(node, path, parent)
    else:
        try:
            os.mknod(name, stat.S_IFMT(node.mode) | 0o600, os.makedev(*node.device), dir_fd=parent)
        except PermissionError:
            raise Failure(f"/{path}: this machine lets not even root make a device node; run as another user, the builder uses "
                      "fakeroot") from None
    return None


def _dress(node, full):
    os.chown(full, node.uid, node.gid, follow_symlinks=False)
    if not node.is_link():
        os.chmod(full, stat.S_IMODE(node.mode))
    for name, value in node.xattrs.items():
        try:
            os.setxattr(full, name, value, follow_symlinks=False)
        except OSError as error:
            # What the build machine's file system cannot hold is said, not dropped.
            if error.errno not in (errno.ENOTSUP, errno.EPERM):
                raise
            raise Failure(f"{full}: the extended attribute {name} cannot be kept here ({error.strerror})") from None
    os.utime(full, (node.mtime, node.mtime), follow_symlinks=False)


def write(tree, root, progress):
    """Makes the tree below `root`, a new directory. Returns the sha256 of each file by the id() of its node."""
    os.mkdir(root, 0o700)
    root_fd = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    made, digests, directories, count = {}, {}, [], 0
    try:
        for path, node in tree.walk():
            full = os.path.join(root, path) if path else root
            count += 1
            progress(count)
            if node.is_dir():
                directories.append((node, full))
            if not path:
                continue
            parent = os.open(os.path.dirname(path) or ".", os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root_fd)
            try:
                if id(node) in made:
                    os.link(os.path.join(root, made[id(node)]), full, follow_symlinks=False)
                    continue
                digests[id(node)] = _make(node, path, parent)
            finally:
                os.close(parent)
            if not node.is_dir():
                made[id(node)] = path
                _dress(node, full)
        # From the inside out: what is made in a directory changes its time, and its mode may shut us out.
        for node, full in reversed(directories):
            _dress(node, full)
    finally:
        os.close(root_fd)
    return digests
