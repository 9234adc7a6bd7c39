# SPDX-License-Identifier: Apache-2.0
"""docs/reference/protocol-by-example.md: its dumps as steps, and steps as dumps.

    steps = parse(text)                     # [Step(kind, frame, line, ...)]: connect, host, guest, agent_closes, host_closes
    dump = render(frame)                    # the lines of one frame, what varies marked

A dump is a line for a frame's header and lines for its payload. A byte after `*` instead of a blank is another one with each run; a
placeholder `< V` or `< D 1`, without bytes, is what tests/harness/record-protocol-page fills in.
"""

import collections
import re
import struct

PAGE = "docs/reference/protocol-by-example.md"
ROW = 24
TYPES = {"H": "hello", "Q": "request", "R": "result", "E": "error", "V": "event", "D": "data", "Z": "end", "W": "window"}
DIRECTIVES = {"-- the host connects": "connect", "-- the host closes": "host_closes", "-- the agent closes": "agent_closes"}
HEADER = struct.Struct("<IBBH")
# Members of JSON payloads whose values differ from run to run, from machine to machine or with the version.
NUMBERS = ("pid realtime_us boottime_us uptime_us cpus total_bytes available_bytes memory_bytes wall_us cpu_user_us cpu_system_us "
           "peak_memory_bytes started_us mtime_us ctime_us").split()
STRINGS = "pith boot_id generation hostname release version machine".split()
OBJECTS = ["protection"]
VARIES = re.compile((rf'"(?:{"|".join(NUMBERS)})":(\d+)' rf'|"(?:{"|".join(STRINGS)})":"([^"]*)"'
                     rf'|"(?:{"|".join(OBJECTS)})":{{([^}}]*)}}').encode())

# payload: bytes; varies: a set of offsets in the payload; length_varies: whether the header's length does.
Frame = collections.namedtuple("Frame", "type stream payload varies length_varies")
# frame is None for directives; size tells a placeholder (None) from a dump; first and end are lines of the page.
Step = collections.namedtuple("Step", "kind frame placeholder first end")


class Malformed(Exception):
    """A dump of the page that is none: the message has the line."""


def as_text(data):
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)


def frame_of(type_, stream, payload):
    """A frame as it came, with what varies in it marked."""
    varies = set()
    numbers = False
    if type_ in "HREV":
        for found in VARIES.finditer(payload):
            group = found.lastindex
            varies |= set(range(*found.span(group)))
            numbers |= group != 2 or not re.fullmatch(rb"[0-9a-f-]{32,36}", found.group(group))
    return Frame(type_, stream, payload, varies, numbers)


def _hex_of(data, varies):
    return "".join(("*" if at in varies else " ") + f"{byte:02x}" for at, byte in enumerate(data))


def _header_line(mark, frame):
    length = struct.pack("<I", len(frame.payload))
    fields = [_hex_of(length, {0, 1} if frame.length_varies else ()), f" {ord(frame.type):02x}", f" {frame.stream:02x}", " 00 00"]
    words = f"length {len(frame.payload):,}, {frame.type} {TYPES[frame.type]}, stream {frame.stream}, zero"
    return f"    {mark}{' |'.join(fields)}    {words}"


def render(mark, frame):
    """The lines of one frame."""
    lines = [_header_line(mark, frame)]
    data = frame.payload
    if len(data) > ROW and len(set(data)) == 1:
        return lines + [f"    {mark} {data[0]:02x} ({len(data):,} times)"]
    if frame.type == "W":
        return lines + [f"    {mark}{_hex_of(data, ()):<{3 * ROW}}    {struct.unpack('<I', data)[0]:,} bytes more"]
    for at in range(0, len(data), ROW):
        row = data[at:at + ROW]
        shown = _hex_of(row, {v - at for v in frame.varies if at <= v < at + ROW})
        # No line of a page ends in a blank.
        lines.append(f"    {mark}{shown:<{3 * ROW}}    {as_text(row)}".rstrip())
    return lines


def _payload_line(text, line):
    """(bytes, the offsets that vary, what stands to the right)"""
    repeated = re.fullmatch(r" ([0-9a-f]{2}) \(([0-9,]+) times\)", text)
    if repeated:
        return bytes([int(repeated[1], 16)]) * int(repeated[2].replace(",", "")), [], None
    shown = text[:3 * ROW].rstrip()
    if not re.fullmatch(r"([ *][0-9a-f]{2})+", shown) or text[3 * ROW:3 * ROW + 4] != "    ":
        raise Malformed(f"line {line}: no bytes with their text: {text!r}")
    cells = re.findall(r"([ *])([0-9a-f]{2})", shown)
    return bytes(int(byte, 16) for _, byte in cells), [at for at, cell in enumerate(cells) if cell[0] == "*"], text[3 * ROW + 4:]


def _check_words(header, words, rows, line):
    length, type_, stream = header
    wanted = f"length {length:,}, {type_} {TYPES[type_]}, stream {stream}, zero"
    if words != wanted:
        raise Malformed(f"line {line}: the words are {words!r}, the bytes say {wanted!r}")
    for number, data, shown in rows:
        wanted = f"{struct.unpack('<I', data)[0]:,} bytes more" if type_ == "W" else as_text(data)
        if shown is not None and shown != wanted.rstrip():
            raise Malformed(f"line {number}: the text is {shown!r}, the bytes say {wanted!r}")


