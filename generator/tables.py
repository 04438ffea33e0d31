"""Strict reading of tables: CSV rows with their lines, cells of declared types.

Place in the pipeline: base of step 1 Read. CSV is RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180).
pandas is not asked here: it shifts the columns of a row that is too long, turns "NA" into a missing
value and 00123 into 123 (shared experience: FAULTS C03 to C08).
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .grammars.grammar import COMMON_UNITS
from .model import Place, Vocabulary
from .periods import EXPECTED, Period, parse_period
from .reading import Findings, did_you_mean

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""What TOML takes as a key without quotation marks."""
_SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,29})(?:\.\d{1,20})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column, and where it stands."""

    cells: dict[str, str]
    place: Place

    def __getitem__(self, column: str) -> str:
        """Return the cell, "" where the optional column is absent."""
        return self.cells.get(column, "")


def read_rows(
    text: str, file: str, required: Sequence[str], optional: Sequence[str], findings: Findings
) -> tuple[Row, ...]:
    """Return the rows of a CSV table whose head holds `required` and may hold `optional` columns."""
    if not _looks_like_csv(text, file, findings):
        return ()
    records = list(_records(text, file, findings))
    if not records:
        return ()
    head, place = records[0]
    if not _check_head(head, place, required, optional, findings):
        return ()
    if len(records) == 1:
        findings.add(
            place, "csv.empty", "a head without rows", expected="at least one row", cure="Add rows or remove the file."
        )
    return tuple(
        Row(dict(zip(head, cells, strict=True)), at)
        for cells, at in records[1:]
        if _check_length(cells, head, at, findings)
    )


def read_records(text: str, file: str, findings: Findings) -> tuple[Row, ...]:
    """Return the rows of a CSV table whatever its columns are, each of them once."""
    if not _looks_like_csv(text, file, findings):
        return ()
    records = list(_records(text, file, findings))
    if not records or not _check_head(*records[0], required=(), optional=records[0][0], findings=findings):
        return ()
    head = records[0][0]
    kept = [(cells, at) for cells, at in records[1:] if _check_length(cells, head, at, findings)]
    return tuple(Row(dict(zip(head, cells, strict=True)), at) for cells, at in kept)


def _looks_like_csv(text: str, file: str, findings: Findings) -> bool:
    start = text.lstrip()[:200].lower()
    kind = "HTML" if start.startswith(("<!doctype", "<html", "<?xml")) else "JSON" if start[:1] in ("{", "[") else ""
    if not text.strip():
        findings.add(Place(file), "csv.empty", "an empty file", expected="a head and rows", cure="Restore the table.")
        return False
    if kind:
        findings.add(
            Place(file, 1),
            "csv.not-csv",
            f"the file looks like {kind}, not CSV",
            expected="comma-separated values",
            cure="It may be an error page; fetch the table again.",
        )
        return False
    if separator := _other_separator(text):
        findings.add(
            Place(file, 1),
            "csv.separator",
            f"the columns are separated by {separator}",
            expected="','",
            cure="Save the table as CSV UTF-8, comma separated.",
        )
        return False
    if not text.endswith("\n"):
        findings.add(
            Place(file, text.count("\n") + 1),
            "csv.cut",
            "the last line does not end with a line feed",
            expected="a whole file",
            cure="It may be cut: compare it with its origin, then end the last line.",
        )
    return True


def _other_separator(text: str) -> str:
    """Return what separates the columns of the first line where that is no comma: spreadsheets differ by country."""
    head = text.lstrip().partition("\n")[0]
    most = max(_SEPARATORS, key=head.count)
    return _SEPARATORS[most] if head.count(most) > 1 and head.count(most) > head.count(",") else ""


def _records(text: str, file: str, findings: Findings) -> Iterable[tuple[list[str], Place]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield [cell.strip() for cell in cells], Place(file, line)
            line = reader.line_num + 1
    except csv.Error as error:
        findings.add(
            Place(file, line),
            "csv.quoting",
            str(error),
            expected='cells with commas in double quotes, a quote inside doubled ("")',
            cure="Quote the cell.",
        )


def _check_head(
    head: list[str], place: Place, required: Sequence[str], optional: Sequence[str], findings: Findings
) -> bool:
    known, before, meant = [*required, *optional], len(findings), set[str]()
    for name in dict.fromkeys(head):
        if head.count(name) > 1:
            findings.add(
                place,
                "csv.column-twice",
                f"column '{name}' stands {head.count(name)} times",
                expected="each column once",
                cure="Remove or rename one.",
            )
        if name not in known:
            near = did_you_mean(name, [column for column in known if column not in head])
            meant |= {column for column in required if near == f"Did you mean '{column}'?"}
            findings.add(
                place,
                "csv.column-unknown",
                f"unknown column '{name}'",
                expected="the columns " + ", ".join(known),
                cure=near,
            )
    for name in required:
        # One that is only misspelt has been told.
        if name not in head and name not in meant:
            findings.add(
                place,
                "csv.column-missing",
                f"no column '{name}'",
                expected="the columns " + ", ".join(required),
                cure="Add the column.",
            )
    return len(findings) == before


def _check_length(cells: list[str], head: list[str], place: Place, findings: Findings) -> bool:
    if len(cells) == len(head):
        return True
    findings.add(
        place,
        "csv.row-length",
        # Named as `causes` knows a row that gives no fact: what misses the fact follows from it.
        (f"fact '{cells[0]}': " if head[0] == "id" and cells[:1] != [""] else "")
        + f"{len(cells)} fields, the head has {len(head)}",
        expected=f"{len(head)} fields",
        cure="Quote a cell that holds a comma, write decimals with a point, or add the missing cells.",
    )
    return False


# --- cells ----------------------------------------------------------------------------------------


def take_choice(row: Row, column: str, choices: tuple[str, ...], findings: Findings) -> str:
    """Return a cell that must be one of `choices`; a finding, and the first choice, where it is not."""
    value = row[column]
    if value not in choices:
        shown = ", ".join(f"'{choice}'" if choice else "empty" for choice in choices)
        findings.add(
            row.place,
            "csv.choice",
            f"{column} '{value}'",
            expected=shown,
            cure=did_you_mean(value, choices),
        )
        return choices[0]
    return value


def take_period(row: Row, column: str, findings: Findings) -> Period | None:
    """Return a cell that must be a period; a finding, and None, where it is not."""
    try:
        return parse_period(row[column])
    except ValueError:
        findings.add(
            row.place, "csv.period", f"{column} '{row[column]}'", expected=EXPECTED, cure="Write it like one of these."
        )
        return None


def take_number(row: Row, column: str, findings: Findings) -> Decimal | None:
    """Return a cell that must be a plain number; a finding, and None, where it is not."""
    if NUMBER.match(row[column]):
        return Decimal(row[column])
    findings.add(
        row.place,
        "csv.number",
        f"{column} '{row[column]}'",
        expected="digits with a point for decimals: 1234.5, without separators, exponent, sign + or leading zeros",
        cure="Write it so; leave the cell empty where a series' value is missing.",
    )
    return None


def check_unit(row: Row, vocabulary: Vocabulary, findings: Findings) -> None:
    """Collect a finding where the cell `unit` holds no unit, with those there are and how one is declared."""
    if not vocabulary.has_unit(row["unit"]):
        found = f"unit '{row['unit']}'"
        expected, cure = unit_advice(row["unit"], vocabulary)
        findings.add(row.place, "csv.unit", found, expected=expected, cure=cure)


def unit_advice(unit: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return what is expected in place of an unknown unit, and the cure."""
    known = COMMON_UNITS.get(unit, "")
    near = [known] if vocabulary.has_unit(known) else difflib.get_close_matches(unit, vocabulary.unit_ids, n=1)
    key = unit or "NAME"
    key = key if _BARE_KEY.fullmatch(key) else f'"{key}"'
    cure = f"Did you mean '{near[0]}'? Or declare" if near else "Declare"
    return (
        f"one of {', '.join(vocabulary.unit_ids)}, or an ISO 4217 currency such as EUR",
        f"{cure} it in data/vocabulary.toml: [units.{key}] with one = and other =.",
    )


def check_known(
    row: Row, column: str, ids: Collection[str], findings: Findings, *, where: str = "data/vocabulary.toml"
) -> None:
    """Collect a finding where a cell holds an id that is not declared."""
    if row[column] not in ids:
        findings.add(
            row.place,
            f"csv.{column}",
            f"{column} '{row[column]}'",
            expected=f"an id that {where} declares",
            cure=did_you_mean(row[column], ids),
        )
