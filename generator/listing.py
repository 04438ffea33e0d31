"""Listings: rows as people read them in a terminal, and as a table takes them.

Place in the pipeline: a part of the door `cli`. Documents are other people's: what is not printable in them never
reaches the terminal. A Chinese character is as wide as two letters
(East Asian Width, https://www.unicode.org/reports/tr11/).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .model import Coverage, Mention, SetAside

if TYPE_CHECKING:
    from .decisions import Decided
    from .exhibit import Number
    from .ingestion import Ingested
    from .review import CandidateFact
    from .survey import Survey

WIDEST = 60
"""Columns of the terminal that a cell takes at most; --json gives it whole."""
_OPEN = "!"
_COLUMNS = ("source", "anchor", "count", "reason")


def columns(rows: Iterable[Iterable[object]], *, widest: int = WIDEST) -> Iterator[str]:
    """Yield a line a row, its cells in columns as wide as they need, but for what is cut from them."""
    cells = [[_cell(value, widest) for value in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def number_row(number: Number) -> dict[str, object]:
    """Return a numeral's row; where on its page it stands is for machines."""
    row = {name: value for name, value in asdict(number).items() if name != "area"}
    return {**row, "sources": " ".join(number.sources)}


def _cell(value: object, room: int = WIDEST) -> str:
    """Return a value on one line, cut where it is wider than `room`."""
    text = printable(re.sub(r"\s+", " ", str(value)))
    if _width(text) <= room:
        return text
    for position, character in enumerate(text):
        room -= _width(character)
        if room < 1:
            return f"{text[:position]}…"
    return "…"


