"""Any table in a file: CSV, JSON, Excel or Parquet, at an address or in the workspace.

Place in the pipeline: a connector. What the file is by its first bytes must be what the sidecar says; rows are chosen
by the texts that columns must hold, and cells read as declared. Bulk tables (CSV, Parquet) are reduced by DuckDB.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..answers import Answer, Request
from ..errors import OutsideError
from ..reading import Table
from ..strict_json import read_json
from .base import Query, Reading, Secret, choose, secret_headers, take_secret
from .cells import Cells, Form, added, period_text, read_cells, take_form, text_of
from .duck import Reduced, check_columns, reduce_csv, reduce_parquet, refuse_too_many
from .extent import Extent, Sieve, refuse_lost, take_extent
from .heads import Head, is_nothing, named, period_columns, take_head
from .kinds import expect
from .workbooks import Sheet, check_package, read_sheet

_ENDINGS = {"csv": "csv", "tsv": "csv", "txt": "csv", "json": "json", "xlsx": "excel", "xlsm": "excel", "xls": "excel",
            "xlsb": "excel", "ods": "excel", "parquet": "parquet"}  # fmt: skip
_FORMATS = ("csv", "json", "excel", "parquet")
_WHOLE = 64 << 20
"""Bytes of a file that is read whole: JSON, a workbook."""
_PART = 1 << 20
_WIDE = ("utf-16", "utf-32")
_URL = re.compile(r"https?://\S+\Z")


@dataclass(frozen=True, slots=True)
class _Source:
    address: str
    format: str
    form: Form
    encoding: str
    separator: str
    head: Head
    extent: Extent
    sheet: str
    rows: str
    ended: bool
    secret: Secret

    @property
    def url(self) -> str:
        """The address, for those who ask a connector where its publisher is."""
        return self.address


class File:
    """`url` or `path` says where the file is; a path is below the workspace."""

    address = ""
    key = ""
    modules = ("generator.connectors.duck",)

    def take(self, table: Table) -> _Source:
        """Take the place, the format and how the table is read."""
        address = _place(table)
        ending = address.partition("?")[0].removesuffix(".gz").rpartition(".")[2].lower()
        form = _format(table, _ENDINGS.get(ending, ""))
        return _Source(
            address=address,
            format=form,
            form=_form(table, form),
            encoding=_encoding(table),
            separator=choose(table, "separator", (",", ";", "\t", "|"), ","),
            head=take_head(table),
            extent=take_extent(table, form),
            sheet=table.text("sheet", ""),
            rows=table.text("rows", ""),
            ended=table.flag("final_newline", default=True),
            secret=take_secret(table),
        )

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask for the file."""
        of: _Source = query.connection.parameters
        return (Request(of.address, "*/*", secret_headers(query, of.secret)),)

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Read the rows that the sidecar chooses."""
        of: _Source = query.connection.parameters
        (answer,) = answers
        with answer.path.open("rb") as file:
            head = file.read(1000)
        read = {"csv": _read_csv, "json": _read_json, "excel": _read_workbook, "parquet": _read_parquet}[of.format]
        reduced = read(answer.path, head, of)
        rows, notes = reduced.rows, reduced.notes
        if of.form.combine and not reduced.summed:
            rows, notes = added(of.form, rows)[0], (*notes, *added(of.form, rows)[1])
        found = read_cells(query, of.form, rows)
        refuse_lost(query, found, reduced.left_out)
        return Reading(found, notes=notes)


CONNECTOR = File()


def _place(table: Table) -> str:
    url, path = table.text("url", ""), table.text("path", "")
    if bool(url) == bool(path):
        found = "both `url` and `path`" if url else "is missing"
        table.refuse("url", found, expected="one of `url` and `path`", cure="Say where the file is.")
    if url and not _URL.match(url):
        table.refuse("url", f"'{url}'", expected="an address with https:// or http://", cure="Correct it.")
    if "://" in path or path.startswith(("/", "~")) or ".." in path.split("/"):
        table.refuse(
            "path", f"'{path}'", expected="a file below the workspace: data/sources/loans.csv",
            cure="Put the file, or a copy, into data/sources/; an address goes into `url`.",
        )  # fmt: skip
    return url or path


def _format(table: Table, default: str) -> str:
    found = table.text("format", default)
    if found not in _FORMATS:
        table.refuse("format", f"'{found}'", expected=", ".join(_FORMATS), cure="Say what the file is.")
    return found


def _form(table: Table, format_: str) -> Form:
    """Take how the table is read; with `labels` it is wide, and its periods are columns."""
    form = take_form(table)
    for key in ("period", "value"):
        if table.data.get(key) in ("", []) or (key == "period" and "" in form.period):
            cure = 'A column without a name is called by its number: "column 1".'
            table.refuse(key, "an empty text", expected="the name of a column", cure=cure)
    if "labels" not in table.data:
        return form
    for key in ("period", "value", "status", "note"):
        if key in table.data:
            cure = "Remove it, or `labels` where the table has a row a period."
            table.refuse(key, "beside `labels`", expected="periods in columns or in rows", cure=cure)
    if format_ == "json":
        table.refuse("labels", "in a file of json", expected="CSV, Excel or Parquet", cure="Fetch it as one of these.")
    return replace(form, labels=table.texts("labels"))


def _encoding(table: Table) -> str:
    name = table.text("encoding", "utf-8")
    try:
        codec = codecs.lookup(name)
        if codec._is_text_encoding:  # noqa: SLF001 - rot13 and zlib are codecs too
            return codec.name
    except LookupError:
        pass
    table.refuse("encoding", f"'{name}'", expected="utf-8, utf-16, latin-1, cp1251, gb18030, …", cure="Correct it.")
    return "utf-8"


# --- CSV --------------------------------------------------------------------------------------------------


def _read_csv(path: Path, head: bytes, of: _Source) -> Reduced:
    wide = of.encoding.startswith(_WIDE)
    # Between its letters such a text has zeros, by which a binary file is known.
    expect(head.decode(of.encoding, "replace").encode() if wide else head, ("text",), "CSV")
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and not wide:
        raise OutsideError(f"it is UTF-16, not {of.encoding}", hint='Set `encoding = "utf-16"` in [connector].')
    # A note that must stand below the table vouches for what stands above it.
    if of.ended and not of.extent.end:
        _refuse_cut(path)
    if of.encoding != "utf-8" or _mixed(path):
        path = _as_utf8(path, of.encoding)
    try:
        return reduce_csv(path, of.form, of.separator, of.head, of.extent)
    except OutsideError as error:
        if "invalid state" not in error.message:
            raise
    # Line ends of two kinds, further down than the sample.
    return reduce_csv(_as_utf8(path, "utf-8"), of.form, of.separator, of.head, of.extent)


def _refuse_cut(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4))
        end = file.read().replace(b"\0", b"")
    if not end.endswith((b"\n", b"\r")):
        hint = "It may be cut. If the publisher never ends its last line, set `final_newline = false`."
        raise OutsideError("the last line does not end with a line feed", hint=hint)


def _mixed(path: Path) -> bool:
    """Whether lines end in several ways, or with the carriage return of old, neither of which DuckDB takes."""
    with path.open("rb") as file:
        sample = file.read(_PART)
    feeds, both = sample.count(b"\n"), sample.count(b"\r\n")
    return (both < feeds and b"\r" in sample) or not feeds


def _as_utf8(path: Path, encoding: str) -> Path:
    """Return a copy in UTF-8 with line feeds only, in the job's own folder."""
    target = Path.cwd() / "table.csv"
    try:
        with path.open("r", encoding=encoding, newline=None) as source, target.open("w", encoding="utf-8") as copy:
            while part := source.read(_PART):
                copy.write(part)
    except (UnicodeDecodeError, UnicodeError) as error:
        at = f" at offset {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise OutsideError(f"it is not {encoding}{at}", hint="Set `encoding` in [connector].") from error
    return target


