"""Testimony: what stands behind one number of an edition.

Place in the pipeline: beside it; the web door's page of a number shows it. In: a numeral of an edition, as `exhibit`
gives it, and what the workspace knows now; out: the fact or observation, its sources, its anchor in its place in the
document (https://www.w3.org/TR/annotation-model/#text-quote-selector), what it is computed from, what other sources say
and what was ruled. An edition is of its day: where the workspace says something else by now, that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice
from typing import Any, get_args

from .documents import Library
from .draft import Draft, draw_up
from .errors import DocumentError
from .exhibit import Number
from .formula import ingredients
from .inspection import blank_imprint
from .knowledge import Knowledge
from .model import SCALES, Conflict, Fact, Observation, Qualifier, Series, Source, Topic
from .page import Disagreement
from .sandbox import Limits
from .topics import parts_of
from .traces import plain
from .workspace import Workspace

AROUND = 300
"""Characters of a document that are shown on each side of an anchor."""
_BLANK = re.compile(r"\s")
_OF_A_SOURCE = ("source-mark", "source", "check")
"""Kinds of numerals that are said of a source itself."""
_STATED = ("fact", "fact-period", "observation", "observation-period", "change")
"""Kinds of numerals that the workspace states: its facts and observations, and what changed between two of them."""
_QUALIFIERS, _SCALES = ("|".join(filter(None, each)) for each in (get_args(Qualifier), SCALES))
_VALUE = re.compile(rf"(?:({_QUALIFIERS}) )?(-?\d+(?:\.\d+)?)(?: ({_SCALES}))? (.+?)(?: = .*)?")
"""A value as the trace of a numeral says it: qualifier, digits, scale, unit, formula."""
Drawing = Callable[[str, str], Draft]
"""Gives a topic's page in a language."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """An anchor in its place: what stands before it, its words, what stands behind, and where that is.

    `trouble` says why the place is not shown: "kept" (no document is kept), "away" (it is not at hand), "other" (it is
    another one than was checked, or cannot be read), "lost" (the words are not in it); "" where it is shown.
    """

    source: Source
    anchor: str
    where: str = ""
    before: str = ""
    words: str = ""
    after: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact as it is shown: what is measured, when, how much, and the file and line where it stands."""

    id: str
    label: str
    period: str
    value: str
    place: str
    formula: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What stands behind a number; nothing where the page itself gives it, such as the number of a page.

    `changed` says what the workspace says by now where that is not what the edition says, "" where it is the same;
    `gone` is whether it says nothing of it any more. `then` is what the edition says, in its words.
    """

    number: Number
    statements: tuple[Statement, ...] = ()
    inputs: tuple[Statement, ...] = ()
    sources: tuple[Source, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    changed: str = ""
    gone: bool = False
    then: str = ""


def draw_for(workspace: Workspace, knowledge: Knowledge, topic: str, language: str) -> Draft:
    """Return a topic's page as `testify` needs it; it depends on nothing else, so it may be kept."""
    return draw_up(workspace, knowledge, knowledge.topic(topic), language, blank_imprint(knowledge))


def testify(
    workspace: Workspace, knowledge: Knowledge, briefing: str, number: Number, draw: Drawing
) -> Testimony:
    """Return what stands behind a number of a briefing's edition, in the edition's language.

    `draw` gives a topic's page in a language, as `draw_for` does: whoever asks often keeps what it gave.
    """
    cited = (*number.sources, *((number.of,) if number.kind in _OF_A_SOURCE else ()))
    sources = tuple(knowledge.sources[id_] for id_ in dict.fromkeys(cited) if id_ in knowledge.sources)
    topic = _home(knowledge, briefing, number)
    if topic is None:
        return Testimony(number, sources=sources, gone=number.kind in _STATED, then=number.value)
    said = _Said(draw(topic.id, number.language), topic, knowledge)
    facts = list(_facts(topic, number))
    inputs = [fact for each in facts for fact in _inputs(topic, each)]
    anchors = [(each.source, each.anchor) for each in (*facts, *inputs) if each.anchor]
    quotations = quote(workspace, knowledge, dict.fromkeys(anchors))
    return Testimony(
        number,
        (*map(said.of_fact, facts), *(said.of_row(*each) for each in _rows(topic, number) if not each[1].fact)),
        tuple(map(said.of_fact, inputs)),
        sources,
        quotations,
        tuple(said.disagreements(number, facts)),
        said.changed(topic, number),
        number.kind in _STATED and not facts and not any(_rows(topic, number)),
        said.then(number),
    )


