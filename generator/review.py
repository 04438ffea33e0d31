"""The review file: candidate facts in a table, in which a person writes yes or no.

Place in the pipeline: a part of `ingest`. In and out: `data/candidates.csv`, a table with every column of facts.csv and
what a reviewer needs to decide. No build reads it. It begins with a byte order mark, because spreadsheets take a table
without one for the country's own encoding (CSV: RFC 4180, https://www.rfc-editor.org/rfc/rfc4180).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .facts import OPTIONAL, REQUIRED
from .model import Place
from .reading import Findings
from .tables import Row, read_rows, take_choice

FILE = "data/candidates.csv"
_MARK = "\ufeff"
DECISIONS = ("", "yes", "no")
_WRITTEN = {"y": "yes", "n": "no"}


@dataclass(frozen=True, slots=True)
class CandidateFact:
    """What a quantity of a document may become: cells of facts.csv, with what a reviewer needs to decide.

    `accept` is "" (not decided), "yes" or "no". `said` are the quantity's words in the document, `at` their place.
    `confidence` (0.00 to 1.00) is that of metric and entity, "" where none was guessed; `dated_by` is what the period
    was taken from: clause, sentence, paragraph, document. All are as written: what is wrong with them, `accept` says.
    """

    accept: str = ""
    topic: str = ""
    id: str = ""
    metric: str = ""
    entity: str = ""
    period: str = ""
    value: str = ""
    scale: str = ""
    unit: str = ""
    qualifier: str = ""
    basis: str = ""
    source: str = ""
    anchor: str = ""
    rank: str = "normal"
    formula: str = ""
    reason: str = ""
    note: str = ""
    ref: str = ""
    said: str = ""
    at: str = ""
    confidence: str = ""
    dated_by: str = ""
    place: Place = Place(FILE)


COLUMNS = tuple(field.name for field in fields(CandidateFact) if field.name != "place")
FACT_COLUMNS = tuple(name for name in COLUMNS if name in (*REQUIRED, *OPTIONAL))


def read_candidates(text: str, findings: Findings) -> tuple[CandidateFact, ...]:
    """Return the rows of the review file; what cannot be a row of it is collected."""
    if not text.removeprefix(_MARK).partition("\n")[2].strip():
        return ()
    required = ("accept", "topic", *REQUIRED, "said")
    optional = [name for name in COLUMNS if name not in required]
    return tuple(_candidate(row, findings) for row in read_rows(text, FILE, required, optional, findings))


def _candidate(row: Row, findings: Findings) -> CandidateFact:
    written = row["accept"].casefold()
    decided = Row({**row.cells, "accept": _WRITTEN.get(written, written)}, row.place)
    accept = take_choice(decided, "accept", DECISIONS, findings)
    cells: Mapping[str, Any] = {name: row[name] for name in COLUMNS}
    return CandidateFact(**{**cells, "accept": accept, "place": row.place})


def remind(text: str) -> Findings:
    """Return a note that says how many candidates wait; no build depends on them."""
    told, problems = Findings(), Findings()
    rows = read_candidates(text, problems)
    waiting = sum(not row.accept for row in rows)
    decided = len(rows) - waiting
    if rows or problems:
        told.add(
            Place(FILE),
            "candidates.waiting",
            f"{waiting} {'candidate waits' if waiting == 1 else 'candidates wait'} for review"
            + (f", {decided} decided" if decided else ""),
            expected="a decision on each: yes or no in the column `accept`",
            cure="Decide, then run: briefing ingest --accept." if not problems else str(problems[0]),
            severity="note",
        )
    return told


def write_candidates(candidates: Iterable[CandidateFact]) -> str:
    """Return the whole review file."""
    return _MARK + ",".join(COLUMNS) + "\n" + "".join(map(_line, candidates))


def append_candidates(text: str, candidates: Iterable[CandidateFact]) -> str:
    """Return the text of a review file with further rows, in the order of its own columns."""
    if not text.strip(_MARK + " \n"):
        return write_candidates(candidates)
    head = next(csv.reader([text.removeprefix(_MARK).partition("\n")[0]]))
    return text + "".join(_line(candidate, tuple(name.strip() for name in head)) for candidate in candidates)


def _line(candidate: CandidateFact, columns: Iterable[str] = COLUMNS) -> str:
    cells = asdict(candidate)
    return csv_line([cells.get(name, "") for name in columns])


def csv_line(cells: Iterable[str]) -> str:
    """Return a row of a table, with the line feed that ends it."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerow(cells)
    return target.getvalue()


def with_rows(text: str, candidates: Iterable[CandidateFact]) -> str:
    """Return a review file in which the rows where the candidates stand are theirs; every other byte of it stays."""
    head = next(csv.reader([text.removeprefix(_MARK).partition("\n")[0]]))
    columns = tuple(name.strip() for name in head)
    return _changed(text, {candidate.place.line: _line(candidate, columns) for candidate in candidates})


def without_rows(text: str, lines: Iterable[int]) -> str:
    """Return a table without the rows that begin in these lines; every other byte of it stays."""
    return _changed(text, dict.fromkeys(lines, ""))


def _changed(text: str, instead: Mapping[int, str]) -> str:
    """Return a table with other rows instead of those that begin in certain lines."""
    kept, at = [], 1
    rows = list(io.StringIO(text, newline=""))
    reader = csv.reader(rows, strict=True)
    for _ in reader:
        kept.append(instead.get(at, "".join(rows[at - 1 : reader.line_num])))
        at = reader.line_num + 1
    return "".join(kept)
