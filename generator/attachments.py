"""The data behind a page, as files that travel inside the PDF.

Place in the pipeline: base; used by step 4 Write. In: the facts, series and sources that an edition
shows; out: CSV (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180) and JSON. A spreadsheet takes a cell
that begins with = + - @ for a formula and runs it, so such text gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection); JSON keeps it as it is.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence

from .model import Checked, Fact, Observation, Series, Source
from .page import Attached, PlannedChart

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")
_FACT_COLUMNS = (
    "id", "metric", "entity", "period", "value", "scale", "unit", "qualifier", "basis", "source", "anchor", "rank",
    "formula", "note",
)  # fmt: skip
_SERIES_COLUMNS = (
    "series", "label", "metric", "entity", "period", "value", "unit", "basis", "source", "status", "note", "qualifier",
    "rank",
)  # fmt: skip
_SOURCE_COLUMNS = (
    "id", "producer", "title", "kind", "published", "accessed", "url", "licence", "sha256", "version", "note",
)  # fmt: skip

_CHART_COLUMNS = ("line", "series", "period", "value", "unit", "basis", "qualifier", "status", "source")


def attach(
    facts: Sequence[Fact],
    series: Sequence[Series],
    sources: Sequence[Source],
    checked: Sequence[Checked],
    charts: Sequence[PlannedChart] = (),
) -> tuple[Attached, ...]:
    """Return facts.csv, facts.json (with the sources), series.csv, a CSV a chart: the same bytes from the same input.

    A chart's file is named by its id, as the page says under it: chart-trade.csv, chart-economy-trade.csv.
    """
    named = {chart.plot.id: f"chart-{chart.plot.id.replace('/', '-')}.csv" for chart in charts}
    states = {each.fact: each.state for each in checked}
    rows = [_fact_row(fact) | {"checked": states.get(fact.id, "")} for fact in facts]
    whole = {"facts": rows, "sources": [_source_row(number, each) for number, each in enumerate(sources, 1)]}
    observations = [row for each in series for row in _series_rows(each)]
    return (
        Attached("facts.csv", _csv((*_FACT_COLUMNS, "checked"), rows), "text/csv", "The facts of this edition"),
        Attached("facts.json", _json(whole), "application/json", "The facts and sources of this edition"),
        Attached("series.csv", _csv(_SERIES_COLUMNS, observations), "text/csv", "The series of this edition"),
        *(
            Attached(named[chart.plot.id], _csv(_CHART_COLUMNS, _chart_rows(chart)), "text/csv", chart.title)
            for chart in charts
        ),
    )


def _fact_row(fact: Fact) -> dict[str, str]:
    return {column: str(getattr(fact, column)) for column in _FACT_COLUMNS}


def _source_row(number: int, source: Source) -> dict[str, str]:
    return {"number": str(number)} | {column: getattr(source, column) for column in _SOURCE_COLUMNS}


def _series_rows(series: Series) -> Iterable[dict[str, str]]:
    for row in series.observations:
        told = {"series": series.id, "label": series.label, "metric": series.metric, "entity": series.entity}
        yield told | _told(row, _SERIES_COLUMNS[4:])


def _chart_rows(chart: PlannedChart) -> Iterable[dict[str, str]]:
    for line in chart.data:
        for row in line.rows:
            yield {"line": line.label, "series": line.series} | _told(row, _CHART_COLUMNS[2:])


def _told(row: Observation, columns: Sequence[str]) -> dict[str, str]:
    told = {column: str(getattr(row, column)) for column in columns}
    told["value"] = "" if row.value is None else f"{row.value:f}"
    told["source"] = row.source or (f"fact:{row.fact}" if row.fact else "")
    return told


def _csv(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_guarded(row[column]) for column in columns] for row in rows)
    return file.getvalue().encode()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.match(cell) else cell


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
