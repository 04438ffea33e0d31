"""The apparatus of a briefing: fact table, disagreements and the numbered list of sources.

Place in the pipeline: base; used while a page is composed (step 4). In: facts, conflicts and the
evidence; out: printed rows. What is printed and what is set aside follows docs/workspace.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from .calls import Answers
from .language import Words
from .marks import Marks
from .model import SCALES, Candidate, Checked, Conflict, Fact, Source, Topic, Vocabulary
from .page import Claim, Disagreement, FactRow, SourceRow
from .periods import Period, parse_period

_RANKS = {"preferred": 0, "normal": 1, "deprecated": 2}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*[_-][A-Za-z0-9_-]*[A-Za-z0-9]")
_MANY_PRODUCERS = 4
_MONTHS_TOLD = 24


def source_line(ids: Iterable[str], sources: Mapping[str, Source], words: Words) -> str:
    """Return the producers behind a chart or table; beyond four their number, for the marks name them."""
    known = [sources[id_] for id_ in dict.fromkeys(ids) if id_ in sources]
    producers = list(dict.fromkeys(words.gettext(source.producer) for source in known))
    if not producers:
        return ""
    if len(producers) > _MANY_PRODUCERS:
        return words.gettext("Sources: {count} publications").format(count=len(known))
    return words.ngettext("Source: {list}", "Sources: {list}", len(producers)).format(list="; ".join(producers))


def label_of(metric: str, vocabulary: Vocabulary, words: Words) -> str:
    """Return a metric's printed name; its id where the vocabulary does not know it."""
    return words.gettext(next((each.label for each in vocabulary.metrics if each.id == metric), metric))


