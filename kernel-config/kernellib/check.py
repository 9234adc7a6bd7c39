# SPDX-License-Identifier: Apache-2.0
"""Compares what was asked for with what the kernel's own configuration kept, and finds out what dropped the rest."""

import re

from kernellib import kconfig

SET = re.compile(r"(CONFIG_[A-Za-z0-9_]+)=(.*)")


def read_config(path):
    with open(path, encoding="utf-8") as file:
        return {match[1]: match[2] for match in map(SET.fullmatch, file.read().splitlines()) if match}


def dropped(wishes, kept):
    return [wish for wish in wishes if kept.get(wish.name, "n") != wish.value]


def explain(tree, wish, kept):
    """Why a wish was not granted, in a few words."""
    definitions = tree.symbols.get(wish.name.removeprefix("CONFIG_"))
    if not definitions:
        return "this kernel has no such symbol"
    missing = min((kconfig.unmet(definition.depends, kept) for definition in definitions), key=len)
    if missing:
        return f"it needs {', and '.join(missing)}"
    got = kept.get(wish.name, "n")
    prompts = [prompt for definition in definitions for prompt in definition.prompts]
    if not prompts:
        return f"it is {got} and cannot be asked for: other symbols select it"
    hidden = min((kconfig.unmet([prompt], kept) for prompt in prompts), key=len)
    if hidden:
        return f"it is {got}, and can be asked for only with {', and '.join(hidden)}"
    for definition in definitions:
        if definition.choice is not None:
            winner = [name for name in tree.others_of_choice(definition.choice) if kept.get("CONFIG_" + name) == "y"]
            return f"the choice that it is one of went to {', '.join(winner) or 'none'}"
    return f"it is {got}, for a reason that its dependencies do not show: something selects it, or its range is smaller"