def _parse_frame(lines, at, mark):
    """The frame whose header is lines[at]; also the index after its last line."""
    found = re.fullmatch(rf"    {mark}((?:[ *][0-9a-f]{{2}}){{4}}) \| ([0-9a-f]{{2}}) \| ([0-9a-f]{{2}}) \| 00 00    (.*)", lines[at])
    if not found:
        raise Malformed(f"line {at + 1}: no header of a frame: {lines[at]!r}")
    length = int.from_bytes(bytes.fromhex(found[1].replace("*", " ")), "little")
    type_, stream = chr(int(found[2], 16)), int(found[3], 16)
    if type_ not in TYPES:
        raise Malformed(f"line {at + 1}: no frame has the type {type_!r}")
    payload, varies, rows = bytearray(), set(), []
    end = at + 1
    while len(payload) < length:
        if end >= len(lines) or not lines[end].startswith(f"    {mark}"):
            raise Malformed(f"line {end + 1}: {len(payload)} bytes of {length}, and no more")
        data, offsets, shown = _payload_line(lines[end][5:], end + 1)
        varies |= {len(payload) + offset for offset in offsets}
        rows.append((end + 1, data, shown))
        payload += data
        end += 1
    if len(payload) > length:
        raise Malformed(f"line {end}: the payload has {len(payload)} bytes, the header says {length}")
    _check_words((length, type_, stream), found[4], rows, at + 1)
    return Frame(type_, stream, bytes(payload), varies, "*" in found[1]), end


def parse(text):
    lines = text.split("\n")
    steps = []
    at = 0
    while at < len(lines):
        line = lines[at]
        placeholder = re.fullmatch(r"    < ([HREVDZW])(?: ([012]))?", line)
        raw = re.fullmatch(r"    > ((?:[0-9a-f]{2} )+) +no frame: .*", line)
        end = at + 1
        if line.strip() in DIRECTIVES and line.startswith("    "):
            steps.append(Step(DIRECTIVES[line.strip()], None, False, at, end))
        elif placeholder:
            frame = Frame(placeholder[1], int(placeholder[2] or 0), b"", set(), False)
            steps.append(Step("guest", frame, True, at, end))
        elif raw:
            steps.append(Step("raw", bytes.fromhex(raw[1]), False, at, end))
        elif line.startswith(("    > ", "    < ", "    >*", "    <*")):
            frame, end = _parse_frame(lines, at, line[4])
            steps.append(Step("host" if line[4] == ">" else "guest", frame, False, at, end))
        at = end
    return steps


def encode(frame):
    return HEADER.pack(len(frame.payload), ord(frame.type), frame.stream, 0) + frame.payload


def masked(frame):
    """What has to be the same each time: each run of bytes that varies is one mark."""
    out, inside = [], False
    for at, byte in enumerate(frame.payload):
        if at in frame.varies:
            out += [] if inside else ["*"]
            inside = True
        else:
            out.append(as_text([byte]) if 32 <= byte < 127 else f"\\x{byte:02x}")
            inside = False
    return frame.type, frame.stream, None if frame.length_varies else len(frame.payload), "".join(out)


class Session:
    """Plays the host's part of the steps against an agent, and keeps what the agent said."""

    def __init__(self, connect):
        self.connect = connect
        self.wire = None
        self.heard = []  # for each guest step, in the order of the page, the frame that came

    def _complete(self, wanted, got):
        """Whether all that the page has here is there: each frame that is no data, and as many bytes of data."""
        for key in {(frame.type, frame.stream) for frame in wanted}:
            pages = [frame for frame in wanted if (frame.type, frame.stream) == key]
            mine = [frame for frame in got if (frame.type, frame.stream) == key]
            if key[0] == "D":
                if sum(len(frame.payload) for frame in mine) < max(1, sum(len(frame.payload) for frame in pages)):
                    return False
            elif len(mine) < len(pages):
                return False
        return True

    def _arranged(self, wanted, got):
        """What came, in the order of the page: streams keep their order, data of a stream is one frame, R or E is last."""
        assert got[-1].type in "RE" or not any(frame.type in "RE" for frame in got), f"frames after the last one: {got}"
        for stream in (1, 2):
            types = "".join(frame.type for frame in got if frame.stream == stream)
            assert re.fullmatch("D*Z?", types), f"stream {stream} came as {types}"
        left = {}
        for frame in got:
            left.setdefault((frame.type, frame.stream), []).append(frame.payload)
        out = []
        for frame in wanted:
            payloads = left.get((frame.type, frame.stream), [])
            assert payloads, f"no further {frame.type} on stream {frame.stream} came: {got}"
            payload = b"".join(payloads) if frame.type == "D" else payloads[0]
            del payloads[: len(payloads) if frame.type == "D" else 1]
            out.append(frame_of(frame.type, frame.stream, payload))
        extra = {key: payloads for key, payloads in left.items() if payloads}
        assert not extra, f"more came than the page has: {extra}"
        return out

    def hear(self, wanted):
        got = []
        while not self._complete(wanted, got):
            frame = self.wire.recv_frame()
            assert frame, f"the agent closed; it had sent {got}, the page has {wanted}"
            got.append(frame)
        self.heard += self._arranged(wanted, got)

    def play(self, steps):
        at = 0
        while at < len(steps):
            step = steps[at]
            at += 1
            if step.kind == "connect":
                self.wire = self.connect()
            elif step.kind == "host":
                self.wire.send_raw(encode(step.frame))
            elif step.kind == "raw":
                self.wire.send_raw(step.frame)
            elif step.kind == "host_closes":
                self.wire.close()
            elif step.kind == "agent_closes":
                assert self.wire.recv_frame() is None, "the agent did not close"
            else:
                wanted = [step.frame]
                while at < len(steps) and steps[at].kind == "guest":
                    wanted.append(steps[at].frame)
                    at += 1
                self.hear(wanted)
        return self.heard
