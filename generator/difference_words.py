"""Differences between two editions in the words of a page.

Place in the pipeline: a part of step 4 Write; `succession` puts them on the page, `briefing diff` prints them. In: the
differences that `differences` found in two records; out: `Changes`, every numeral signed: a value of now with its fact
or observation, one of the edition before as what its record holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from .apparatus import label_of
from .calls import Answers
from .catalogues import msgid
from .differences import Aspect, Difference, Kind, Said, answers_of, aspects, differences
from .figures import readable
from .model import SCALES, Fact, Source, Vocabulary
from .page import Change, ChangeGroup, Changes, Mark, Trace
from .periods import Period, parse_period
from .traces import furnish, plain

_EXACT, _MOST_DIGITS = 4, 28
"""Significant digits up to which a value of a series is printed as it is, and in which at most a small change is."""
MOST = 12
"""Rows of one kind on a page; `briefing diff` tells all."""
TITLES: Final[Mapping[Kind, str]] = {
    "revised": msgid("Revised"),
    "ruling": msgid("Ruled on anew"),
    "source": msgid("Taken from another source"),
    "new": msgid("New"),
    "withdrawn": msgid("Withdrawn"),
}
REMARKS: Final[Mapping[Aspect, str]] = {
    "text": msgid("wording"),
    "look": msgid("the look of the page"),
    "evidence": msgid("what is said of sources and checks"),
    "program": msgid("the program that made it"),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """What differences are said with: the topic's facts and series as they are now, and the words of a language.

    `marks` are the sources that the page lists, by id; `most` bounds the rows of one kind, 0 for none.
    """

    answers: Answers
    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    most: int = MOST


def say_changes(before: Mapping[str, Any], after: Mapping[str, Any], language: str, voice: Voice) -> Changes:
    """Return what changed between two editions in a language, or in all their languages where it is "".

    ArchiveError where a record does not say enough.
    """
    words, sign = voice.answers.words, voice.answers.traces.sign
    found = differences(before, after, language)
    edition, day = str(before["edition"]), str(before.get("date", ""))
    former = Trace("former", "edition", edition)
    return Changes(
        sign(edition, former),
        sign(words.iso(day), former),
        tuple(_groups(found, _Teller(voice))),
        "" if found else _remark(aspects(before, after, language), voice),
    )


def _remark(changed: Sequence[Aspect], voice: Voice) -> str:
    words = voice.answers.words
    if not changed:
        return words.gettext("No figure has changed.")
    listed = words.list([words.gettext(REMARKS[aspect]) for aspect in changed])
    return words.gettext("No figure has changed; what differs is {list}.").format(list=listed)


def _groups(found: Sequence[Difference], teller: _Teller) -> Iterator[ChangeGroup]:
    """Yield the differences kind by kind; those of one series and basis are told in one row."""
    words, most = teller.voice.answers.words, teller.voice.most
    for kind, title in TITLES.items():
        rows: dict[tuple[str, ...], list[Difference]] = {}
        for each in found:
            said = each.subject
            if each.kind == kind:
                rows.setdefault((said.series, said.basis) if said.series and most else (said.name,), []).append(each)
        told = [teller.row(group) for group in list(rows.values())[: most or None]]
        more = len(rows) - len(told)
        said_more = words.ngettext("and {count} more", "and {count} more", more).format(count=more) if more else ""
        if told:
            yield ChangeGroup(kind, words.gettext(title), tuple(told), furnish(said_more, "count"))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says one difference, or those of one series by the newest of them."""

    voice: Voice

    def row(self, group: Sequence[Difference]) -> Change:
        newest = max(group, key=lambda each: _end(each.subject.period))
        said, words = newest.subject, self.voice.answers.words
        before, after = self._sides(newest)
        marks = {each.source: self.voice.marks[each.source] for each in newest.after if each.source in self.voice.marks}
        others = len(group) - 1
        more = words.ngettext("and {count} more value", "and {count} more values", others).format(count=others)
        bases = dict(self.voice.vocabulary.bases)
        details = [words.gettext(bases.get(said.basis, said.basis)), furnish(more, "count") if others else ""]
        return Change(
            label=self._label(said),
            detail=words.gettext("; ").join(filter(None, details)),
            period=self._period(said, former=not newest.after),
            before=before,
            after=after,
            name=said.name,
            marks=tuple(sorted(marks.values(), key=lambda mark: mark.number)),
        )

    def _label(self, said: Said) -> str:
        """Return what was measured, and of whom where that is not said by it."""
        words = self.voice.answers.words
        series = self.voice.answers.series.get(said.series)
        label = words.gettext(series.label) if series else label_of(said.metric, self.voice.vocabulary, words)
        entities = {fact.entity for fact in self.voice.answers.facts.values() if fact.metric == said.metric}
        if entities - {said.entity} and said.entity:
            entity = words.gettext(dict(self.voice.vocabulary.entities).get(said.entity, said.entity))
            label = words.gettext("{metric}: {entity}").format(metric=label, entity=entity)
        # What the vocabulary no longer knows is told by its id, which may hold digits.
        return furnish(label, "id")

    def _period(self, said: Said, *, former: bool) -> str:
        period = parse_period(said.period)
        trace = self._trace(said, former=former, period=True)
        return self.voice.answers.traces.sign(self.voice.answers.words.period(period), trace)

    def _sides(self, each: Difference) -> tuple[str, str]:
        """Return what was printed and what is, with the period or the source where these are what differs."""
        digits = self._digits(each)
        moved = {said.period for said in each.before} != {said.period for said in each.after}
        sides = []
        for former, claims in ((True, each.before), (False, each.after)):
            values = [self._said(said, former=former, digits=digits) for said in claims]
            if each.kind == "source":
                values = list(self._sourced(each, claims, values))
            elif moved and each.kind == "revised":
                values = [self._dated(value, said, former=former) for value, said in zip(values, claims, strict=True)]
            # Equal values of several sources are told once.
            sides.append(
                self.voice.answers.words.gettext("; ").join({plain(value): value for value in values}.values())
            )
        return sides[0], sides[1]

    def _sourced(self, each: Difference, claims: Sequence[Said], values: Iterable[str]) -> Iterator[str]:
        """Yield the publishers, titles where they are the same, behind values that differ too."""
        words, same = self.voice.answers.words, each.before[0].answer == each.after[0].answer
        publishers = [{self._publisher(said) for said in side} for side in (each.before, each.after)]
        titled = not publishers[0].isdisjoint(publishers[1])
        for said, value in zip(claims, values, strict=True):
            source = self.voice.sources.get(said.source)
            name = source.title if titled and source else self._publisher(said)
            name = self.voice.answers.traces.sign(name, Trace("source", said.source))
            yield name if same else words.gettext("{value} ({period})").format(value=value, period=name)

    def _publisher(self, said: Said) -> str:
        source = self.voice.sources.get(said.source)
        return self.voice.answers.words.gettext(source.producer) if source else said.source

    def _dated(self, value: str, said: Said, *, former: bool) -> str:
        pattern = self.voice.answers.words.gettext("{value} ({period})")
        return pattern.format(value=value, period=self._period(said, former=former))

    def _digits(self, each: Difference) -> int:
        """Return in how many digits two values of a series are told apart; 0 where they are printed as everywhere."""
        if not each.subject.series or not len(each.before) == len(each.after) == 1:
            return 0
        numbers = {self._scaled(said)[0].normalize() for said in (*each.before, *each.after)}
        if len(numbers) == 1 or all(len(number.as_tuple().digits) <= _EXACT for number in numbers):
            return 0
        tried = (
            digits for digits in range(_EXACT - 1, _MOST_DIGITS) if len({readable(x, digits) for x in numbers}) > 1
        )
        return next(tried, _MOST_DIGITS)

    def _scaled(self, said: Said) -> tuple[Decimal, str]:
        """Return a series' value counted in the scale that it is printed in, and that scale."""
        scale = self.voice.answers.words.fitting(Decimal(said.value), said.unit)
        return Decimal(said.value).scaleb(-SCALES[scale]), scale

    def _said(self, said: Said, *, former: bool, digits: int) -> str:
        text = self._value(said, digits)
        return self.voice.answers.traces.sign(text, self._trace(said, former=former))

    def _value(self, said: Said, digits: int) -> str:
        """Return a value as the page prints it, or in so many digits where rounding would hide what differs."""
        words = self.voice.answers.words
        if not said.series:
            return words.fact(_fact(said))
        if not digits:
            return words.observed(Decimal(said.value), said.unit, said.qualifier)
        number, scale = self._scaled(said)
        number = Decimal(f"{readable(number, digits).normalize():f}")
        return words.quantity(number, said.unit, scale, said.qualifier)

    def _trace(self, said: Said, *, former: bool, period: bool = False) -> Trace:
        answers = self.voice.answers
        fact, series = answers.facts.get(said.name), answers.series.get(said.series)
        rows = series.of(said.basis) if series else ()
        row = next((row for row in rows if row.period.text == said.period and row.value == Decimal(said.value)), None)
        if former or not (fact or row):
            value = said.period if period else f"{said.qualifier} {said.value} {said.scale}".strip() + f" {said.unit}"
            return Trace(
                "former-period" if period else "former", said.name, value, (said.source,) if said.source else ()
            )
        if series and row:
            return answers.of_row(series, row, period=period)
        return answers.of_fact(answers.facts[said.name], period=period)


def facts_of(record: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the facts that a record holds; ArchiveError where it does not say enough."""
    found = answers_of(record)
    return tuple(_fact(said) for claims in found.values() for said in claims if not said.series)


def _fact(said: Said) -> Fact:
    """Return a value of a record as the fact that it was."""
    value: Decimal | Period | str = said.value
    if said.unit == "date":
        value = parse_period(said.value)
    elif said.unit != "text":
        value = Decimal(said.value)
    fact = Fact(said.name, said.metric, said.entity, parse_period(said.period), value, said.unit, formula=said.formula)
    return replace(fact, scale=said.scale, qualifier=said.qualifier)  # type: ignore[arg-type]


def _end(period: str) -> date:
    return parse_period(period).end