# --- Parquet, Excel, JSON ---------------------------------------------------------------------------------


def _read_parquet(path: Path, head: bytes, of: _Source) -> Reduced:
    expect(head, ("parquet",), "Parquet")
    return reduce_parquet(path, of.form)


def _refuse_large(path: Path) -> None:
    if path.stat().st_size > _WHOLE:
        found = f"{path.stat().st_size >> 20} MB, and such a file is read whole"
        raise OutsideError(found, hint=f"At most {_WHOLE >> 20} MB; Parquet and CSV may be larger.")


def _read_workbook(path: Path, head: bytes, of: _Source) -> Reduced:
    kind = expect(head, ("zip", "ole"), "an Excel workbook")
    _refuse_large(path)
    if kind == "zip":
        check_package(path)
    sheet = read_sheet(path, of.sheet)
    names = _names(sheet, of)
    sieve = Sieve(of.extent, of.form, names)
    rows = tuple(_sheet_rows(sheet, of, names, sieve))
    refuse_too_many(len(rows))
    return Reduced(rows, (*sheet.notes, *sieve.notes()), left_out=sieve.left_out)


def _names(sheet: Sheet, of: _Source) -> tuple[str, ...]:
    if len(sheet.rows) < of.head.last:
        found = f"sheet '{sheet.name}' has {len(sheet.rows)} rows, no head in row {of.head}"
        raise OutsideError(found, hint="Set `head` to the row that names the columns.")
    lines = range(of.head.first, of.head.last + 1)
    heads = [[text_of(sheet.cell(row, column + 1)) for column in range(len(sheet.rows[row - 1]))] for row in lines]
    names = named(heads)
    check_columns(of.form, names)
    return names


