# SPDX-License-Identifier: Apache-2.0
"""What an image holds, a line for each file: mode, owner, path, size and sha256.

Never: reads a file; whoever writes it has its hash.
"""

import hashlib
import stat
import uuid


def line(path, node, digest):
    if node.is_file():
        tail = f"{node.size:9d} {digest}"
    elif node.is_link():
        tail = f"-> {node.target}"
    else:
        tail = f"{node.device[0]},{node.device[1]}" if any(node.device) else ""
    return f"{stat.filemode(node.mode)} {node.uid}:{node.gid} /{path} {tail}".rstrip() + "\n"


def listing(tree, digests):
    """All lines, and a UUID that is the same for the same tree. digests: of the files, by the id() of their nodes."""
    lines, whole = [], hashlib.sha256()
    for path, node in tree.walk():
        lines.append(line(path, node, digests.get(id(node))))
        whole.update(f"{node.mtime} {sorted(node.xattrs.items())} {lines[-1]}".encode("utf-8", "surrogateescape"))
    return lines, uuid.UUID(bytes=whole.digest()[:16], version=5)
