"""Series, topics and specs from which the tests of charts are made: invented figures, one line each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from generator.chart_plan import plan
from generator.language import Words
from generator.look import chart_style
from generator.model import (
    ChartSpec,
    Fact,
    Finding,
    LineSpec,
    Observation,
    Place,
    Series,
    Topic,
    Unit,
    Vocabulary,
)
from generator.page import PlannedChart
from generator.periods import parse_period

ROOT = Path(__file__).resolve().parent.parent
STYLE = chart_style({path.name: path.read_bytes() for path in (ROOT / "templates/briefing").iterdir() if path.is_file()})
PALETTE = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#0072B2")
UNITS = (Unit("member", "member", "members"),)
VOCABULARY = Vocabulary((), (), (("customs", "Customs statistics"), ("bank", "Central bank")), UNITS)
WORDS = Words("en", None, VOCABULARY)


def row(period: str, value: object, **fields: Any) -> Observation:
    """Return an observation; `value` None is missing."""
    number = None if value is None else Decimal(str(value))
    fields = {"unit": "EUR", "source": "S1", "place": Place("data/t/series/s.csv", 2)} | fields
    return Observation(parse_period(period), number, **fields)


def yearly(first: int, values: list[Any], **fields: Any) -> tuple[Observation, ...]:
    """Return one observation a year."""
    return tuple(row(str(first + index), value, **fields) for index, value in enumerate(values))


def series(id_: str, rows: tuple[Observation, ...], **fields: Any) -> Series:
    """Return a flow in euros unless said otherwise."""
    fields = {"label": id_.capitalize(), "unit": "EUR", "measure": "flow"} | fields
    return Series(id=id_, metric="m", entity="e", observations=rows, **fields)


OUTPUT = series("output", yearly(2012, [40e9, 41e9, 43.5e9, 42e9, 45e9, 47e9, 50e9, 52e9, 51e9, 55e9]))
CUSTOMS = yearly(2014, [10.1e9, 11.2e9, 12e9, 11.7e9, 12.5e9, 13.3e9], basis="customs")
BANK = yearly(2014, [9.1e9, 10.2e9, 11e9, 12.7e9], basis="bank", source="S2")
EXPORTS = series("exports", CUSTOMS + BANK)
BALANCE = series("balance", yearly(2015, [2e9, 1e9, -0.5e9, -1.25e9]))
GROWTH = series("growth", yearly(2013, [2.5, 6.1, -3.4, 7.1], unit="percent"), unit="percent", measure="rate")
MEMBERS = series(
    "members",
    tuple(row(day, n, unit="member") for day, n in (("2015-03-01", 4), ("2017-11", 9), ("2020-06-30", 15))),
    unit="member",
    measure="stock",
)
TREATY = Fact("treaty", "m", "e", parse_period("2016-05"), "signed", "text")


def topic(*more: Series) -> Topic:
    """Return a topic with the sample series, and with `more`."""
    every = (OUTPUT, EXPORTS, BALANCE, GROWTH, MEMBERS, *more)
    return Topic("t", "T", "", "#0b5d7a", (), (), (), (TREATY,), every, ())


def spec(kind: str, *lines: str | LineSpec, **fields: Any) -> ChartSpec:
    """Return a chart of series, each by its id, or by id and basis as `exports:bank`."""
    declared = []
    for line in lines:
        id_, _, basis = line.partition(":") if isinstance(line, str) else ("", "", "")
        declared.append(LineSpec(id_, basis, place=Place("data/t/topic.toml", 9)) if isinstance(line, str) else line)
    fields = {"title": "An assertion", "id": "c", "place": Place("data/t/topic.toml", 7)} | fields
    return ChartSpec(kind=kind, lines=tuple(declared), **fields)


def planned(
    chart: ChartSpec, *more: Series, width: float = 170, words: Words = WORDS
) -> tuple[PlannedChart | None, tuple[Finding, ...]]:
    """Plan a chart of the sample topic."""
    return plan(
        chart, topic(*more), words, accent="#0b5d7a", palette=PALETTE, width_mm=width, title=chart.title,
        bases=dict(VOCABULARY.bases),
    )  # fmt: skip


def good(chart: ChartSpec, *more: Series, width: float = 170, words: Words = WORDS) -> PlannedChart:
    """Plan a chart that has nothing wrong with it."""
    result, findings = planned(chart, *more, width=width, words=words)
    assert findings == ()
    assert result is not None
    return result


def refused(chart: ChartSpec, *more: Series, width: float = 170) -> Finding:
    """Plan a chart that has one thing wrong with it."""
    result, findings = planned(chart, *more, width=width)
    assert result is None
    assert len(findings) == 1
    return findings[0]


EVERY_KIND = {
    "line": spec("line", "output", "exports:customs"),
    "points": spec("points", "exports:customs", "exports:bank"),
    "columns": spec("columns", "balance"),
    "groups": spec("columns", "exports:customs", "exports:bank"),
    "step": spec("step", "members"),
    "panels": spec("panels", "output", "growth", "members"),
    "bars": spec("bars", "output", "exports:customs", "balance"),
}