def _sheet_rows(sheet: Sheet, of: _Source, names: Sequence[str], sieve: Sieve) -> Iterator[Cells]:
    column = {name: number + 1 for number, name in enumerate(names)}
    for row in range(of.head.last + 1, len(sheet.rows) + 1):
        if of.extent and not sieve.keeps(sheet.cells(row), f"row {row} of '{sheet.name}'"):
            continue
        if all(text_of(sheet.cell(row, column[name])) in values for name, values in of.form.where):
            yield from _across(sheet, of, row, names) if of.form.labels is not None else _along(sheet, of, row, column)


def _along(sheet: Sheet, of: _Source, row: int, column: Mapping[str, int]) -> Iterator[Cells]:
    """Yield the value of a row that has one period."""
    period = period_text(sheet.cell(row, column[name]) for name in of.form.period)
    value, status, note = (
        sheet.cell(row, column[name]) if name else None for name in (of.form.value, of.form.status, of.form.note)
    )
    if period or value is not None:
        place = sheet.place(row, column[of.form.value])
        yield Cells(period, "" if value is None else value, text_of(status), text_of(note), place)


def _across(sheet: Sheet, of: _Source, row: int, names: Sequence[str]) -> Iterator[Cells]:
    """Yield the values of a row that has a column a period; a heading within the table has none."""
    periods = set(period_columns(of.form, names))
    cells = [(number, name, sheet.cell(row, number)) for number, name in enumerate(names, 1) if name in periods]
    if any(value is not None for _, _, value in cells):
        yield from (
            Cells(name, "" if value is None else value, place=sheet.place(row, number))
            for number, name, value in cells
            if not is_nothing(name, value)
        )


def _read_json(path: Path, head: bytes, of: _Source) -> Reduced:
    expect(head, ("json",), "JSON")
    _refuse_large(path)
    rows = _at(read_json(path.read_bytes()), of.rows, "$")
    if not isinstance(rows, list):
        raise OutsideError(f"no list at '{of.rows or '$'}'", hint="Set `rows` to the path of the list: data.items.")
    found = tuple(_json_rows(rows, of))
    refuse_too_many(len(found))
    return Reduced(found)


def _json_rows(rows: Sequence[object], of: _Source) -> Iterator[Cells]:
    path = f"$.{of.rows}" if of.rows else "$"
    for number, row in enumerate(rows):
        place = f"{path}[{number}]"
        if all(text_of(_at(row, name, place)) in values for name, values in of.form.where):
            value = _at(row, of.form.value, place)
            if isinstance(value, (dict, list, bool)):
                raise OutsideError(f"{place}.{of.form.value}: no number but {str(value)[:40]}", hint="Correct `value`.")
            period = period_text(_at(row, name, place) for name in of.form.period)
            status, note = (text_of(_at(row, name, place)) if name else "" for name in (of.form.status, of.form.note))
            yield Cells(period, "" if value is None else value, status, note, f"{place}.{of.form.value}")


def _at(value: Any, path: str, place: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what stands at a path of names and numbers joined by points."""
    for name in filter(None, path.split(".")):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            there = ", ".join(map(str, value))[:200] if isinstance(value, dict) else type(value).__name__
            raise OutsideError(f"{place}: no '{name}'", hint=f"There is: {there}. Correct [connector].")
    return value
