# SPDX-License-Identifier: Apache-2.0
"""Reads a kernel's Kconfig files, as far as it takes to say what a symbol depends on and which part of that is not met.

It explains; the kernel's own `conf` decides. Macros such as $(cc-option,…) count as met: `conf` asks the compiler.
"""

import os
import re

BLOCK_OPENS = re.compile(r"(menu|if|choice)(?:\s+(.*))?$")
ENTRY = re.compile(r"(?:menu)?config\s+(\w+)")
SOURCE = re.compile(r'source\s+"([^"]+)"')
DEPENDS = re.compile(r"depends\s+on\s+(.*)")
PROMPT = re.compile(r'(?:bool|tristate|string|int|hex|prompt)\s+"(?:[^"\\]|\\.)*"(?:\s+if\s+(.*))?')
TOKEN = re.compile(r'\s*(\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|"[^"]*"|&&|\|\||!=|<=|>=|[=<>!()]|[\w-]+)')
LEVEL = {"n": 0, "m": 1, "y": 2}


class Definition:
    """One place that defines a symbol: all it depends on, where it is, and when it can be asked for."""

    def __init__(self, depends, choice):
        self.depends, self.choice, self.prompts = list(depends), choice, []


class Tree:
    """Every symbol's definitions, read from a source tree."""

    def __init__(self, source, srcarch):
        self.source, self.srcarch, self.symbols, self.choices = source, srcarch, {}, 0
        self.blocks = []	# of (kind, conditions, number of the choice)
        self.read("Kconfig")

    def conditions(self):
        return [condition for _, conditions, _ in self.blocks for condition in conditions]

    def logical_lines(self, name):
        """Lines without comments and help texts; continued ones are joined."""
        with open(os.path.join(self.source, name), encoding="utf-8") as file:
            lines = file.read().replace("\\\n", " ").expandtabs(8).splitlines()
        help_indent = None	# of the help's text; -1 until its first line
        for line in lines:
            text = line.strip()
            indent = len(line) - len(line.lstrip())
            if help_indent is not None:
                if not text:
                    continue
                if help_indent < 0 and indent > 0:
                    help_indent = indent
                if indent >= help_indent > 0:
                    continue
                help_indent = None
            if text in ("help", "---help---"):
                help_indent = -1
            elif text and not text.startswith("#"):
                yield text

    def read(self, name):
        current = None	# the definition, or the conditions of the block, that the next `depends on` belongs to
        for text in self.logical_lines(name):
            if match := SOURCE.match(text):
                path = match[1].replace("$(SRCARCH)", self.srcarch).replace("$(HEADER_ARCH)", self.srcarch)
                if os.path.exists(os.path.join(self.source, path)):
                    self.read(path)
                current = None
            elif match := ENTRY.match(text):
                choice = next((number for kind, _, number in reversed(self.blocks) if kind == "choice"), None)
                current = Definition(self.conditions(), choice)
                self.symbols.setdefault(match[1], []).append(current)
            elif text.split()[0] in ("endmenu", "endif", "endchoice"):
                self.blocks.pop()
                current = None
            elif text.startswith("comment "):
                current = Definition((), None)
            elif match := BLOCK_OPENS.match(text):
                self.choices += 1
                self.blocks.append((match[1], [match[2]] if match[1] == "if" else [], self.choices))
                current = self.blocks[-1][1]
            elif match := DEPENDS.match(text):
                if current is not None:
                    (current.depends if isinstance(current, Definition) else current).append(match[1])
            elif isinstance(current, Definition) and (match := PROMPT.match(text)):
                current.prompts.append(match[1] or "y")

    def others_of_choice(self, number):
        return [name for name, definitions in self.symbols.items()
                if any(definition.choice == number for definition in definitions)]


class Expression:
    """Evaluates a dependency against a configuration; `failing` has the parts that are not met."""

    def __init__(self, text, config):
        self.tokens, self.position, self.config, self.failing = TOKEN.findall(text), 0, config, []

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self):
        self.position += 1
        return self.tokens[self.position - 1]

    def value(self, name):
        """A symbol's text: n if it is off or unknown."""
        if name.startswith("$("):
            return "y"
        if name.startswith('"') or name in LEVEL or not re.search(r"[A-Z]", name):
            return name.strip('"')
        return self.config.get("CONFIG_" + name, "n").strip('"')

    def text_since(self, start):
        text = " ".join(self.tokens[start:self.position])
        return text.replace("( ", "(").replace(" )", ")").replace("! ", "!")

    def unary(self):
        if self.peek() == "!":
            self.take()
            before = len(self.failing)
            level = 2 - self.unary()
            del self.failing[before:]	# of the inside, whose failure is what is wanted here
            return level
        if self.peek() == "(":
            self.take()
            level = self.alternatives()
            self.take()
            return level
        left = self.value(self.take())
        if self.peek() not in ("=", "!=", "<", ">", "<=", ">="):
            return LEVEL.get(left, 2 if left else 0)
        operator, right = self.take(), self.value(self.take())
        if operator in ("=", "!="):
            return 2 if (left == right) == (operator == "=") else 0
        return 2	# an order of versions: `conf` knows

    def terms(self):
        """A && B: each part that is not met is remembered."""
        level = 2
        while True:
            start, before = self.position, len(self.failing)
            part = self.unary()
            if part == 0 and len(self.failing) == before:
                self.failing.append(self.text_since(start))
            level = min(level, part)
            if self.peek() != "&&":
                return level
            self.take()

    def alternatives(self):
        """A || B: one is enough; where there are several, none of them is the one that is missing."""
        start, before, several = self.position, len(self.failing), False
        level = self.terms()
        while self.peek() == "||":
            self.take()
            several = True
            level = max(level, self.terms())
        if level or several:
            del self.failing[before:]
        if not level and several:
            self.failing.append(self.text_since(start))
        return level


def unmet(conditions, config):
    """The parts of the conditions that are not met, in order, each once."""
    found = []
    for text in conditions:
        expression = Expression(text, config)
        if expression.alternatives() == 0:
            found += expression.failing
    return list(dict.fromkeys(found))
