# SPDX-License-Identifier: Apache-2.0
"""What the tools of the tree share: tools/vm, rootfs/ and kernel-config/."""

import os


class Failure(Exception):
    """Ends a command: what the user gave is at fault, and the text is the sentence that says so."""


def cache_directory():
    """Where downloads, kernels and snapshots lie, outside of the tree."""
    return os.environ.get("PITH_CACHE") or os.path.expanduser("~/.cache/pith")