def quote(workspace: Workspace, knowledge: Knowledge, anchors: Iterable[tuple[str, str]]) -> tuple[Quotation, ...]:
    """Return anchors, each with the id of its source, in their places; those of unknown sources are left out."""
    limits = Limits(seconds=knowledge.settings.seconds, megabytes=knowledge.settings.megabytes)
    with Library(workspace, limits) as library:
        return tuple(
            _quote(library, knowledge.sources[id_], anchor) for id_, anchor in anchors if id_ in knowledge.sources
        )


def _home(knowledge: Knowledge, briefing: str, number: Number) -> Topic | None:
    """Return the topic that a numeral is about: of a combined briefing the one that has its fact or observation."""
    parts = parts_of(knowledge.volume, briefing)
    topics = [each for each in knowledge.topics if each.id in parts]
    # Two topics may name a series alike: the one that stands on the numeral's sources is meant.
    meant = (each for each in topics if any(row.source in number.sources for _, row in _rows(each, number)))
    having = (each for each in topics if any(_facts(each, number)) or any(_rows(each, number)))
    return next(chain(meant, having, topics), None)


def _facts(topic: Topic, number: Number) -> Iterator[Fact]:
    """Yield the facts that a numeral states or is computed from, or the one that its observation points at."""
    if number.kind in ("fact", "fact-period", "formula", "change"):
        yield from (fact for name in _names(number) for fact in topic.facts if fact.id == name)
    for _, row in _rows(topic, number):
        yield from (fact for fact in topic.facts if row.fact and fact.id == row.fact)


def _rows(topic: Topic, number: Number) -> Iterator[tuple[Series, Observation]]:
    """Yield the observations that a numeral states or is computed from: a name is series, period and basis."""
    if number.kind not in ("observation", "observation-period", "change"):
        return
    for name in _names(number):
        for series in topic.series:
            found = (row for row in series.observations if _name(series, row) == name)
            yield from ((series, row) for row in islice(found, 1))


def _names(number: Number) -> Iterable[str]:
    """Return the names of the facts and observations that a numeral comes from."""
    return number.of.split("; ") if number.kind == "change" else (number.of,)


def _name(series: Series, row: Observation) -> str:
    return " ".join(filter(None, (series.id, row.period.text, row.basis)))


def _inputs(topic: Topic, fact: Fact) -> Iterable[Fact]:
    """Return the facts that a computed one is computed from."""
    wanted = set(ingredients(fact.formula)) if fact.formula else set()
    return (each for each in topic.facts if each.id in wanted)


def _quote(library: Library, source: Source, anchor: str) -> Quotation:
    """Return an anchor in its place in the document, or why that cannot be shown."""
    found = Quotation(source, anchor)
    if not source.document:
        return replace(found, trouble="kept")
    try:
        document = library.open(source)
    except DocumentError:
        return replace(found, trouble="other")
    if document is None:
        return replace(found, trouble="away")
    place = next(document.places(anchor), None)
    if place is None:
        return replace(found, trouble="lost")
    start, end = place
    text = document.text
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if start > AROUND:
        before = "…" + _BLANK.split(before, 1)[-1]
    if end + AROUND < len(text):
        after = _BLANK.split(after[::-1], 1)[-1][::-1] + "…"
    return replace(found, where=document.where(start), before=before, words=text[start:end], after=after)


