"""Strict reading of files: bytes, text and TOML tables, each with its line.

Place in the pipeline: base of step 1 Read. Nothing is guessed: a type, an encoding or a column that is
not as declared is a finding with file, line, what was found, what was expected and the cure, and reading
goes on to find the next one. CSV is RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180), TOML is
https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from .model import Finding, Place, Severity

T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024
_HOSTILE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
# UTF-8 read as Latin-1 or Windows-1252 leaves these pairs; no language writes them.
MOJIBAKE = re.compile("[ÃÂÐÑ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[œ™\x9d“”¦]")


@dataclass(frozen=True, slots=True)
class Printed:
    """A text of a file that a page prints as it stands: where it is, the name of its key, its words."""

    place: Place
    name: str
    text: str


class Findings(list[Finding]):
    """Problems as they are collected; reading never stops at the first.

    Texts that a page will print are kept on the way, because whether a number is typed in one of them is known when all
    facts and names are: `printed` those that stand as they are, `phrases` the lines of those that may hold calls.
    """

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        """Begin with these findings and no texts."""
        super().__init__(findings)
        self.printed: list[Printed] = []
        self.phrases: dict[tuple[str, str], Place] = {}
        """By file and text."""

    def add(
        self, place: Place, rule: str, found: str, *, expected: str, cure: str, severity: Severity = "error"
    ) -> None:
        """Append one finding."""
        self.append(Finding(place, rule, found, expected, cure, severity))

    def take(self, others: Findings) -> None:
        """Append the problems and the texts that were collected elsewhere."""
        self.extend(others)
        self.printed.extend(others.printed)
        for text, place in others.phrases.items():
            self.phrases.setdefault(text, place)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a build."""
        return tuple(finding for finding in self if finding.severity == "error")

    @property
    def above_notes(self) -> tuple[Finding, ...]:
        """The findings that stop a strict build."""
        return tuple(finding for finding in self if finding.severity != "note")

    def failed(self, since: int) -> bool:
        """Whether an error is among the findings after the first `since`: a row's own, whatever stood there before."""
        return any(finding.severity == "error" for finding in self[since:])


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a sentence: "Did you mean 'x'?" for the nearest choice, the choices if they are few, or where to look."""
    choices = list(dict.fromkeys(choices))
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{near[0]}'?"
    if 0 < len(choices) <= 12:
        listed = ", ".join(f"'{choice}'" for choice in choices)
        return f"One of: {listed}."
    return "See docs/workspace.md."


def read_file(root: Path, name: str, findings: Findings) -> bytes | None:
    """Return the bytes of a regular file inside `root`; None, with a finding, where that is not to be had.

    Devices, folders, pipes and links that lead out of the workspace are refused; a file that changes
    while it is read is refused too.
    """
    place, path = Place(name), root / name
    try:
        inside = path.resolve(strict=True).is_relative_to(root.resolve())
        status = path.stat()
    except OSError as error:
        findings.add(place, "file.unreadable", f"{error.strerror or error}", expected="a file", cure="Create it.")
        return None
    if not inside or not stat.S_ISREG(status.st_mode):
        findings.add(
            place,
            "file.outside",
            "it is not a regular file inside the workspace",
            expected="a file, not a link out of the workspace, a folder or a device",
            cure="Copy the file into the workspace.",
        )
        return None
    if status.st_size > MAX_BYTES:
        findings.add(
            place,
            "file.size",
            f"{status.st_size} bytes",
            expected=f"at most {MAX_BYTES}",
            cure="Reduce the file to what the briefing shows.",
        )
        return None
    return _read_settled(path, place, findings)


def _read_settled(path: Path, place: Place, findings: Findings) -> bytes | None:
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        data = file.read()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        findings.add(
            place,
            "file.torn",
            "the file changed while it was read",
            expected="a file at rest",
            cure="Run the command again when nothing writes to it.",
        )
        return None
    return data


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """Return UTF-8 text with line feeds only; None, with findings, where the bytes are something else."""
    guess = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        findings.add(
            Place(file, line),
            "file.encoding",
            f"byte {data[error.start] :#04x} at offset {error.start} is not UTF-8 (it looks like {guess})",
            expected="UTF-8",
            cure=f"Convert it: iconv -f {guess} -t utf-8.",
        )
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = _refuse_hostile(text, file, findings)
    return text if clean else None


def _refuse_hostile(text: str, file: str, findings: Findings) -> bool:
    clean = True
    for match in _HOSTILE.finditer(text):
        place, column = _position(text, match.start(), file)
        name = unicodedata.name(match[0], f"U+{ord(match[0]):04X}")
        findings.add(
            place,
            "file.character",
            f"{name} (U+{ord(match[0]):04X}) in column {column}",
            expected="printable text without control or direction-changing characters",
            cure="Remove the character.",
        )
        clean = False
    for match in MOJIBAKE.finditer(text):
        place, column = _position(text, match.start(), file)
        findings.add(
            place,
            "file.mojibake",
            f"'{match[0]}' in column {column} looks like UTF-8 read as Latin-1",
            expected="text in the right encoding",
            cure="Fetch or export the file again as UTF-8.",
        )
        clean = False
    return clean


def _position(text: str, index: int, file: str) -> tuple[Place, int]:
    start = text.rfind("\n", 0, index) + 1
    return Place(file, text.count("\n", 0, index) + 1), index - start + 1


# --- TOML -----------------------------------------------------------------------------------------

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"))*)\s*=")
_PART = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s.\"']+")
_STRINGS = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*|[\[\]{}]')
Path_ = tuple[str | int, ...]


def toml_lines(text: str) -> dict[Path_, int]:
    """Return the line of each table, key and list element, which tomllib does not tell."""
    lines: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    table: Path_ = ()
    key: Path_ = ()
    depth, quote, element = 0, "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not depth and not quote:
            if header := _HEADER.match(line):
                table = _table_path(header, counts)
                lines.setdefault(table, number)
                continue
            if match := _KEY.match(line):
                key, element = (*table, *_split_key(match[1])), 0
                lines[key] = number
        elif depth == 1 and not quote and line.strip()[:1] not in ("", "#", "]", "}"):
            lines[(*key, element)] = number
            element += 1
        depth, quote = _nesting(line, depth, quote)
    return lines


def _split_key(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _table_path(header: re.Match[str], counts: dict[Path_, int]) -> Path_:
    names = _split_key(header[2])
    path: Path_ = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if header[1] == "[[" and position == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _nesting(line: str, depth: int, quote: str) -> tuple[int, str]:
    for match in _STRINGS.finditer(line):
        mark = match[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in ('"""', "'''"):
            quote = mark
        elif mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
    return max(depth, 0), quote


