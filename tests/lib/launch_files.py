# SPDX-License-Identifier: Apache-2.0
"""Running the scripts of images/launch, with nothing of tools/vm between them and the VMM."""

import os
import subprocess
import sys
import tempfile

from lib.tap import ROOT, build, cleanup, diag, equal, guest_build, run, start, wait_for

sys.path.append(os.path.join(ROOT, "tools"))
from vmlib import machine  # noqa: E402

LAUNCH = os.path.join(ROOT, "images/launch")
VARIABLES = ("IMAGE", "KERNEL", "DISK", "MEMORY", "CPUS", "CID", "VSOCK", "APPEND", "QEMU", "ACCEL", "VHOST_USER", "RAW")


def environment(variables):
    """Ours, without what the scripts would read of it."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**kept, **variables}


def launch(script, *words, **variables):
    return run([os.path.join(LAUNCH, script), *words], env=environment(variables))


def has_line(path, text):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return text in file.read()
    except FileNotFoundError:
        return False


def boots(script, seconds=50, image=None, command=("ping",)):
    """The script starts a VMM that boots an image (minimal); the command over vsock succeeds; power off ends the VMM with 0."""
    # Sockets have short names.
    directory = tempfile.TemporaryDirectory(prefix="pith-")
    cleanup(directory.cleanup)
    device, sock, log = (os.path.join(directory.name, name) for name in ("vhost", "vsock", "console"))
    image, cid = image or guest_build("image/minimal"), str(1024 + os.getpid())
    variables = {"IMAGE": image, "CID": cid, "ACCEL": machine.choose_accelerator(os.path.join(image, "kernel"), diag)}
    address = f"vsock:{cid}"
    if not machine.host_vsock_usable():
        start([machine.vhost_user_vsock(), "--guest-cid", cid, "--socket", device, "--uds-path", sock],
              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(device), 5, "vhost-device-vsock")
        variables["VHOST_USER"], address = device, f"hybrid:{sock}"
    with open(log, "wb") as console:
        vmm = start([os.path.join(LAUNCH, script)], stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                    env=environment(variables))
    wait_for(lambda: has_line(log, "agent is ready") or vmm.poll() is not None, seconds, "the agent")
    with open(log, encoding="utf-8", errors="replace") as console:
        equal(vmm.poll(), None, console.read()[-2000:])
    for words in (command, ("poweroff",)):
        result = run([build("pith"), "--wait", "10s", "--vm", address, *words], seconds=20)
        equal(result.returncode, 0, result.stderr)
    equal(vmm.wait(20), 0)
