"""The apparatus of a briefing: fact table, disagreements and the numbered list of sources.

Place in the pipeline: base; used while a page is composed (step 4). In: facts, conflicts and the
evidence; out: printed rows. What is printed and what is set aside follows docs/workspace.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from .calls import Answers
from .cldr import written_in
from .formula import FormulaError, ingredients, shown
from .language import Words
from .marks import Marks
from .model import SCALES, Candidate, Checked, Conflict, Fact, Source, Topic, Vocabulary
from .page import Claim, Credit, Disagreement, FactRow, Mark, SourceRow, Trace
from .periods import Period, parse_period
from .sentences import joined, write
from .staleness import months_after
from .traces import furnish, plain

_RANKS = {"preferred": 0, "normal": 1, "deprecated": 2}
_MANY_PRODUCERS = 4
_MONTHS_TOLD = 24
"""Months from which an age is told in years."""


def credit(ids: Iterable[str], sources: Mapping[str, Source], marks: Marks, answers: Answers) -> tuple[Credit, ...]:
    """Return the producers behind a chart or table in the order of their marks; beyond four, their number."""
    numbered, words = marks.of(ids), answers.words
    producers: dict[str, list[Mark]] = {}
    for mark in numbered:
        if mark.source in sources:
            producers.setdefault(words.gettext(sources[mark.source].producer), []).append(mark)
    if len(producers) > _MANY_PRODUCERS:
        count = len(numbered)
        name = words.ngettext("{count} publication", "{count} publications", count).format(count=count)
        return (Credit(furnish(name, "count"), numbered),)
    return tuple(
        Credit(answers.traces.sign(name, Trace("source", found[0].source)), tuple(found))
        for name, found in producers.items()
    )


def label_of(metric: str, vocabulary: Vocabulary, words: Words) -> str:
    """Return a metric's printed name; its id where the vocabulary does not know it."""
    return words.gettext(next((each.label for each in vocabulary.metrics if each.id == metric), metric))


