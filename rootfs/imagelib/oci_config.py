# SPDX-License-Identifier: Apache-2.0
"""An image's own configuration: what of it becomes /etc/pith.json, what is told to the host in image.json, and what is told while
building because nothing comes of it. Source: the OCI image-spec 1.1 (config.md), and what Docker does where that leaves it open.

Never: drops a value that would change how the image's program runs. What cannot be meant is an error with image, field and value.
"""

from common import Failure

from . import document


FIELDS = {"entrypoint": "Entrypoint", "cmd": "Cmd", "env": "Env", "user": "User", "workdir": "WorkingDir", "stop_signal": "StopSignal"}


def _field(wanted, name, kind, told, where):
    """The field, or None where it is absent, null or empty."""
    value = wanted.get(name)
    if value is not None and not isinstance(value, kind):
        raise Failure(f"{where}: {name}: {value!r}: must be {told}")
    return value or None


def _env(items, where, note):
    """As Docker: what is no NAME=VALUE sets nothing, and the later of two of a name wins."""
    result = {}
    for item in items:
        if not isinstance(item, str):
            raise Failure(f"{where}: Env: {item!r}: not a string")
        name, equals, value = item.partition("=")
        if name and equals:
            result[name] = value
        else:
            note(f"{where}: Env: {item!r} is not NAME=VALUE, and is left out")
    return result


def _host_facts(wanted, where, note):
    """What is no matter of the guest's own."""
    facts = {}
    for name, key in (("ExposedPorts", "ports"), ("Volumes", "volumes")):
        value = _field(wanted, name, dict, "an object", where)
        if value:
            facts[key] = sorted(value)
    labels = _field(wanted, "Labels", dict, "an object of strings", where)
    if labels and not all(isinstance(value, str) for value in labels.values()):
        raise Failure(f"{where}: Labels: {labels!r}: must be an object of strings")
    if labels:
        facts["labels"] = dict(sorted(labels.items()))
    for path in facts.get("volumes", ()):
        note(f"{where}: Volumes: {path} is a directory of the root; for a disk of its own there are mounts")
    health = _field(wanted, "Healthcheck", dict, "an object", where)
    if health and health.get("Test") not in (None, [], ["NONE"]):
        note(f"{where}: Healthcheck: {health['Test']!r} is not run; the host may, by `pith exec`")
    return facts


def to_pith(config, where, note):
    """(what /etc/pith.json says, what image.json says) for an image's configuration; note(text) tells what has no effect."""
    wanted, result = config.get("config") or {}, {}
    if not isinstance(wanted, dict):
        raise Failure(f"{where}: config: {wanted!r}: must be an object")
    for key, name in FIELDS.items():
        kind, told = (list, "an array of strings") if key in ("entrypoint", "cmd", "env") else (str, "a string")
        value = _field(wanted, name, kind, told, where)
        if value and key == "env":
            value = _env(value, where, note)
        if value:
            result[key] = value
    if "stop_signal" in result:
        result["stop_signal"] = document.signal_name(result["stop_signal"]) or result["stop_signal"]
    document.check(result, where, FIELDS)
    return result, _host_facts(wanted, where, note)


def make_directories(tree, config, facts, where):
    """Those that the configuration names are there when a container starts, so here too."""
    for name, paths in (("WorkingDir", [config["workdir"]] if "workdir" in config else []), ("Volumes", facts.get("volumes", []))):
        for path in paths:
            tree.make_directories(path, f"{where}: {name}")
