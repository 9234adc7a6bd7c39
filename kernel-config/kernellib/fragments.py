# SPDX-License-Identifier: Apache-2.0
"""Flavours and fragments: what kernel-config/ asks of a kernel.

A flavour is a file of fragment names. A fragment is a file of groups: comment lines that say why, then lines
CONFIG_NAME=VALUE, each with optional conditions behind it: `# since 6.9`, `# until 6.8`, `# on x86_64`. The fragment of
the architecture belongs to every flavour.

Never: reads a kernel's source.
"""

import difflib
import os
import re

from common import Failure

DIRECTORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ARCHITECTURES = ("x86_64", "aarch64")
LINE = re.compile(r'(CONFIG_[A-Z0-9_]+)=(y|n|-?\d+|0x[0-9a-f]+|"[^"]*")((?: # (?:since \d+\.\d+|until \d+\.\d+|on \w+))*)')
VERSION = re.compile(r"# (since|until) (\d+)\.(\d+)")
ARCHITECTURE = re.compile(r"# on (\w+)")


class Wish:
    """One line of a fragment: the symbol, the value, and for which kernels."""

    def __init__(self, name, value, place, since=None, until=None, architecture=None):
        self.name, self.value, self.place = name, value, place
        self.since, self.until, self.architecture = since, until, architecture

    def applies_to(self, version, architecture):
        return (not (self.since and version < self.since) and not (self.until and version > self.until)
                and self.architecture in (None, architecture))


def names_in(directory, suffix=""):
    return sorted(name.removesuffix(suffix) for name in os.listdir(os.path.join(DIRECTORY, directory))
                  if name.endswith(suffix))


def check_name(kind, name, known):
    if name in known:
        return
    near = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    raise Failure(f"there is no {kind} {name!r}; {hint}There are: {', '.join(known)}")


def flavours():
    return names_in("flavours")


def fragments():
    return names_in("fragments", ".config")


def fragments_of(flavour, architecture, extra=()):
    """The names of a flavour's fragments, those asked for besides, and the architecture's."""
    check_name("flavour", flavour, flavours())
    check_name("architecture", architecture, list(ARCHITECTURES))
    with open(os.path.join(DIRECTORY, "flavours", flavour), encoding="utf-8") as file:
        chosen = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    chosen += [name for name in [*extra, architecture] if name not in chosen]
    for name in chosen:
        check_name("fragment", name, fragments())
    return chosen


def path_of(fragment):
    return os.path.join(DIRECTORY, "fragments", fragment + ".config")


def read_fragment(name):
    """The wishes of a fragment; Failure names a line that is none."""
    wishes = []
    with open(path_of(name), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line, place = line.rstrip("\n"), f"{name}.config:{number}"
            if not line or line.startswith("#"):
                continue
            match = LINE.fullmatch(line)
            if not match:
                raise Failure(f"{place}: {line!r} is not CONFIG_NAME=VALUE, with `# since X.Y`, `# until X.Y`,"
                              " `# on ARCH` at most")
            bounds = {word: (int(major), int(minor)) for word, major, minor in VERSION.findall(match[3])}
            architecture = next(iter(ARCHITECTURE.findall(match[3])), None)
            check_name("architecture", architecture or ARCHITECTURES[0], list(ARCHITECTURES))
            wishes.append(Wish(match[1], match[2], place, bounds.get("since"), bounds.get("until"), architecture))
    return wishes


def wishes_of(names, version, architecture):
    """What the fragments ask of a kernel of this version (major, minor)."""
    return [wish for name in names for wish in read_fragment(name) if wish.applies_to(version, architecture)]