def age_in_words(period: Period, today: date, words: Words, *, latest: bool = False) -> str:
    """Return how old a figure is; `latest`: there is none newer although it is past its shelf life."""
    months = months_after(period, today)
    if months < 1:
        age = words.gettext("current")
    elif months < _MONTHS_TOLD:
        age = words.ngettext("{count} month old", "{count} months old", months).format(count=months)
    else:
        age = words.ngettext("{count} year old", "{count} years old", months // 12).format(count=months // 12)
    return words.gettext("latest available, {age}").format(age=age) if latest else age


class Apparatus:
    """Rows of the three lists that close a briefing."""

    def __init__(self, answers: Answers, marks: Marks, vocabulary: Vocabulary, sources: Mapping[str, Source]) -> None:
        """Keep what the rows are made from; sources are numbered on as the rows need them."""
        self.answers = answers
        self.marks = marks
        self.words = answers.words
        self.sign = answers.traces.sign
        self.vocabulary = vocabulary
        self.sources = sources
        self.bases = dict(vocabulary.bases)
        self.entities = dict(vocabulary.entities)
        self._claimed_periods: list[tuple[str, Period]] = []

    # --- facts ------------------------------------------------------------------------------------

    def fact_rows(
        self, facts: Sequence[Fact], conflicts: Sequence[Conflict], latest: Collection[str], today: date
    ) -> tuple[FactRow, ...]:
        """Return the best-ranked facts, metric by metric; equal values of several sources share a row.

        `latest` are past their shelf life with nothing newer, which is said beside them.
        """
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
            self._fact_row(
                group,
                of_several=group[0].metric in shared,
                disputed=_question(group[0]) in disputed,
                age=self._latest(group, latest, today),
            )
            for group in groups.values()
        )

    def _latest(self, group: list[Fact], latest: Collection[str], today: date) -> str:
        if not any(fact.id in latest for fact in group):
            return ""
        period = group[0].period
        age = age_in_words(period, today, self.words, latest=True)
        return self.sign(age, Trace("age", group[0].id, f"{period.text} to {today}"))

    def _fact_row(self, group: list[Fact], *, of_several: bool, disputed: bool, age: str) -> FactRow:
        fact, words = group[0], self.words
        self.answers.printed_facts |= dict.fromkeys(each.id for each in group)
        details = [
            words.gettext(self.entities.get(fact.entity, fact.entity)) if of_several else "",
            words.gettext(self.bases.get(fact.basis, fact.basis)) if fact.basis else "",
            self._calculation(fact) if fact.formula else "",
            words.gettext("sources disagree") if disputed else "",
            age,
        ]
        return FactRow(
            id=fact.id,
            label=label_of(fact.metric, self.vocabulary, words),
            detail=words.gettext("; ").join(detail for detail in details if detail),
            value=self.sign(words.fact(fact), self.answers.of_fact(fact)),
            period=self._period(fact),
            marks=self.marks.of(source for each in group for source in self.answers.sources_of(each)),
        )

    def _period(self, fact: Fact) -> str:
        return self.sign(self.words.period(fact.period), self.answers.of_fact(fact, period=True))

    def _calculation(self, fact: Fact) -> str:
        """Return how a figure was computed: its formula with the inputs in place of their ids."""
        words = self.words
        inputs = {id_: self.answers.facts[id_] for id_ in ingredients(fact.formula) if id_ in self.answers.facts}
        several = len({each.period for each in inputs.values()} | {fact.period}) > 1
        said = {id_: self.sign(words.fact(each), self.answers.of_fact(each)) for id_, each in inputs.items()}
        if several:
            dated = words.gettext("{value} ({period})")
            said = {id_: dated.format(value=value, period=self._period(inputs[id_])) for id_, value in said.items()}
        try:
            text = words.gettext("own calculation: {formula}").format(formula=shown(fact.formula, said))
            return self.sign(text, Trace("formula", fact.id, fact.formula))
        except (FormulaError, KeyError):
            # What is wrong with the formula was told where it was computed, and stops the build.
            return words.gettext("own calculation")

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
        printed = _printed(sides)
        values = {
            id(side): self.sign(self._claimed(side, _scale_for(side, sides)), self._trace(side, conflict.period))
            for side in sides
        }
        claims = tuple(
            Claim(
                value=values[id(side)],
                basis=self._standing(side),
                marks=self.marks.of(side.sources),
                preferred=any(side is other for other in printed),
                reason=self._remark(side.reason or side.note),
            )
            for side in sides
        )
        pattern = words.gettext("{metric}: {entity}")
        title = pattern.format(metric=label, entity=entity) if entity and entity not in label else label
        ruling = self._ruling(sides, [values[id(side)] for side in printed])
        asked = replace(self._trace(sides[0], conflict.period), value=conflict.period.text)
        period = self.sign(words.period(conflict.period), replace(asked, kind=f"{asked.kind}-period"))
        return Disagreement(title, period, claims, ruling)

    def _trace(self, side: Candidate, period: Period) -> Trace:
        """Return a claim as a trace: its fact, or the row of its series."""
        fact = self.answers.facts.get(side.fact)
        if fact is not None:
            return self.answers.of_fact(fact)
        name = " ".join(filter(None, (side.series, period.text, side.basis)))
        value = side.text if side.amount is None else f"{side.qualifier} {side.amount:f} {side.unit}".strip()
        return Trace("observation", name, value, side.sources)

    def _standing(self, side: Candidate) -> str:
        """Return what a claim stands on: its basis, and that it was computed here."""
        stated = self.answers.facts.get(side.fact) or self.answers.series.get(side.series)
        parts = [
            self.words.gettext(self.bases.get(side.basis, side.basis)) if side.basis else "",
            self.words.gettext("own calculation") if stated is not None and stated.formula else "",
        ]
        return self.words.gettext("; ").join(part for part in parts if part)

    def _note_claims(self, conflict: Conflict) -> None:
        """Keep what is printed here for the record and for the age of the sources."""
        facts = (side.fact for side in conflict.candidates if side.fact in self.answers.facts)
        self.answers.printed_facts |= dict.fromkeys(facts)
        if conflict.period.dated:
            self._claimed_periods += [
                (source, conflict.period) for side in conflict.candidates for source in side.sources
            ]

    def _remark(self, source: str) -> str:
        """Return a reason or note with its calls answered and the sources it names as the reader's numbers."""
        parts = self.answers.parts(source) if source else ()
        return write(parts, self.answers.signed, self.marks.cite)

    def _claimed(self, side: Candidate, scale: str) -> str:
        """Return a claim's value, counted in `scale`: the values of one disagreement stand under each other."""
        words, fact = self.words, self.answers.facts.get(side.fact)
        if fact is not None and fact.amount == side.amount and (fact.amount is None or fact.scale == scale):
            return words.fact(fact)
        if side.amount is None:
            return self._said(side.text)
        if side.fact or side.scale:
            return words.quantity(_counted(side, scale), side.unit, scale, side.qualifier)
        return words.observed(side.amount, side.unit, side.qualifier, scale=scale)

    def _said(self, text: str) -> str:
        try:
            return self.words.period(parse_period(text))
        except ValueError:
            return self.words.gettext(text)

    def _ruling(self, sides: list[Candidate], printed: list[str]) -> str:
        """Return what was ruled; `printed` are the values that stand elsewhere in the briefing too."""
        if all(side.rank == "deprecated" for side in sides):
            return self.words.gettext("All of these values are set aside; none is printed.")
        if not printed:
            return self.words.gettext("Not ruled on: every value stands with its source.")
        if len(printed) > 1:
            values = self.words.list(list({plain(value): value for value in printed}.values()))
            return self.words.gettext("This briefing prints {list}, each on its own basis.").format(list=values)
        before, _, after = self.words.gettext("This briefing prints {value}.").partition("{value}")
        return joined((before, printed[0], after))

    # --- sources ----------------------------------------------------------------------------------

    def source_rows(
        self, checked: Sequence[Checked], edition_date: str, *, as_of: str = ""
    ) -> tuple[SourceRow, ...]:
        """Return an entry for each numbered source, in the order of the numbers.

        Days of access and check are printed as they are, and may be later than `as_of`. A check made while
        such an edition is built has no day that could be told without the clock, and is told without one.
        """
        newest, found, today = self._newest(), self._found(checked), date.fromisoformat(edition_date)
        return tuple(
            self._source_row(
                number,
                self.sources[id_],
                age=self._age(id_, newest.get(id_), today),
                checked=self._checked(self.sources[id_], found.get(id_, ()), as_of),
            )
            for number, id_ in self.marks.numbered
            if id_ in self.sources
        )

    def _source_row(self, number: int, source: Source, *, age: str, checked: str) -> SourceRow:
        words = self.words
        told = Trace("source", source.id)
        return SourceRow(
            number=self.answers.traces.number(number, Trace("source-mark", source.id)),
            id=source.id,
            producer=self.sign(words.gettext(source.producer), told),
            title=self.sign(source.title, told),
            published=self.sign(words.iso(source.published), told),
            accessed=self.sign(words.iso(source.accessed), told),
            age=age,
            url=self.sign(source.url, told),
            licence=self.sign(words.gettext(source.licence), told),
            checked=self.sign(checked, Trace("check", source.id, source.sha256)),
            version=self.sign(_version(source, words), told),
            note=self._remark(source.note),
            language=_language_of_title(source, words.language),
        )

    def _age(self, source: str, newest: Period | None, today: date) -> str:
        if newest is None:
            return ""
        words, age = self.words, age_in_words(newest, today, self.words)
        said = words.gettext("newest figure: {period}, {age}").format(period=words.period(newest), age=age)
        return self.sign(said, Trace("age", source, f"{newest.text} to {today}"))

    def _newest(self) -> dict[str, Period]:
        """Return, by source, the newest period on the page; of several that end last the first."""
        newest: dict[str, Period] = {}
        for source, period in self._told():
            if source not in newest or period.end > newest[source].end:
                newest[source] = period
        return newest

    def _told(self) -> Iterable[tuple[str, Period]]:
        """Yield each source behind a figure on the page with the figure's period."""
        yield from self._claimed_periods
        facts = (self.answers.facts[id_] for id_ in self.answers.printed_facts)
        yield from ((fact.source, fact.period) for fact in facts if fact.period.dated)
        printed = (self.answers.series.get(id_) for id_ in self.answers.printed_series)
        for series in filter(None, printed):
            for row in series.of():
                yield from ((source, row.period) for source in self.answers.sources_of_row(series, row))

    def _found(self, checked: Sequence[Checked]) -> dict[str, list[Checked]]:
        """Return, by source, the checks of printed facts whose words were found."""
        states = {each.fact: each for each in checked if each.state in ("now", "locked")}
        found: dict[str, list[Checked]] = {}
        for id_ in self.answers.printed_facts:
            if id_ in states:
                found.setdefault(self.answers.facts[id_].source, []).append(states[id_])
        return found

    def _checked(self, source: Source, found: Sequence[Checked], as_of: str) -> str:
        words = self.words
        if found:
            day = max(each.on for each in found)
            digest = (found[-1].sha256 or source.sha256)[:8]
            if day in ("", as_of):
                return words.gettext("words found in the document (sha256 {digest}\u2026)").format(digest=digest)
            pattern = words.gettext("words found in the document on {date} (sha256 {digest}\u2026)")
            return pattern.format(date=words.iso(day), digest=digest)
        if source.document:
            return words.gettext("document not at hand; not checked")
        if source.kind == "dataset":
            return words.gettext("taken from published data; no document kept")
        return words.gettext("read as an excerpt; no document kept")


