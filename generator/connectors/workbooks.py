"""Excel workbooks: looked at as XML first, then read by calamine.

Place in the pipeline: a part of the connector `file`; it runs in a limited child. In: a workbook and the name of a
sheet; out: its rows as text and numbers, with the name of each cell. A sheet of two cells in opposite corners makes a
reader ask for sixteen thousand million, a formula that was never computed reads as an empty cell: both are found in
the XML, and links are not followed. ECMA-376:
https://ecma-international.org/publications-and-standards/standards/ecma-376
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ..errors import OutsideError

CELLS = 5_000_000
"""What a sheet may span, from its first cell to its last."""
_PART = 256 << 20
_RATIO = 400
"""Bytes of one part, unpacked, and how many times its packed size that may be."""
_CHUNK = 1 << 16
_MACROS = "xl/vbaProject.bin"


@dataclass(slots=True)
class Seen:
    """What the XML of a sheet shows: how far it reaches, and cells that hold no value of their own."""

    last_row: int = 0
    last_column: int = 0
    corner: str = ""
    empty: set[tuple[int, int]] = field(default_factory=set)
    """Formulas without a stored value, as (row, column) from 1."""
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows; `notes` say what was left aside."""

    name: str
    rows: tuple[tuple[object, ...], ...]
    seen: Seen
    notes: tuple[str, ...] = ()

    def cell(self, row: int, column: int) -> str | Decimal | None:
        """Return a cell by its numbers from 1; OutsideError where it has no value to rely on."""
        where = f"{self.name}!{_letters(column)}{row}"
        if (row, column) in self.seen.empty:
            hint = "Open the workbook in Excel, let it compute, and save it."
            raise OutsideError(f"{where}: a formula without a stored value", hint=hint)
        if error := self.seen.errors.get((row, column)):
            raise OutsideError(f"{where}: the cell holds {error}", hint="Correct the workbook.")
        line = self.rows[row - 1] if row <= len(self.rows) else ()
        return _plain(line[column - 1] if column <= len(line) else None)

    def cells(self, row: int) -> tuple[str | Decimal | None, ...]:
        """Return what a row's cells show, whether or not they are to be relied on."""
        return tuple(map(_plain, self.rows[row - 1]))

    def place(self, row: int, column: int) -> str:
        """Return the name of a cell as people say it: Data!B3."""
        return f"{self.name}!{_letters(column)}{row}"


def read_sheet(path: Path, name: str) -> Sheet:
    """Return a sheet; `name` may be "" where the workbook has one visible sheet."""
    import python_calamine

    seen: Seen | None = None
    notes: tuple[str, ...] = ()
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            chosen = _choose(book, name)
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    seen = _look(archive, chosen)
                    notes = ("the workbook's macros are ignored",) if _MACROS in archive.namelist() else ()
            sheet = book.get_sheet_by_name(chosen)
            rows = sheet.to_python(skip_empty_area=False)
    except python_calamine.PasswordError as error:
        raise OutsideError("the workbook needs a password", hint="Save it without one.") from error
    except (python_calamine.CalamineError, zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError) as error:
        hint = "It may be cut, or no workbook; fetch or save it again."
        raise OutsideError(f"the workbook cannot be read: {str(error)[:200]}", hint=hint) from error
    return Sheet(chosen, tuple(tuple(row) for row in rows), seen or Seen(), notes)


def check_package(path: Path) -> None:
    """Refuse a package whose parts are too large, or declare a document type, before anything reads it."""
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                ratio = part.file_size / max(1, part.compress_size)
                if part.file_size > _PART or (ratio > _RATIO and part.file_size > 1 << 20):
                    found = f"{part.filename} unpacks to {part.file_size >> 20} MB, {ratio:.0f} times its size"
                    raise OutsideError(found, hint=f"At most {_PART >> 20} MB and {_RATIO} times are read.")
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    _refuse_document_type(archive, name)
            if "[Content_Types].xml" not in archive.namelist():
                raise OutsideError("a ZIP archive that holds no workbook", hint="Unpack it first.")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        hint = "It may be cut; fetch or save it again."
        raise OutsideError(f"the workbook cannot be read: {str(error)[:200]}", hint=hint) from error


def _choose(book: Any, name: str) -> str:  # noqa: ANN401 - the library's workbook
    visible = [sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith(".Visible")]
    every = [sheet.name for sheet in book.sheets_metadata]
    if name:
        if name in every:
            return name
        raise OutsideError(f"no sheet '{name}'", hint=f"There are: {', '.join(every)[:300]}.")
    if len(visible) != 1:
        raise OutsideError(f"{len(visible)} visible sheets", hint=f"Say which in `sheet`: {', '.join(every)[:300]}.")
    return str(visible[0])


