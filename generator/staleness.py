"""Staleness: the newest figure of a metric past its shelf life, and older ones that are shown as current.

Place in the pipeline: base of step 2 Check; `evidence` offers it, the page marks what it names. In: a topic, the
vocabulary, the edition's date (never the clock); out: a `Question` for each, and the names of the figures to mark.

A shelf life is counted in months from the end of a figure's period. An older figure beside a newer one is history and
nothing is asked about it, unless a key figure or the bottom line shows it. What is computed ages with its inputs, so
it is marked and not asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from .model import KeyFigureSpec, Metric, Place, Topic, Vocabulary
from .periods import Period
from .questions import Question

_FACT = re.compile(r"\{\{\s*(?:fact|amount)\(\s*['\"]([^'\"]+)['\"]")
_VALUE = re.compile(
    r"\{\{\s*value\(\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*(?:,\s*['\"]([^'\"]*)['\"]\s*)?\)"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it ages: what it is called, where it stands, or where it is shown."""

    name: str
    place: Place
    metric: str
    entity: str
    period: Period
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is asked about a topic's figures on the edition's date, and which are to be marked.

    `latest` are past their shelf life with nothing newer, `dated` are past it and shown although there is newer.
    """

    questions: tuple[Question, ...] = ()
    latest: frozenset[str] = frozenset()
    dated: frozenset[str] = frozenset()


def months_after(period: Period, day: date) -> int:
    """Return how many whole months have passed since a period's last day; negative before it."""
    end = period.end
    return (day.year - end.year) * 12 + day.month - end.month - (day.day < end.day)


def aged(topic: Topic, vocabulary: Vocabulary, day: date) -> Ageing:
    """Return what has aged in a topic by the day of the edition."""
    lives = {metric.id: metric for metric in vocabulary.metrics if metric.shelf_life is not None}
    figures = tuple(figure for figure in _figures(topic) if figure.metric in lives)
    groups: dict[tuple[str, str], list[Shown]] = {}
    for figure in figures:
        groups.setdefault((figure.metric, figure.entity), []).append(figure)
    questions, latest = [], set[str]()
    for group in groups.values():
        newest = max(figure.period.end for figure in group)
        rows = [figure for figure in group if figure.period.end == newest]
        if _is_past(rows[0], lives, day):
            latest |= {figure.name for figure in rows}
            questions += [_question(rows, lives, day, "the newest figure")] if not rows[0].computed else []
    dated = set[str]()
    for where, figure in _shown(topic, {figure.name: figure for figure in figures}):
        if figure.name not in latest | dated and _is_past(figure, lives, day):
            dated.add(figure.name)
            shown = Shown(figure.name, where, figure.metric, figure.entity, figure.period, figure.computed)
            questions += [_question([shown], lives, day, "the figure shown")] if not figure.computed else []
    return Ageing(tuple(questions), frozenset(latest), frozenset(dated))


def _figures(topic: Topic) -> Iterator[Shown]:
    for fact in topic.facts:
        if fact.rank != "deprecated" and fact.period.dated:
            yield Shown(fact.id, fact.place, fact.metric, fact.entity, fact.period, bool(fact.formula))
    for series in topic.series:
        for row in series.of():
            if not row.fact:
                name = f"{series.id} {row.period} {row.basis}".strip()
                yield Shown(name, row.place, series.metric, series.entity, row.period, bool(series.formula))


def _is_past(figure: Shown, lives: Mapping[str, Metric], day: date) -> bool:
    life = lives[figure.metric].shelf_life
    # A figure of 2024 with a shelf life of 18 months is fresh until the end of June 2026.
    return life is not None and months_after(figure.period, day) >= life


def _question(rows: list[Shown], lives: Mapping[str, Metric], day: date, what: str) -> Question:
    figure = rows[0]
    found = (
        f"'{figure.name}': {what} of '{figure.metric}' of '{figure.entity}' is for {figure.period},"
        f" {_counted(months_after(figure.period, day))} before the edition of {day}"
    )
    life = _counted(lives[figure.metric].shelf_life or 0)
    return Question("stale", tuple(rows), found, f"{life} at most, its shelf life")


def _counted(months: int) -> str:
    return f"{months} month{'' if months == 1 else 's'}"


# --- what is shown as current ---------------------------------------------------------------------


def name_of(spec: KeyFigureSpec, topic: Topic) -> str:
    """Return what the figure that a key figure shows is called."""
    return spec.fact or _newest_of(spec.series, spec.basis, topic)


def _shown(topic: Topic, figures: Mapping[str, Shown]) -> Iterator[tuple[Place, Shown]]:
    """Yield the figures of the first page: each key figure's, and the newest of each metric in the bottom line."""
    for spec in topic.key_figures:
        name = name_of(spec, topic)
        if name in figures:
            yield spec.place, figures[name]
    said: dict[tuple[str, str], Shown] = {}
    for name in _called(topic):
        figure = figures.get(name)
        if figure is not None:
            known = said.get((figure.metric, figure.entity))
            if known is None or known.period.end < figure.period.end:
                said[figure.metric, figure.entity] = figure
    yield from ((topic.place, figure) for figure in said.values())


def _called(topic: Topic) -> Iterable[str]:
    yield from _FACT.findall(topic.bottom_line)
    for series, period, basis in _VALUE.findall(topic.bottom_line):
        yield _newest_of(series, basis, topic, "" if period == "latest" else period)


def _newest_of(id_: str, basis: str, topic: Topic, period: str = "") -> str:
    """Return the name of a series' newest row, or of that of a period; "" where there is none."""
    series = next((item for item in topic.series if item.id == id_), None)
    rows = [row for row in (series.of(basis or None) if series else ()) if period in ("", row.period.text)]
    if series is None or not rows:
        return ""
    return rows[-1].fact or f"{series.id} {rows[-1].period} {rows[-1].basis}".strip()
