# SPDX-License-Identifier: Apache-2.0
"""Makes the .config of an output directory, by the kernel's own `conf`, and checks that nothing was dropped."""

import os
import shutil
import subprocess

from kernellib import check, fragments, kconfig, source, toolchain
from common import Failure


def wanted_text(names, tree, architecture, config=None):
    """What is handed to `conf`: all that decides the configuration, in one text."""
    if config:
        try:
            with open(config, encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            raise Failure(f"{config}: {error.strerror}") from None
    # Sorted: a line that goes to another fragment changes nothing.
    wishes = fragments.wishes_of(names, source.version(tree), architecture)
    return "".join(sorted(f"{wish.name}={wish.value}\n" for wish in wishes))


def run_conf(tree, out, architecture, *words):
    make = subprocess.run([*toolchain.make_command(tree, out, architecture, 2), *words], env=toolchain.environment(),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if make.returncode != 0:
        raise Failure(f"the kernel's make {words[-1]} failed:\n{make.stderr.strip()}")


def take(config, tree, out, architecture):
    """A whole configuration, made for another release perhaps: new questions get their defaults."""
    os.makedirs(out, exist_ok=True)
    shutil.copyfile(config, os.path.join(out, ".config"))
    run_conf(tree, out, architecture, "olddefconfig")


def configure(names, tree, out, architecture):
    """Leaves OUT/.config. The Failure tells all that was dropped."""
    os.makedirs(out, exist_ok=True)
    wanted = os.path.join(out, "wanted.config")
    with open(wanted, "w", encoding="utf-8") as file:
        file.write(wanted_text(names, tree, architecture))
    run_conf(tree, out, architecture, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig")
    kept = check.read_config(os.path.join(out, ".config"))
    lost = check.dropped(fragments.wishes_of(names, source.version(tree), architecture), kept)
    if lost:
        symbols = kconfig.Tree(tree, toolchain.ARCH[architecture])
        lines = [f"  {wish.name}={wish.value} ({wish.place}): {check.explain(symbols, wish, kept)}" for wish in lost]
        raise Failure(f"{len(lost)} of the symbols asked for were dropped:\n" + "\n".join(lines))
