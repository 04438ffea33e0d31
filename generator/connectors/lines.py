"""The lines of CSV: the one that names the columns, and a copy without those that are no data.

Place in the pipeline: a part of the connector `file`, before DuckDB reduces the table. RFC 4180
(https://www.rfc-editor.org/rfc/rfc4180). Notes below a table have other numbers of fields than it has, which a strict
reader refuses; so they are gone before it reads, and every line that stays is the byte for byte the publisher's.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import OutsideError
from .extent import Sieve
from .heads import Head, named

_SAMPLE = 1 << 18
"""Bytes of a file that its head is looked for in."""


def columns(path: Path, separator: str, head: Head) -> tuple[str, ...]:
    """Return the names in the lines that have them."""
    with path.open("rb") as file:
        sample = _decoded(file.read(_SAMPLE)).removeprefix("\ufeff")
    rows = csv.reader(io.StringIO(sample, newline=None), delimiter=separator, strict=True)
    try:
        lines = [row for _, row in zip(range(head.last), rows, strict=False)]
    except csv.Error as error:
        hint = "Check `separator` and `head` in [connector]."
        raise OutsideError(f"line {rows.line_num}: {error}", hint=hint) from error
    if len(lines) < head.last or not any(cell.strip() for cell in lines[-1]):
        raise OutsideError(f"no head in line {head}", hint="Set `head` to the line that names the columns.")
    return named(lines[head.first - 1 :])


def _decoded(sample: bytes) -> str:
    """Return the text of a file's beginning, which may end within a character."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError as error:
        line = len(sample[: error.start].splitlines()) or 1
        hint = "Say how it is written: cp1251, gb18030, utf-16, …"
        raise OutsideError(f"line {line}: it is not UTF-8; set `encoding` in [connector]", hint=hint) from error


def sifted(path: Path, separator: str, head: Head, sieve: Sieve) -> Path:
    """Return a copy, in the job's own folder, without the rows that the sieve leaves out.

    Within the table an empty line stands for each of them, so that what is said of a line later names the publisher's.
    """
    target = Path.cwd() / "sifted.csv"
    # Bytes that are no UTF-8 go through: whoever reads the copy says in which line they stand.
    with (
        path.open(encoding="utf-8", errors="surrogateescape", newline="") as file,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as copy,
    ):
        lines = _Lines(file)
        for number, row in enumerate(_rows(lines, separator)):
            text = lines.taken()
            if number < head.last or sieve.keeps(row, f"line {lines.count}"):
                copy.write(text)
            elif sieve.ended:
                break
            else:
                copy.write("".join(line[len(line.rstrip("\r\n")) :] for line in text.splitlines(keepends=True)))
        for line in lines:
            sieve.keeps(_fields(line, separator), f"line {lines.count}")
    return target


def _fields(line: str, separator: str) -> list[str]:
    """Return the fields of a line below the table: notes are no CSV, and a quotation mark may close nowhere."""
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return line.split(separator)


def _rows(lines: _Lines, separator: str) -> Iterator[list[str]]:
    rows = csv.reader(lines, delimiter=separator, strict=True)
    try:
        yield from rows
    except csv.Error as error:
        hint = "Check `separator` and `end` in [connector], or tell the publisher."
        raise OutsideError(f"line {lines.count}: {error}", hint=hint) from error


class _Lines(Iterator[str]):
    """Lines as they are read, counted and kept until they are taken: a row may have several."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self._kept = iter(lines), ""
        self.count = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self._kept += line
        return line

    def taken(self) -> str:
        """Return the lines since the last time."""
        text, self._kept = self._kept, ""
        return text