class _Said:
    """The words of the edition's language for what is known."""

    def __init__(self, draft: Draft, topic: Topic, knowledge: Knowledge) -> None:
        self._words = draft.words
        self._context = draft.composed.context
        self._conflicts: tuple[Conflict, ...] = knowledge.conflicts.get(topic.id, ())
        vocabulary = knowledge.vocabulary
        self._labels = {metric.id: metric.label for metric in vocabulary.metrics}
        self._names = {**dict(vocabulary.entities), **dict(vocabulary.bases)}

    def of_fact(self, fact: Fact) -> Statement:
        """Return a fact in words."""
        label = self._label(fact.metric, fact.entity)
        basis = self._name(fact.basis)
        period, value = self._words.period(fact.period), self._words.fact(fact)
        return Statement(fact.id, label, period, value, str(fact.place), fact.formula, basis)

    def of_row(self, series: Series, row: Observation) -> Statement:
        """Return an observation in words."""
        value = "–" if row.value is None else self._words.observed(row.value, row.unit, row.qualifier)
        period, basis = self._words.period(row.period), self._name(row.basis)
        place = str(row.place if row.place.file else series.place)
        label = self._words.gettext(series.label)
        return Statement(_name(series, row), label, period, value, place, series.formula, basis)

    def disagreements(self, number: Number, facts: Iterable[Fact]) -> Iterator[Disagreement]:
        """Yield what sources disagree about that concerns a number, as the briefing tells it."""
        mine = {fact.id for fact in facts}
        series = number.of.split(" ", 1)[0] if number.kind.startswith("observation") else ""
        for conflict, told in zip(self._conflicts, self._context.disagreements, strict=True):
            named = {" ".join(filter(None, (side.series, conflict.period.text, side.basis)))
                     for side in conflict.candidates if side.series}  # fmt: skip
            if mine & {side.fact for side in conflict.candidates} or (series and number.of in named):
                yield _plainly(told)

    def changed(self, topic: Topic, number: Number) -> str:
        """Return what the workspace says now, "" where the edition says the same or the workspace nothing."""
        if number.kind not in _STATED or not number.value:
            return ""
        values = number.value.split("; ") if number.kind == "change" else (number.value,)
        told = [
            (then, *now)
            for name, then in zip(_names(number), values, strict=False)
            for now in islice(self._now(topic, replace(number, of=name)), 1)
        ]
        return "; ".join(said for _, _, said in told) if any(then != now for then, now, _ in told) else ""

    def _now(self, topic: Topic, number: Number) -> Iterator[tuple[str, str]]:
        """Yield what the workspace says of a name, as traces say it and in words."""
        period = number.kind.endswith("-period")
        for fact in _facts(topic, number):
            computed = f" = {fact.formula}" if fact.formula else ""
            value = f"{f'{fact.qualifier} {fact.value} {fact.scale}'.strip()} {fact.unit}{computed}"
            yield (fact.period.text, self._words.period(fact.period)) if period else (value, self._words.fact(fact))
        for _, row in _rows(topic, number):
            value = "" if row.value is None else f"{row.qualifier} {row.value:f} {row.unit}".strip()
            told = "–" if row.value is None else self._words.quantity(row.value, row.unit, "", row.qualifier)
            yield (row.period.text, self._words.period(row.period)) if period else (value, told)

    def then(self, number: Number) -> str:
        """Return what the edition says of a value, in words; as its trace says it where it is no amount."""
        if number.kind not in _STATED:
            return number.value
        return "; ".join(map(self._amount, number.value.split("; ")))

    def _amount(self, value: str) -> str:
        match = _VALUE.fullmatch(value)
        if match is None:
            return value
        qualifier, digits, scale, unit = match.groups("")
        return self._words.quantity(Decimal(digits), unit, scale, qualifier)

    def _label(self, metric: str, entity: str) -> str:
        label, name = self._words.gettext(self._labels.get(metric, metric)), self._name(entity)
        return label if not name or name in label else self._words.gettext("{metric}: {entity}").format(
            metric=label, entity=name
        )

    def _name(self, id_: str) -> str:
        return self._words.gettext(self._names.get(id_, id_)) if id_ else ""


def _plainly(told: Any) -> Any:  # noqa: ANN401 - a value of the page, whatever its class
    """Return a value of the page without the signs of its numerals."""
    if isinstance(told, str):
        return plain(told)
    if isinstance(told, tuple):
        return tuple(map(_plainly, told))
    if hasattr(told, "__dataclass_fields__"):
        return replace(told, **{name: _plainly(getattr(told, name)) for name in told.__dataclass_fields__})
    return told
