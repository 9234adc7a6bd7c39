# SPDX-License-Identifier: Apache-2.0
"""What /etc/pith.json may say, by the very table that the agent decodes it with: a key, a type or a length that the agent would not take
is an error of the build, and no matter of the boot.

Never: knows a key of the table by name, but for the few whose value has a form of its own.
"""

import json
import os
import re

from common import Failure

from .tree import nearest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(TREE, "agent/protocol/config.def")
BYTES_MAX = 256 << 10           # FRAME_JSON_MAX
FIRST_REAL_TIME, LAST_SIGNAL = 34, 64
SIGNALS = """HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM
PROF WINCH IO PWR SYS""".split()
# Other names of the same signals.
ALIASES = {"IOT": "ABRT", "CLD": "CHLD", "POLL": "IO", "UNUSED": "SYS"}
TYPES = {"string": (str, "a string"), "path": (str, "a string"), "strings": (list, "an array of strings"),
         "pairs": (dict, "an object of strings"), "flag": (bool, "true or false"), "count": (int, "a whole number"),
         "integer": (int, "a whole number"), "object": (dict, "an object"), "list": (list, "an array of objects")}


def _read_table():
    """{object: {key: (kind, least, most, words or the inner object, is it required)}}"""
    with open(TABLE, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    rows = {}
    for macro, arguments in re.findall(r"^(KEY|CHOICE|INNER|LIST)\((.*)\)$", text, re.M):
        part = [part.strip() for part in arguments.split(",")]
        required = "REQUIRED" in part
        if macro == "KEY":
            row = (part[2], int(part[4]), int(part[5]), None, required)
        elif macro == "CHOICE":
            row = ("choice", 0, 0, [word for word in part[3].strip('"').split("\\0") if word], required)
        elif macro == "INNER":
            row = ("object", 0, 0, part[3], required)
        else:
            row = ("list", int(part[3]), int(part[4]), part[5], required)
        rows.setdefault(part[0], {})[part[1]] = row
    return rows


ROWS = _read_table()


def _check_text(value, where):
    if not isinstance(value, str):
        raise Failure(f"{where}: {value!r}: not a string")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Failure(f"{where}: {value!r}: has a zero byte, or half of a character")


def _measure(kind, value):
    """What the bounds are about, and its unit."""
    if kind in ("string", "path"):
        return len(value.encode()), " bytes"
    return (value, "") if isinstance(value, int) else (len(value), " items")


def _check_value(row, value, where):
    kind, least, most, inner, _required = row
    if kind == "choice":
        if value not in inner:
            raise Failure(f"{where}: {value!r}: must be {', '.join(inner[:-1])} or {inner[-1]}")
        return
    wanted, told = TYPES[kind]
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise Failure(f"{where}: {value!r}: must be {told}")
    if kind in ("string", "path"):
        _check_text(value, where)
    for item in value if kind == "strings" else ():
        _check_text(item, where)
    for name, item in value.items() if kind == "pairs" else ():
        _check_text(name, where)
        _check_text(item, f"{where}.{name}")
    if kind == "object":
        _check_inner(inner, value, where)
    elif kind != "flag":
        size, unit = _measure(kind, value)
        if not least <= size <= most:
            raise Failure(f"{where}: {size}{unit}, must be {least} to {most}")
    for number, item in enumerate(value) if kind == "list" else ():
        if not isinstance(item, dict):
            raise Failure(f"{where}[{number}]: {item!r}: must be an object")
        _check_inner(inner, item, f"{where}[{number}]")


def _check_inner(name, value, where):
    for key, member in value.items():
        row = ROWS[name].get(key)
        if not row:
            raise Failure(f"{where}.{key}: no such key{nearest(key, ROWS[name])}")
        _check_value(row, member, f"{where}.{key}")
    for key, row in ROWS[name].items():
        if row[4] and key not in value:
            raise Failure(f"{where}.{key}: missing")


def signal_name(text):
    """A signal's name or number as the agent reads it; None if there is none. As for Docker, small letters and `SIG` do not matter."""
    name = text.upper().removeprefix("SIG")
    name = ALIASES.get(name, name)
    if name.isascii() and name.isdigit():
        return str(int(name)) if 1 <= int(name) <= LAST_SIGNAL else None
    if re.fullmatch(r"RTMIN(\+\d{1,2})?|RTMAX(-\d{1,2})?", name, re.ASCII):
        return f"SIG{name}" if int(name[6:] or 0) <= LAST_SIGNAL - FIRST_REAL_TIME else None
    return f"SIG{name}" if name in SIGNALS else None


def check(document, where, called=None):
    """Raises Failure where the agent would not take the document. called: what keys are called where it comes from."""
    names = called or {}

    def place(key):
        return f"{where}: {names.get(key, key)}"

    for key, value in document.items():
        if key not in ROWS["config"]:
            raise Failure(f"{place(key)}: no such key{nearest(key, ROWS['config'])}")
        _check_value(ROWS["config"][key], value, place(key))
    for name in document.get("env", {}):
        if not name or "=" in name:
            raise Failure(f"{place('env')}: {name!r}: a name may not be empty or hold a =")
    if not document.get("workdir", "/").startswith("/"):
        raise Failure(f"{place('workdir')}: {document['workdir']!r}: must be an absolute path")
    if "stop_signal" in document and not signal_name(document["stop_signal"]):
        raise Failure(f"{place('stop_signal')}: {document['stop_signal']!r}: there is no signal of that name")
    for key in ("entrypoint", "cmd"):
        if document.get(key):
            if not document[key][0]:
                raise Failure(f"{place(key)}: the program's name is empty")
            break


def text_of(document):
    """The file's text."""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    size = len(text.encode())
    if size > BYTES_MAX:
        raise Failure(f"/etc/pith.json: would be {size} bytes, the agent takes {BYTES_MAX}")
    return text
