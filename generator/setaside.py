"""What is set aside: quantities of documents that no fact is to carry, each with the reason.

Place in the pipeline: a part of `coverage`. In: `data/set-aside.csv`; out: `SetAside` values. Rows are read
strictly, without the documents as far as that goes; `coverage` holds them to the documents at hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .agreement import read
from .anchors import LONGEST, comparable, count_words, fold, shorten
from .mentions import tongue
from .model import SetAside, Source, Vocabulary
from .reading import Findings, did_you_mean
from .tables import Row, read_rows

FILE = "data/set-aside.csv"
REQUIRED = ("source", "anchor", "reason")
OPTIONAL = ("count",)
_COUNT = re.compile(r"[1-9]\d{0,5}\Z", re.ASCII)


def read_set_aside(
    text: str, sources: Mapping[str, Source], vocabulary: Vocabulary, problems: Findings
) -> tuple[SetAside, ...]:
    """Return the rows of the table that stand; every problem of every row is collected."""
    rows: dict[tuple[str, str], SetAside] = {}
    for row in read_rows(text, FILE, REQUIRED, OPTIONAL, problems):
        before = len(problems)
        count = _count(row, problems)
        _check_source(row, sources, problems)
        _check_words(row, problems)
        aside = SetAside(row["source"], row["anchor"], row["reason"], count, row.place)
        key = (aside.source, comparable(aside.anchor))
        if len(problems) == before:
            _check_quantity(aside, sources[aside.source], vocabulary, problems)
        if key in rows:
            _refuse_twice(aside, rows[key], problems)
        elif len(problems) == before:
            rows[key] = aside
    return tuple(rows.values())


def _count(row: Row, problems: Findings) -> int:
    if row["count"] and not _COUNT.match(row["count"]):
        problems.add(
            row.place,
            "coverage.count",
            f"count '{row['count']}'",
            expected="a whole number above zero, or nothing for one",
            cure="Write how many quantities stand where the anchor stands.",
        )
        return 1
    return int(row["count"] or 1)


def _check_source(row: Row, sources: Mapping[str, Source], problems: Findings) -> None:
    source = sources.get(row["source"])
    if source is None:
        problems.add(
            row.place,
            "coverage.source",
            f"source '{row['source']}'",
            expected="an id that data/sources.toml declares",
            cure=did_you_mean(row["source"], [id_ for id_, one in sources.items() if one.document]),
        )
    elif not source.document:
        problems.add(
            row.place,
            "coverage.no-document",
            f"source '{source.id}' names no document",
            expected="a source whose document is kept, for only there are quantities looked for",
            cure="Remove the row, or name the document in data/sources.toml.",
        )


def _check_words(row: Row, problems: Findings) -> None:
    if not row["reason"]:
        problems.add(
            row.place,
            "coverage.reason",
            f"'{shorten(row['anchor'])}' is set aside without a reason",
            expected="why no fact carries the quantity",
            cure="Write it in the column 'reason'.",
        )
    words = count_words(row["anchor"])
    if not 0 < words <= LONGEST:
        problems.add(
            row.place,
            "coverage.anchor",
            f"an anchor of {words:g} words",
            expected=f"one to {LONGEST} words of the document (a Chinese character counts half)",
            cure="Keep the few words that hold the quantity.",
        )


def _check_quantity(aside: SetAside, source: Source, vocabulary: Vocabulary, problems: Findings) -> None:
    anchor = fold(aside.anchor)
    if not read(anchor, tongue(anchor, source.language), vocabulary):
        problems.add(
            aside.place,
            "coverage.no-quantity",
            f"anchor '{shorten(anchor)}' holds no quantity that is read",
            expected="the words that hold the quantity",
            cure="Lengthen the anchor to its number, or remove the row.",
        )


def _refuse_twice(aside: SetAside, first: SetAside, problems: Findings) -> None:
    problems.add(
        aside.place,
        "coverage.twice",
        f"'{shorten(aside.anchor)}' of {aside.source} is set aside at {first.place} too",
        expected="each quantity set aside once",
        cure="Remove one of the rows.",
    )
