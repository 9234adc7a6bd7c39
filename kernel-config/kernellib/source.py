# SPDX-License-Identifier: Apache-2.0
"""The kernel's source: where it is, which version, and what tells it from another."""

import hashlib
import os
import re

from common import Failure, cache_directory

# Names of the directories that tools/deps unpacks: the package's version is in it, and nothing else writes there.
DISTRIBUTION = "linux-source"
SKIPPED = {".git"}


def find(asked):
    """The directory that was asked for, or the distribution's source from the cache."""
    if asked:
        if not os.path.isdir(asked):
            raise Failure(f"there is no directory {asked}; KERNEL_SRC= names an unpacked kernel source")
        tree = os.path.abspath(asked)
    else:
        cache = cache_directory()
        tree = os.path.realpath(os.path.join(cache, DISTRIBUTION))
        if not os.path.isdir(tree):
            raise Failure(f"there is no kernel source in {cache}; `tools/deps kernel` fetches the distribution's, or"
                          " KERNEL_SRC= names another")
    version(tree)
    if os.path.exists(os.path.join(tree, ".config")) or os.path.isdir(os.path.join(tree, "include/config")):
        raise Failure(f"{tree} has been built in, and the kernel refuses to build elsewhere from it; `make -C {tree}"
                      " mrproper` cleans it")
    return tree


def numbers(tree):
    try:
        with open(os.path.join(tree, "Makefile"), encoding="utf-8") as file:
            head = file.read(400)
        return [int(re.search(rf"^{word} = (\d+)$", head, re.M)[1]) for word in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    except (OSError, TypeError):
        raise Failure(f"{tree} is no kernel source: it has no Makefile with a VERSION") from None


def version(tree):
    return tuple(numbers(tree)[:2])


def version_text(tree):
    return ".".join(map(str, numbers(tree)))


def identity(tree):
    """A hash of the content, or the name of a directory that tools/deps has unpacked and nobody changes."""
    if os.path.exists(os.path.join(tree, ".unpacked")):
        return os.path.basename(tree)
    total = hashlib.sha256()
    for directory, directories, files in os.walk(tree):
        directories[:] = sorted(set(directories) - SKIPPED)
        for name in sorted(files):
            path = os.path.join(directory, name)
            total.update(os.path.relpath(path, tree).encode() + b"\0")
            if os.path.islink(path):
                total.update(os.readlink(path).encode())
            else:
                with open(path, "rb") as file:
                    total.update(hashlib.sha256(file.read()).digest())
    return total.hexdigest()