# --- the XML of a sheet -----------------------------------------------------------------------------------


def _look(archive: zipfile.ZipFile, sheet: str) -> Seen:
    part = _part_of(archive, sheet)
    if part is None:
        return Seen()
    looker = _Looker()
    _parse(archive, part, looker.start, looker.end, looker.text)
    seen = looker.seen
    if seen.last_row * seen.last_column > CELLS:
        found = f"cell {seen.corner} of sheet '{sheet}' makes it {seen.last_row} rows by {seen.last_column} columns"
        raise OutsideError(found, hint=f"Remove what stands far outside of the table; {CELLS} cells are read.")
    return seen


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part of the package that holds a sheet; None in a workbook that is no XML."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def sheets(tag: str, attributes: Mapping[str, str]) -> None:
        if _local(tag) == "sheet":
            ids[attributes.get("name", "")] = next((v for k, v in attributes.items() if _local(k) == "id"), "")

    def relations(tag: str, attributes: Mapping[str, str]) -> None:
        if _local(tag) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, "xl/workbook.xml", sheets)
    if "xl/_rels/workbook.xml.rels" in archive.namelist():
        _parse(archive, "xl/_rels/workbook.xml.rels", relations)
    target = targets.get(ids.get(sheet, ""), "")
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return name if name in archive.namelist() else None


@dataclass(slots=True)
class _Looker:
    """Goes through the cells of a sheet; values themselves are calamine's to read."""

    seen: Seen = field(default_factory=Seen)
    place: tuple[int, int] = (0, 0)
    kind: str = ""
    inside: str = ""
    formula: bool = False
    value: str = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        if name == "row":
            row = attributes.get("r", "")
            self.place = (int(row) if row.isdecimal() else self.place[0] + 1, 0)
        elif name == "c":
            self.place = _numbers(attributes.get("r", "")) or (self.place[0], self.place[1] + 1)
            self.kind, self.formula, self.value = attributes.get("t", ""), False, ""
            self._reach()
        elif name == "f":
            self.formula = True
        self.inside = name

    def text(self, text: str) -> None:
        if self.inside in ("v", "t"):
            self.value += text

    def end(self, tag: str) -> None:
        if _local(tag) == "c":
            if self.formula and not self.value and self.kind != "str":
                self.seen.empty.add(self.place)
            if self.kind == "e":
                self.seen.errors[self.place] = self.value or "an error"
        self.inside = ""

    def _reach(self) -> None:
        row, column = self.place
        if row > self.seen.last_row or column > self.seen.last_column:
            self.seen.corner = f"{_letters(column)}{row}"
        self.seen.last_row, self.seen.last_column = max(row, self.seen.last_row), max(column, self.seen.last_column)


def _parse(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] = lambda _tag: None,
    text: Callable[[str], None] = lambda _text: None,
) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        for chunk in _chunks(archive, name):
            parser.Parse(chunk, False)  # noqa: FBT003 - expat's signature
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise OutsideError(f"{name} is no XML: {error}", hint="Save the workbook again.") from error


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part unpacked; what the package says of its size is not believed."""
    total = 0
    with archive.open(name) as file:
        while chunk := file.read(_CHUNK):
            total += len(chunk)
            if total > _PART:
                raise OutsideError(f"{name} unpacks to more than {_PART >> 20} MB", hint="Reduce the workbook.")
            yield chunk


class _EndOfPrologError(Exception):
    """The first element has begun: no document type can follow."""


def _refuse_document_type(archive: zipfile.ZipFile, name: str) -> None:
    def refuse(*_: object) -> None:
        raise OutsideError(f"{name} declares a document type, which is refused", hint="Save the workbook again.")

    def stop(*_: object) -> None:
        raise _EndOfPrologError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
    try:
        for chunk in _chunks(archive, name):
            parser.Parse(chunk, False)  # noqa: FBT003 - expat's signature
    except (_EndOfPrologError, expat.ExpatError):
        return


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _numbers(reference: str) -> tuple[int, int] | None:
    """Return row and column, from 1, of a cell's name: B3 is (3, 2)."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    if not letters.isascii() or not letters.isalpha() or not digits or len(letters) > 3 or len(digits) > 7:
        return None
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(digits), column


def _letters(column: int) -> str:
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _plain(value: object) -> str | Decimal | None:
    """Return a cell as text or number; a day without a time is a day."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return Decimal(repr(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat()
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    return str(value).strip()