def _language_of_title(source: Source, page: str) -> str:
    """Return the language of a title where it is not the page's; "" where its letters are not of its source's."""
    said = source.title_language or (source.language if written_in(source.title, source.language) else "")
    return "" if said.partition("-")[0] == page.partition("-")[0] else said


def _version(source: Source, words: Words) -> str:
    return words.gettext("version: {version}").format(version=source.version) if source.version else ""


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


def _printed(sides: list[Candidate]) -> list[Candidate]:
    """Return the best-ranked side of each basis; none where two sides of one basis rank alike: nobody has ruled."""
    found: dict[str, Candidate] = {}
    for side in (side for side in sides if side.rank != "deprecated"):
        best = found.setdefault(side.basis, side)
        if best is not side and best.rank == side.rank:
            return []
    return list(found.values())


def _counted(side: Candidate, scale: str) -> Decimal:
    """Return a claim's amount in a scale, without the zeros and exponents that arithmetic leaves."""
    return (side.amount or Decimal(0)).scaleb(-SCALES[scale]).normalize()


def _scale_for(side: Candidate, sides: list[Candidate]) -> str:
    """Return the largest scale that a side of the same unit is given in and that this amount reaches."""
    if side.amount is None:
        return ""
    given = {other.scale for other in sides if other.unit == side.unit}
    reached = [scale for scale in given if abs(side.amount).scaleb(-SCALES[scale]) >= 1]
    return max(reached, key=lambda scale: SCALES[scale], default=side.scale)