class Apparatus:
    """Rows of the three lists that close a briefing."""

    def __init__(self, answers: Answers, marks: Marks, vocabulary: Vocabulary, sources: Mapping[str, Source]) -> None:
        """Keep what the rows are made from; sources are numbered on as the rows need them."""
        self.answers = answers
        self.marks = marks
        self.words = answers.words
        self.vocabulary = vocabulary
        self.sources = sources
        self.bases = dict(vocabulary.bases)
        self.entities = dict(vocabulary.entities)
        self._claimed_periods: list[tuple[str, Period]] = []

    # --- facts ------------------------------------------------------------------------------------

    def fact_rows(self, facts: Sequence[Fact], conflicts: Sequence[Conflict]) -> tuple[FactRow, ...]:
        """Return the best-ranked facts, metric by metric; equal values of several sources share a row."""
        cited = [self.answers.facts[id_] for id_ in self.answers.printed_facts]
        best = [fact for group in _observations(facts) for fact in group]
        listed = list(dict.fromkeys([*best, *(fact for fact in cited if fact not in facts)]))
        order = {metric: place for place, metric in enumerate(dict.fromkeys(fact.metric for fact in listed))}
        listed.sort(key=lambda fact: (order[fact.metric], fact.entity, not fact.period.dated, fact.period.start))
        shared = _with_several_entities(listed)
        groups: dict[tuple[object, ...], list[Fact]] = {}
        for fact in listed:
            groups.setdefault((*_question(fact), fact.basis, *_answer(fact)), []).append(fact)
        disputed = {(conflict.metric, conflict.entity, conflict.period) for conflict in conflicts}
        return tuple(
            self._fact_row(group, of_several=group[0].metric in shared, disputed=_question(group[0]) in disputed)
            for group in groups.values()
        )

    def _fact_row(self, group: list[Fact], *, of_several: bool, disputed: bool) -> FactRow:
        fact, words = group[0], self.words
        self.answers.printed_facts |= dict.fromkeys(each.id for each in group)
        details = [
            words.gettext(self.entities.get(fact.entity, fact.entity)) if of_several else "",
            words.gettext(self.bases.get(fact.basis, fact.basis)) if fact.basis else "",
            words.gettext("calculated") if fact.formula else "",
            words.gettext("sources disagree") if disputed else "",
        ]
        return FactRow(
            id=fact.id,
            label=label_of(fact.metric, self.vocabulary, words),
            detail="; ".join(detail for detail in details if detail),
            value=words.fact(fact),
            period=words.period(fact.period),
            marks=self.marks.of(source for each in group for source in self.answers.sources_of(each)),
        )

    # --- disagreements ----------------------------------------------------------------------------

    def disagreements(self, topic: Topic, conflicts: Sequence[Conflict]) -> tuple[Disagreement, ...]:
        """Return the conflicts that touch the topic's facts or series, both sides shown."""
        facts, series = {fact.id for fact in topic.facts}, {item.id for item in topic.series}
        return tuple(
            self._disagreement(conflict)
            for conflict in conflicts
            if any(side.fact in facts or (not side.fact and side.series in series) for side in conflict.candidates)
        )

    def _disagreement(self, conflict: Conflict) -> Disagreement:
        words = self.words
        self._note_claims(conflict)
        sides = sorted(conflict.candidates, key=lambda side: _RANKS[side.rank])
        label = label_of(conflict.metric, self.vocabulary, words)
        entity = words.gettext(self.entities.get(conflict.entity, conflict.entity))
        claims = tuple(
            Claim(
                value=self._claimed(side),
                basis=words.gettext(self.bases.get(side.basis, side.basis)) if side.basis else "",
                marks=self.marks.of(side.sources),
                preferred=side is sides[0] and _ruled(sides),
                reason=self._with_numbers(words.gettext(side.reason or side.note)),
            )
            for side in sides
        )
        pattern = words.gettext("{metric}: {entity}")
        title = pattern.format(metric=label, entity=entity) if entity and entity not in label else label
        return Disagreement(title, words.period(conflict.period), claims, self._ruling(sides, claims))

    def _note_claims(self, conflict: Conflict) -> None:
        """Keep what is printed here for the record and for the age of the sources."""
        facts = (side.fact for side in conflict.candidates if side.fact in self.answers.facts)
        self.answers.printed_facts |= dict.fromkeys(facts)
        if conflict.period.dated:
            self._claimed_periods += [
                (source, conflict.period) for side in conflict.candidates for source in side.sources
            ]

    def _with_numbers(self, text: str) -> str:
        """Return a remark with the ids of sources, as colleagues write them, as the reader's numbers."""
        return _ID.sub(lambda match: self._number_of(match[0]), text)

    def _number_of(self, id_: str) -> str:
        return f"[{self.marks.of([id_])[0].number}]" if id_ in self.sources else id_

    def _claimed(self, side: Candidate) -> str:
        words, fact = self.words, self.answers.facts.get(side.fact)
        if fact is not None and fact.amount == side.amount:
            return words.fact(fact)
        if side.amount is None:
            return self._said(side.text)
        if side.fact or side.scale:
            value = side.amount.scaleb(-SCALES[side.scale]).normalize()
            return words.quantity(value, side.unit, side.scale, side.qualifier)
        return words.observed(side.amount, side.unit, side.qualifier)

    def _said(self, text: str) -> str:
        try:
            return self.words.period(parse_period(text))
        except ValueError:
            return self.words.gettext(text)

    def _ruling(self, sides: list[Candidate], claims: tuple[Claim, ...]) -> str:
        if not _ruled(sides):
            if all(side.rank == "deprecated" for side in sides):
                return self.words.gettext("None of these values is printed.")
            return self.words.gettext("Not ruled on: every value stands with its source.")
        return self.words.gettext("This briefing prints {value}.").format(value=claims[0].value)

    # --- sources ----------------------------------------------------------------------------------

    def source_rows(self, checked: Sequence[Checked], edition_date: str) -> tuple[SourceRow, ...]:
        """Return an entry for each numbered source, in the order of the numbers."""
        states = {each.fact: each for each in checked}
        return tuple(
            self._source_row(number, self.sources[id_], states, date.fromisoformat(edition_date))
            for number, id_ in enumerate(self.marks.sources, 1)
            if id_ in self.sources
        )

    def _source_row(self, number: int, source: Source, states: Mapping[str, Checked], today: date) -> SourceRow:
        words = self.words
        return SourceRow(
            number=number,
            id=source.id,
            producer=words.gettext(source.producer),
            title=source.title,
            published=words.iso(source.published),
            accessed=words.iso(source.accessed),
            age=self._age(source.id, today),
            url=source.url,
            licence=words.gettext(source.licence),
            checked=self._checked(source, states, today),
            note=self._with_numbers(words.gettext(source.note)),
        )

    def _age(self, source: str, today: date) -> str:
        newest = max(self._periods_from(source), key=lambda period: period.end, default=None)
        if newest is None:
            return ""
        words = self.words
        months = (today.year - newest.end.year) * 12 + today.month - newest.end.month - (today.day < newest.end.day)
        if months < 1:
            age = words.gettext("current")
        elif months < _MONTHS_TOLD:
            age = words.ngettext("{count} month old", "{count} months old", months).format(count=months)
        else:
            age = words.ngettext("{count} year old", "{count} years old", months // 12).format(count=months // 12)
        return words.gettext("newest figure: {period}, {age}").format(period=words.period(newest), age=age)

    def _periods_from(self, source: str) -> Iterable[Period]:
        yield from (period for claimed, period in self._claimed_periods if claimed == source)
        facts = (self.answers.facts[id_] for id_ in self.answers.printed_facts)
        yield from (fact.period for fact in facts if fact.source == source and fact.period.dated)
        for id_ in self.answers.printed_series:
            series = self.answers.series.get(id_)
            for row in series.of() if series else ():
                if source in self.answers.sources_of_row(series, row) if series else False:
                    yield row.period

    def _checked(self, source: Source, states: Mapping[str, Checked], today: date) -> str:
        words = self.words
        facts = (self.answers.facts[id_] for id_ in self.answers.printed_facts)
        mine = [states[fact.id] for fact in facts if fact.source == source.id and fact.id in states]
        found = [each for each in mine if each.state in ("now", "locked")]
        if found:
            # Without a lock `on` is the clock's day; the page is dated by the edition, whenever it is built again.
            day = min(max(each.on for each in found) or today.isoformat(), today.isoformat())
            digest = (found[-1].sha256 or source.sha256)[:8]
            pattern = words.gettext("words found in the document on {date} (sha256 {digest}\u2026)")
            return pattern.format(date=words.iso(day), digest=digest)
        if source.document:
            return words.gettext("document not at hand; not checked")
        if source.kind == "dataset":
            return words.gettext("taken from published data; no document kept")
        return words.gettext("read as an excerpt; no document kept")


def _question(fact: Fact) -> tuple[str, str, Period]:
    return fact.metric, fact.entity, fact.period


def _answer(fact: Fact) -> tuple[object, ...]:
    return fact.amount if fact.amount is not None else fact.value, fact.unit, fact.qualifier


def _observations(facts: Sequence[Fact]) -> Iterable[list[Fact]]:
    """Yield, for each metric, entity, period and basis, its best-ranked facts; deprecated ones never."""
    groups: dict[tuple[object, ...], list[Fact]] = {}
    for fact in facts:
        if fact.rank != "deprecated":
            groups.setdefault((*_question(fact), fact.basis), []).append(fact)
    for group in groups.values():
        best = min(_RANKS[fact.rank] for fact in group)
        yield [fact for fact in group if _RANKS[fact.rank] == best]


def _with_several_entities(facts: Iterable[Fact]) -> set[str]:
    entities: dict[str, set[str]] = {}
    for fact in facts:
        entities.setdefault(fact.metric, set()).add(fact.entity)
    return {metric for metric, found in entities.items() if len(found) > 1}


def _ruled(sides: list[Candidate]) -> bool:
    """Return whether one side ranks above all others; `sides` are in the order of their ranks."""
    return len(sides) == 1 or (sides[0].rank != "deprecated" and _RANKS[sides[0].rank] < _RANKS[sides[1].rank])
