# SPDX-License-Identifier: Apache-2.0
"""The patch that a page has as blocks of code, and its way into a tree.

A block begins with ```diff PATH. Of its lines those with + are new, those with - go, and the others are in the file already, all in
one piece that the file has once; there are no line numbers, so that the page outlives changes elsewhere in the file. A block of
+ alone is a new file; one that begins with #! is executable.
"""

import os
import re


def blocks(page):
    """[(path, text)] in the order of the page."""
    return re.findall(r"^```diff (\S+)\n(.*?)^```$", page, re.M | re.S)


def apply(tree, path, text):
    """Applies one block to the tree; an AssertionError says why it does not fit."""
    lines = text.split("\n")[:-1]
    assert all(line[:1] in "+- " and line for line in lines), f"{path}: a line that begins with neither of +, - and a blank"
    before = "".join(line[1:] + "\n" for line in lines if line[0] != "+")
    after = "".join(line[1:] + "\n" for line in lines if line[0] != "-")
    assert before != after, f"{path}: the block changes nothing"
    full = os.path.join(tree, path)
    if not before:
        assert not os.path.exists(full), f"{path} is there already"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        old = new = ""
    else:
        with open(full, encoding="utf-8") as file:
            old = "\n" + file.read()
        found = old.count("\n" + before)
        assert found == 1, f"{path} has the lines of the block {found} times, not once:\n{before}"
        new = old.replace("\n" + before, "\n" + after)[1:]
    with open(full, "w", encoding="utf-8") as file:
        file.write(new if before else after)
    if not before and after.startswith("#!"):
        os.chmod(full, 0o755)


def apply_all(tree, found):
    for path, text in found:
        apply(tree, path, text)


def take_out(tree, path, text):
    """The way back."""
    if all(line.startswith("+") for line in text.split("\n")[:-1]):
        os.unlink(os.path.join(tree, path))
    else:
        apply(tree, path, re.sub(r"^[+-]", lambda sign: "-" if sign[0] == "+" else "+", text, flags=re.M))
