"""Figures for the tests of what the arithmetic asks: a fact in a line, a ledger of facts and series."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from generator.figures import Ledger, figures_of
from generator.model import Fact, Measure, Metric, Observation, Place, Series, Source, Vocabulary
from generator.periods import parse_period
from generator.plausibility import ask
from generator.questions import Question

SOURCES = {"S": Source("S", "P", "T", "document", "2026-01-01", language="en", place=Place("sources.toml", 1))}


def fact(id_: str, value: str, period: str = "2022", metric: str = "trade", **more: object) -> Fact:
    """Return a fact in billions of dollars, or as `more` says."""
    plain = Fact(
        id_, metric, "e", parse_period(period), Decimal(value), "USD", scale="billion", source="S", place=Place("f.csv", 2)
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def rate(id_: str, value: str, period: str = "2022", metric: str = "trade-growth", **more: object) -> Fact:
    """Return a fact in percent, or as `more` says."""
    return fact(id_, value, period, metric, **{"unit": "percent", "scale": "", **more})


def line(values: str, *, first: int = 2000, measure: Measure = "flow", unit: str = "USD", metric: str = "trade") -> Series:
    """Return a series of years, a value a word; `-` is a missing one."""
    rows = tuple(
        Observation(parse_period(str(first + place)), None if word == "-" else Decimal(word), unit, source="S",
                    place=Place("s.csv", 2 + place))
        for place, word in enumerate(values.split())
    )  # fmt: skip
    return Series("s", "S", metric, "e", unit, measure, rows)


def vocabulary(*metrics: Metric) -> Vocabulary:
    """Return a vocabulary with trade and what is named."""
    return Vocabulary((Metric("trade", "Trade"), *metrics), (("e", "Entity"),), (), ())


GROWTH = Metric("trade-growth", "Growth", growth_of="trade")
MULTIPLE = Metric("trade-multiple", "Multiple", multiple_of="trade")


def asked(*facts: Fact, series: tuple[Series, ...] = (), metrics: tuple[Metric, ...] = ()) -> list[str]:
    """Return every question as `kind: words`."""
    return [f"{each.kind}: {each.found}" for each in questions(*facts, series=series, metrics=metrics)]


def questions(*facts: Fact, series: tuple[Series, ...] = (), metrics: tuple[Metric, ...] = ()) -> tuple[Question, ...]:
    """Return every question about facts and series."""
    return ask(facts, series, vocabulary(*metrics), SOURCES)


def ledger(*facts: Fact, series: tuple[Series, ...] = ()) -> Ledger:
    """Return the ledger of facts and series."""
    return Ledger.of(figures_of(facts, series), series)
