"""Occurrences: an event told on two days, on the wrong day of the week, before what it follows, or in a time to come.

Place in the pipeline: base of step 2 Check; `plausibility` asks. In: facts, what the vocabulary says of their metrics,
the sources; out: a `Question` for each. Two days of one event under one metric are a conflict and told as such.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from . import quantities
from .anchors import fold
from .figures import Figure
from .model import Fact, Place, Source, Vocabulary
from .periods import Period, last_day, parse_period
from .questions import Question
from .statements import weekdays

_NEAR = 31
"""Days within which two events that are called alike are asked about as one."""
_STEM = 4
"""Letters by which words are told apart: opened, opening; established, establishment."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class _Event:
    """A fact of unit date, as it is asked about."""

    fact: Fact
    when: Period

    @property
    def name(self) -> str:
        return self.fact.id

    @property
    def place(self) -> Place:
        return self.fact.place

    def __str__(self) -> str:
        return f"'{self.fact.id}' is {self.when}"


def misdated(facts: Iterable[Fact], vocabulary: Vocabulary, sources: Mapping[str, Source]) -> Iterator[Question]:
    """Yield a question for each event whose day another row, its weekday or its order contradicts."""
    facts = tuple(fact for fact in facts if fact.rank != "deprecated")
    events = [_Event(fact, fact.value) for fact in facts if isinstance(fact.value, Period) and fact.value.dated]
    yield from _told_twice(events, vocabulary)
    yield from _out_of_order(events, vocabulary)
    for fact in facts:
        if fact.anchor and fact.source in sources:
            yield from _on_wrong_weekday(fact, sources[fact.source].language)


# --- two days -------------------------------------------------------------------------------------


def _told_twice(events: Iterable[_Event], vocabulary: Vocabulary) -> Iterator[Question]:
    """Yield events of different metrics that are called alike and lie a few days apart."""
    days: dict[str, list[_Event]] = {}
    for event in events:
        if event.when.start == event.when.end:
            days.setdefault(event.fact.entity, []).append(event)
    near = [pair for group in days.values() for pair in _near(group)]
    if not near:
        return
    entities = {word for _, name in vocabulary.entities for word in re.findall(r"\w+", name.casefold())}
    stems = {metric.id: _stems(metric.label, entities) for metric in vocabulary.metrics}
    for one, other in near:
        if _alike(stems.get(one.fact.metric, frozenset()), stems.get(other.fact.metric, frozenset())):
            apart = (other.when.start - one.when.start).days
            found = f"{other}, but {one} at {one.place}: {apart} days apart, and both are called alike"
            yield Question("date", (other, one), found, "one day for one event")


def _near(group: Iterable[_Event]) -> Iterator[tuple[_Event, _Event]]:
    """Yield the events of different metrics, of one entity, that follow each other within a few days."""
    for one, other in pairwise(sorted(group, key=lambda event: event.when.start)):
        if 0 < (other.when.start - one.when.start).days <= _NEAR and one.fact.metric != other.fact.metric:
            yield one, other


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    shared = first & second
    return len(shared) >= 2 and 2 * len(shared) >= len(first | second)


def _stems(label: str, entities: Collection[str]) -> frozenset[str]:
    """Return the stems of a label's words, without those that name an entity."""
    words = re.findall(r"[^\W\d_]{4,}", label.casefold())
    return frozenset(word[:_STEM] for word in words if word not in entities)


# --- order ----------------------------------------------------------------------------------------


def _out_of_order(events: Iterable[_Event], vocabulary: Vocabulary) -> Iterator[Question]:
    """Yield events before what they come after, as the vocabulary says (`after`)."""
    after = {metric.id: metric.after for metric in vocabulary.metrics if metric.after}
    first: dict[tuple[str, str], _Event] = {}
    for event in events:
        key = (event.fact.metric, event.fact.entity)
        if key not in first or event.when.start < first[key].when.start:
            first[key] = event
    for event in events:
        start = first.get((after.get(event.fact.metric, ""), event.fact.entity))
        if start is not None and event.when.end < start.when.start:
            found = f"{event}, before {start} at {start.place}"
            yield Question("date", (event, start), found, f"a day after '{start.fact.metric}'")


# --- days of the week -----------------------------------------------------------------------------


def _on_wrong_weekday(fact: Fact, language: str) -> Iterator[Question]:
    """Yield a fact whose anchor names a date and another day of the week than that date has."""
    anchor = fold(fact.anchor)
    named = weekdays(anchor, language)
    if len({number for number, _ in named}) != 1:
        return
    number, word = named[0]
    dates = set(_dates(fact, anchor, language))
    if dates and not any(day.weekday() == number for day in dates):
        day = min(dates)
        found = f"'{fact.id}': the anchor says {word}, and {day} was a {_DAYS[day.weekday()]}"
        event = _Event(fact, fact.period)
        yield Question("date", (event,), found, "the day of the week that the date has")


def _dates(fact: Fact, anchor: str, language: str) -> Iterator[date]:
    """Yield the days that an anchor names; the year may be the fact's."""
    try:
        found = quantities.find(anchor, quantities.language_of(anchor, language))
    except ValueError:
        return
    value = fact.value if isinstance(fact.value, Period) else fact.period
    for quantity in found:
        iso = quantity.iso
        if iso.startswith("--") and value.dated:
            iso = f"{value.start.year:04}{iso[1:]}"
        if re.fullmatch(r"\d{4}-\d\d-\d\d", iso):
            yield parse_period(iso).start


# --- times to come --------------------------------------------------------------------------------


def foretold(figures: Iterable[Figure], sources: Mapping[str, Source]) -> Iterator[Question]:
    """Yield figures whose period begins after their source was published: one year off, or a forecast."""
    for figure in figures:
        published = sources[figure.sources[0]].published if figure.sources and figure.sources[0] in sources else ""
        out = last_day(published)
        if out is not None and figure.period.dated and figure.period.start > out:
            found = f"'{figure.name}': {figure.said}, from '{figure.sources[0]}', published {published}"
            yield Question("period", (figure,), found, "a period that had begun by then, or a forecast named as one")