class Table:
    """A TOML table that is taken field by field; what is wrong with it is collected."""

    def __init__(
        self, data: dict[str, Any], lines: dict[Path_, int], file: str, findings: Findings, *, path: Path_ = ()
    ) -> None:
        """Keep the table with its lines; `path` is where it stands in the file."""
        self.data, self.file, self.findings, self.path = data, file, findings, path
        self._lines = lines
        self._taken: set[str] = set()

    def place(self, key: str | None = None) -> Place:
        """Return where `key`, or the table, stands; the nearest line known."""
        path = self.path if key is None else (*self.path, key)
        if path not in self._lines:
            # Of [[charts]] and [units.book] only what is in them has a line: the first one is meant.
            path = next((known for known in self._lines if known[: len(path)] == path), path)
        while path and path not in self._lines:
            path = path[:-1]
        return Place(self.file, self._lines.get(path, 1))

    def name(self, key: str) -> str:
        """Return the key's full name as people say it: `charts[2].series`."""
        parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in (*self.path, key)]
        return "".join(parts).lstrip(".")

    def refuse(self, key: str, found: str, *, expected: str, cure: str, rule: str = "toml.value") -> None:
        """Collect a finding about `key`."""
        self.findings.add(self.place(key), rule, f"{self.name(key)}: {found}", expected=expected, cure=cure)

    def _take(self, key: str, kind: type, words: str, *, required: bool) -> Any:  # noqa: ANN401
        self._taken.add(key)
        if key not in self.data:
            if required:
                self.refuse(
                    key, "is missing", expected=words, cure="Add it; docs/workspace.md shows how.", rule="toml.missing"
                )
            return None
        value = self.data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(key, f"{value!r}", expected=words, cure="Correct the value.", rule="toml.type")
            return None
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text without calls; required where no default is given."""
        value = self._words(key, default)
        if "{{" in value:
            self.refuse(
                key,
                "holds a call in {{ }}",
                expected="plain words",
                cure="Calls are answered in texts, titles, reasons and notes only.",
            )
        return value

    def _words(self, key: str, default: str | None) -> str:
        value = self._take(key, str, "a text in quotes", required=default is None)
        if default is None and value is not None and not value.strip():
            self.refuse(key, "is empty", expected="a text", cure="Write it.", rule="toml.missing")
        return value if value is not None else (default or "")

    def label(self, key: str, default: str | None = None) -> str:
        """Take a text that is printed as it stands: without calls, and without numbers."""
        value = self.text(key, default)
        if key in self.data:
            self.findings.printed.append(Printed(self.place(key), self.name(key), value))
        return value

    def phrase(self, key: str, default: str | None = None) -> str:
        """Take a text that is printed with its calls answered."""
        value = self._words(key, default)
        if value:
            self.findings.phrases.setdefault((self.file, value), self.place(key))
        return value

    def phrases(self, key: str) -> tuple[str, ...]:
        """Take a list of texts that are printed with their calls answered, empty where it is absent."""
        values = self.texts(key)
        for number, value in enumerate(values):
            line = self._lines.get((*self.path, key, number), self.place(key).line)
            self.findings.phrases.setdefault((self.file, value), Place(self.file, line))
        return values

    def number(self, key: str, default: int | None = None) -> int | None:
        """Take a whole number, or the default."""
        value = self._take(key, int, "a whole number", required=False)
        return value if value is not None else default

    def flag(self, key: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._take(key, bool, "true or false", required=False)
        return default if value is None else bool(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts, empty where it is absent."""
        value = self._take(key, list, 'a list of texts: ["…"]', required=False) or []
        if not all(isinstance(item, str) for item in value):
            self.refuse(key, f"{value!r}", expected='a list of texts: ["…"]', cure="Correct it.", rule="toml.type")
            return ()
        return tuple(value)

    def raw(self, key: str) -> Any:  # noqa: ANN401
        """Take a value of any type, None where it is absent."""
        self._taken.add(key)
        return self.data.get(key)

    def table(self, key: str) -> Table:
        """Take a table, an empty one where it is absent."""
        value = self._take(key, dict, f"a table [{key}]", required=False) or {}
        return self._child(value, key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Take a list of tables, empty where it is absent."""
        value = self._take(key, list, f"tables [[{key}]]", required=False) or []
        if not all(isinstance(item, dict) for item in value):
            self.refuse(key, f"{value!r}", expected=f"tables [[{key}]]", cure="Correct it.", rule="toml.type")
            return ()
        return tuple(self._child(item, key, number) for number, item in enumerate(value))

    def named(self) -> tuple[tuple[str, Table], ...]:
        """Take every key as a table: `[trade]`, `[growth]`, …."""
        found = []
        for key in self.data:
            value = self._take(key, dict, f"a table [{key}]", required=True)
            if value is not None:
                found.append((key, self._child(value, key)))
        return tuple(found)

    def _child(self, value: dict[str, Any], *path: str | int) -> Table:
        return Table(value, self._lines, self.file, self.findings, path=(*self.path, *path))

    def done(self) -> None:
        """Collect a finding for each key that nobody took."""
        for key in self.data:
            if key not in self._taken:
                self.refuse(
                    key,
                    "is unknown",
                    expected="the keys " + ", ".join(sorted(self._taken)),
                    cure=did_you_mean(key, self._taken),
                    rule="toml.unknown",
                )


@lru_cache(maxsize=32)
def _parsed(text: str) -> tuple[dict[str, Any], dict[Path_, int]]:
    """Return a file's values and their lines; a process that makes many topics reads what they share once."""
    return tomllib.loads(text), toml_lines(text)


def take_once(data: bytes, file: str, take: Callable[[Table], T], findings: Findings) -> T | None:
    """Return what `take` makes of a TOML file's table, and tell its findings; None where the bytes are not TOML.

    The same bytes get the same value, which nobody changes: who makes many topics takes what they share once.
    """
    value, mine = _taken(data, file, take)
    findings.take(mine)
    return cast("T | None", value)


@lru_cache(maxsize=8)
def _taken(data: bytes, file: str, take: Callable[[Table], object]) -> tuple[object, Findings]:
    """Return a value with what was found on the way; the bytes themselves are the key, so that none is out of date."""
    findings = Findings()
    text = decode(data, file, findings)
    table = None if text is None else read_toml(text, file, findings)
    return None if table is None else take(table), findings


def read_toml(text: str, file: str, findings: Findings) -> Table | None:
    """Return the table of a TOML file; None, with a finding, where it is not TOML."""
    try:
        data, lines = _parsed(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is no TOMLDecodeError
        match = re.search(r"at line (\d+)", str(error))
        findings.add(
            Place(file, int(match[1]) if match else max(1, text.count("\n"))),
            "toml.syntax",
            str(error),
            expected="TOML",
            cure="Correct the line; https://toml.io shows the syntax.",
        )
        return None
    return Table(data, lines, file, findings)
