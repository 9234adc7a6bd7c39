# SPDX-License-Identifier: Apache-2.0
"""A Debian suite as a tar archive, by mmdebstrap, from the sources that this machine is configured with.

Never: names a server; changes this machine's apt settings.
"""

import contextlib
import glob
import hashlib
import os
import re
import shutil
import subprocess
import time

from common import Failure

from .tree import nearest

KEEP_S = 30 * 86400
SOURCES = "/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources"


def _sources():
    found = [path for pattern in SOURCES for path in sorted(glob.glob(pattern)) if os.path.getsize(path)]
    if not found:
        raise Failure("this machine has no apt sources (/etc/apt/sources.list*): a Debian image is made from them")
    return found


def _settings():
    """How this machine reaches its sources: proxies, and what it lets pass."""
    done = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False)
    wanted = re.compile(r'Acquire::(?:(?:http|https|ftp)::Proxy\S*|Check-Valid-Until|Check-Date|ForceIPv[46]) ".+";')
    return [line for line in done.stdout.splitlines() if wanted.fullmatch(line)]


def forget_old(cache):
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        # Another build may be at it, and give a file its name meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if os.path.getmtime(path) < time.time() - KEEP_S:
                os.unlink(path)


def _suites(texts):
    """What the sources call the releases that they have."""
    text = b"\n".join(texts).decode("utf-8", "replace")
    listed = re.findall(r"^Suites:(.*)", text, re.M) + re.findall(r"^deb\s+(?:\[[^]]*\]\s+)?\S+\s+(\S+)", text, re.M)
    return sorted({name for names in listed for name in names.split()})


def _check_runs(arch):
    """Installing runs programs of the packages."""
    native = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=False).stdout.strip()
    if arch == native:
        return
    if not shutil.which("arch-test") or subprocess.run(["arch-test", arch], capture_output=True, check=False).returncode != 0:
        raise Failure(f"a Debian tree for {arch}: its packages run programs for {arch} when they are installed, which this {native} "
                      "machine does not run. Install arch-test and qemu-user-static, or make the tree on such a machine and use tar:PATH")


def fetch(suite, packages, cache, epoch, arch, progress):
    """The path of the archive, made now or found in the cache. The cache's key is everything that was asked for."""
    if not shutil.which("mmdebstrap"):
        raise Failure("no mmdebstrap to make a Debian tree; `tools/deps image` installs it")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", suite) or not all(re.fullmatch(r"[a-z0-9][a-z0-9+.:=~-]*", name) for name in packages):
        raise Failure(f"not the names of a suite and of packages: {' '.join([suite, *packages])}")
    sources = _sources()
    texts = [open(path, "rb").read() for path in sources]
    key = hashlib.sha256(repr((suite, sorted(packages), arch, epoch, texts)).encode()).hexdigest()[:16]
    out = os.path.join(cache, f"{suite}-{key}.tar")
    if os.path.exists(out):
        progress(f"Debian {suite} from the cache ({out})")
        os.utime(out)
        return out
    _check_runs(arch)
    os.makedirs(cache, exist_ok=True)
    part = out + f".part-{os.getpid()}"
    command = ["mmdebstrap", "--variant=minbase", "--format=tar", f"--architectures={arch}",
               "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
               "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
               *[f"--aptopt={line}" for line in _settings()]]
    if packages:
        command.append("--include=" + ",".join(packages))
    progress(f"Debian {suite} with {' '.join(packages) or 'nothing more'}: mmdebstrap takes a minute or more")
    try:
        done = subprocess.run([*command, suite, part, *sources], capture_output=True, text=True, check=False,
                              env=dict(os.environ, SOURCE_DATE_EPOCH=str(epoch), LC_ALL="C"))
        if done.returncode != 0:
            # Its own lines, of apt and dpkg whose command line failed, say less than those before them.
            lines = [line for line in done.stderr.splitlines() if re.match(r"(E|W|dpkg):(?! (setup|mmdebstrap) failed)", line)][-6:]
            raise Failure(f"mmdebstrap {suite}: " + ("; ".join(lines) or f"ended with {done.returncode}"))
        # A suite that the sources do not have gives a tree without a package, and no error.
        if not subprocess.run(["tar", "-xOf", part, "./var/lib/dpkg/status"], capture_output=True, check=False).stdout:
            known = _suites(texts)
            raise Failure(f"this machine's apt sources have no suite {suite}{nearest(suite, known)}; there are: {' '.join(known)}")
        os.replace(part, out)
        forget_old(cache)
    finally:
        if os.path.exists(part):
            os.unlink(part)
    return out