def printable(text: str) -> str:
    """Return the text without control and direction-changing characters."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


# --- coverage -------------------------------------------------------------------------------------


def coverage_lines(survey: Survey, *, only_open: bool) -> Iterator[str]:
    """Yield a heading for each document, a line a quantity with open ones marked, and a line that sums them up."""
    for each in survey.coverages:
        yield f"{each.source}  {each.document}  {each.trouble or _counts([each])}".replace("    ", "  ")
        shown = each.open if only_open else each.mentions
        if shown:
            yield from columns(map(_mention_cells, shown), widest=2 * WIDEST)
            yield ""
    read = [each for each in survey.coverages if not each.trouble]
    yield f"{len(read)} of {_number(len(survey.coverages), 'document')} read: {_counts(read)}"
    if survey.undocumented:
        yield f"{_number(survey.undocumented, 'source')} without a document: nothing to look up there"


def _mention_cells(mention: Mention) -> tuple[str, ...]:
    room = max(0, WIDEST - 4 - _width(mention.text)) // 2
    before, after = _cell(mention.before[::-1], room)[::-1], _cell(mention.after, room)
    return (
        _OPEN if mention.state == "open" else "",
        f"page {mention.page}" if mention.page else f"{mention.line}:{mention.column}",
        f"{before}[{mention.text}]{after}",
        mention.reading,
        _state(mention),
    )


def _state(mention: Mention) -> str:
    facts = ", ".join(mention.facts[:2]) + (f" and {len(mention.facts) - 2} more" if len(mention.facts) > 2 else "")
    match mention.state:
        case "carried":
            return facts
        case "period" | "repeats":
            return f"{mention.state}{' of' if mention.state == 'period' else ''} {facts}"
        case "set aside":
            return f"set aside: {mention.reason}"
    return f"OPEN: compare {mention.compare}" if mention.compare else "OPEN"


def _counts(coverages: Iterable[Coverage]) -> str:
    states = Counter(mention.state for each in coverages for mention in each.mentions)
    carried = states["carried"] + states["period"] + states["repeats"]
    total = _number(states.total(), "quantity", "quantities")
    return f"{total}: {carried} carried, {states['set aside']} set aside, {states['open']} open"


def _number(number: int, one: str, other: str = "") -> str:
    return f"{number} {one if number == 1 else other or f'{one}s'}"


def coverage_rows(rows: Iterable[SetAside], head: Sequence[str] = ()) -> Iterator[str]:
    """Yield lines of `data/set-aside.csv`, ready but for their reasons; `head` are the columns that it has, () none."""
    if not head:
        yield ",".join(_COLUMNS)
    for row in rows:
        cells = dict(zip(_COLUMNS, (row.source, row.anchor, "" if row.count == 1 else row.count, ""), strict=True))
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([cells.get(column, "") for column in head or _COLUMNS])
        yield printable(line.getvalue())


def coverage_json(survey: Survey, *, only_open: bool) -> list[dict[str, Any]]:
    """Return a document each with its quantities, for machines."""
    return [
        {
            "source": each.source,
            "document": each.document,
            "trouble": each.trouble,
            "counts": dict(Counter(mention.state for mention in each.mentions)),
            "quantities": [_mention_json(mention) for mention in (each.open if only_open else each.mentions)],
        }
        for each in survey.coverages
    ]


def _mention_json(mention: Mention) -> dict[str, Any]:
    keys = ("page", "line", "column", "before", "text", "after", "reading", "state", "facts", "reason", "compare")
    return {key: getattr(mention, key) for key in keys} | {"row": str(mention.place) if mention.place.file else ""}


# --- candidates -----------------------------------------------------------------------------------


def ingested_lines(ingested: Ingested) -> Iterator[str]:
    """Yield what became of a document, a line a candidate, and what to do next."""
    source = ingested.source
    if not ingested.changed:
        yield f"{source.id} has this document already ({source.document}): nothing was changed"
    elif ingested.state == "added":
        yield f"{source.id} added to data/sources.toml: {printable(source.title)}"
    else:
        yield f"{source.id} has this document already ({source.document}): {', '.join(ingested.changed)} changed"
    if ingested.earlier:
        yield f"{ingested.earlier} is an earlier version of it: facts stand on the version that they name"
    if source.guessed and ingested.state == "added":
        said = ", ".join(f"{name} '{printable(getattr(source, name))}'" for name in source.guessed)
        yield f"guessed: {said}. Correct that in data/sources.toml, then remove the line `guessed`"
    if ingested.candidates:
        yield ""
        head = ("AT", "SAID", "VALUE", "PERIOD", "METRIC", "ENTITY", "SURE")
        yield from columns([head, *map(_candidate_cells, ingested.candidates)], widest=WIDEST // 2)
        yield ""
    yield _number(len(ingested.candidates), "new candidate") + "".join(
        f", {number} {reason}" for reason, number in ingested.passed
    )
    yield from _next(ingested.waiting)


def _candidate_cells(candidate: CandidateFact) -> tuple[str, ...]:
    value = " ".join(filter(None, (candidate.qualifier, candidate.value, candidate.scale, candidate.unit)))
    return (
        candidate.at, candidate.said, value, candidate.period, candidate.metric or "-", candidate.entity or "-",
        candidate.confidence or "-",
    )  # fmt: skip


def _next(waiting: int) -> Iterator[str]:
    if waiting:
        from .review import FILE as REVIEW

        yield (
            f"{_number(waiting, 'candidate')} in {REVIEW} to decide: write yes or no in the column `accept`, correct"
            " what is wrong, then run: briefing ingest --accept"
        )


def ingested_json(ingested: Ingested) -> dict[str, Any]:
    """Return what became of a document, for machines."""
    found = asdict(ingested) | {"passed": dict(ingested.passed)}
    for row in (found["source"], *found["candidates"]):
        row["place"] = {"file": row["place"]["file"], "line": row["place"]["line"]}
    return found


def decided_lines(decided: Decided) -> Iterator[str]:
    """Yield the ids of the new facts, and what is left to decide."""
    for topic, id_ in decided.facts:
        yield f"data/{topic}/facts.csv: {id_}"
    rejected = f", {decided.rejected} rejected" if decided.rejected else ""
    yield f"{_number(len(decided.facts), 'fact')} accepted{rejected}"
    if decided.facts:
        yield "next: briefing check"
    yield from _next(decided.waiting)
