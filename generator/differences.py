"""What differs between two editions, by their records alone: language-neutral values, no words.

Place in the pipeline: base. In: the records of two editions, as `record` makes and `archive` reads them; out: a
`Difference` for each question that the two answer differently. A question is what is asked of the world: a metric, an
entity, a period and a basis, or a period of a series; its answer is the best-ranked value that the edition prints.
`difference_words` says them in a language. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Final, Literal, get_args

from .errors import ArchiveError
from .model import SCALES, Qualifier
from .periods import parse_period

Kind = Literal["revised", "ruling", "source", "new", "withdrawn"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""Other value; other choice among values that sources give; other source; not there before; no longer there."""
Aspect = Literal["text", "look", "evidence", "program"]
ASPECTS: Final[tuple[Aspect, ...]] = get_args(Aspect)
"""What else an edition may differ in: its words, its look, what is said of sources and checks, what made it."""
_RANKS = {"preferred": 0, "normal": 1, "deprecated": 2}
_DEPRECATED = _RANKS["deprecated"]
_ASPECTS: Final[tuple[tuple[re.Pattern[str], Aspect], ...]] = (
    (re.compile(r"templates/briefing/"), "look"),
    (re.compile(r"data/(?:sources\.toml|evidence\.lock)\Z"), "evidence"),
    (re.compile(r"(?:program|libraries)\Z"), "program"),
    (re.compile(r"briefing\.toml\Z|templates/locales/|data/(?!.*/series/.*\.csv\Z)"), "text"),
)
"""The inputs of a record by what a reader sees of them; figures have differences of their own."""
_DIGITS = Context(prec=9)
"""Significant digits in which values of series are compared."""
_OF_A_LANGUAGE = re.compile(r"data/[^/]+/text\.([^./]+)\.md\Z|templates/locales/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Said:
    """One value as an edition prints it: a fact, or an observation of `series`.

    `name` is the fact's id, or series, period and basis; `period` as it is written; `value` as it is stored, to be
    multiplied by `scale` in `unit`. `source` is "" for what is computed.
    """

    name: str
    metric: str
    entity: str
    period: str
    value: str
    unit: str
    scale: str = ""
    qualifier: str = ""
    basis: str = ""
    source: str = ""
    rank: str = "normal"
    formula: str = ""
    series: str = ""

    @property
    def question(self) -> tuple[str, ...]:
        """What the value answers."""
        return (self.series or self.metric, "" if self.series else self.entity, self.period, self.basis, self.series)

    @property
    def answer(self) -> tuple[object, str, str]:
        """The value as it is compared: 5.08 billion is 5080 million."""
        measured = self.unit not in ("date", "text")
        value = Decimal(self.value).scaleb(SCALES[self.scale]) if measured else self.value
        # What is fetched and computed differs in its last digits by the way it was calculated.
        return _DIGITS.create_decimal(value) if self.series else value, self.unit, self.qualifier


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that two editions answer differently; `before` is empty for what is new, `after` for what is gone.

    Several values stand on a side where the edition prints several.
    """

    kind: Kind
    before: tuple[Said, ...]
    after: tuple[Said, ...]

    @property
    def subject(self) -> Said:
        """The newer value, or the one that is gone."""
        return (self.after or self.before)[0]


def comparable(record: Mapping[str, Any]) -> bool:
    """Return whether a record tells of each fact what it measures; those that older programs kept do not."""
    facts = record.get("facts")
    told = isinstance(facts, list) and all(isinstance(fact, dict) for fact in facts)
    return told and all("metric" in fact and "entity" in fact for fact in facts or ())


def differences(before: Mapping[str, Any], after: Mapping[str, Any], language: str = "") -> tuple[Difference, ...]:
    """Return what differs in what two editions print, or in their pages of one language, most telling kind first.

    ArchiveError where a record does not say enough.
    """
    had, has = answers_of(before, language), answers_of(after, language)
    asked = dict.fromkeys((*has, *had))
    found = (each for question in asked for each in _differing(had.get(question, []), has.get(question, [])))
    return tuple(sorted(_joined(found), key=lambda each: KINDS.index(each.kind)))


def aspects(before: Mapping[str, Any], after: Mapping[str, Any], language: str = "") -> tuple[Aspect, ...]:
    """Return in what else than figures two editions may differ, by the sums of the files that both were made from."""
    had, has = before.get("inputs", {}), after.get("inputs", {})
    changed = [name for name in has if name in had and had[name] != has[name] and _concerns(name, language)]
    found = {next((aspect for pattern, aspect in _ASPECTS if pattern.match(name)), None) for name in changed}
    return tuple(aspect for aspect in ASPECTS if aspect in found)


def _concerns(name: str, language: str) -> bool:
    match = _OF_A_LANGUAGE.match(name)
    return not (language and match) or language in match.groups()


# --- what a record says ---------------------------------------------------------------------------


def answers_of(record: Mapping[str, Any], language: str = "") -> dict[tuple[str, ...], list[Said]]:
    """Return every value that a record holds, those set aside included, by its question.

    ArchiveError where it does not say enough to be compared.
    """
    found: dict[tuple[str, ...], list[Said]] = {}
    try:
        lacking = _lacking(record, language)
        for said in (*map(_fact, record["facts"]), *_observations(record)):
            _check(said)
            if said.name not in lacking and said.series not in lacking:
                found.setdefault(said.question, []).append(said)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        hint = "It was kept by an older program, or it was changed: compare editions that are whole and newer."
        where = f"the record of {record.get('topic', '')}/{record.get('edition', '')}"
        raise ArchiveError(f"it does not say enough to be compared: {error!r}", where=where, hint=hint) from error
    return found


def _check(said: Said) -> None:
    """Raise ValueError or ArithmeticError where a value could not be printed."""
    parse_period(said.period)
    if said.unit == "date":
        parse_period(said.value)
    elif said.unit != "text":
        Decimal(said.value)
    known = said.rank in _RANKS and said.scale in SCALES and said.qualifier in get_args(Qualifier)
    if not known:
        raise ValueError(f"{said.name}: {said.rank} {said.scale} {said.qualifier}")


def _lacking(record: Mapping[str, Any], language: str) -> frozenset[str]:
    """Return the facts and series of a record that the pages in a language do not show."""
    files = (file for file in record["files"] if file["language"] == language)
    return frozenset(name for file in files for name in file.get("lacks", ()))


def _fact(row: Mapping[str, str]) -> Said:
    return Said(
        row["id"], row["metric"], row["entity"], row["period"], row["value"], row["unit"], row["scale"],
        row.get("qualifier", ""), row.get("basis", ""), row["source"], row["rank"], row["formula"],
    )  # fmt: skip


def _observations(record: Mapping[str, Any]) -> Iterator[Said]:
    """Yield the values of series; one that a fact carries is told of as the fact."""
    facts = {fact["id"] for fact in record["facts"]}
    for name, row in record["figures"].items():
        if name in facts or row.get("fact", "") in facts:
            continue
        series, period, basis = (*name.split(" "), "")[:3]
        yield Said(
            name, row["metric"], "", period, row["value"], row["unit"], "", row.get("qualifier", ""), basis,
            row.get("source", ""), series=series,
        )  # fmt: skip


# --- comparing ------------------------------------------------------------------------------------


def _differing(had: list[Said], has: list[Said]) -> Iterator[Difference]:
    """Yield how the answers to one question differ; `had` and `has` are all values that are known of it."""
    before, after = _printed(had), _printed(has)
    gone, come = _without(before, after), _without(after, before)
    if not gone and not come:
        yield from _switched(before, after)
    elif before and after and (_with(gone, has) or _with(come, had)):
        yield Difference("ruling", tuple(before), tuple(after))
    else:
        yield from _paired(gone, come)


def _printed(claims: list[Said]) -> list[Said]:
    """Return the best-ranked values; none where all are set aside."""
    best = min((_RANKS[claim.rank] for claim in claims), default=_DEPRECATED)
    return [claim for claim in claims if _RANKS[claim.rank] == best != _DEPRECATED]


def _without(claims: list[Said], others: list[Said]) -> list[Said]:
    known = {other.answer for other in others}
    return [claim for claim in claims if claim.answer not in known]


def _with(claims: list[Said], others: list[Said]) -> list[Said]:
    known = {other.answer for other in others}
    return [claim for claim in claims if claim.answer in known]


def _switched(before: list[Said], after: list[Said]) -> Iterator[Difference]:
    """Yield each value that stands, but on other sources."""
    for answer in dict.fromkeys(claim.answer for claim in after):
        had, has = ([claim for claim in side if claim.answer == answer] for side in (before, after))
        left, took = {claim.source for claim in had}, {claim.source for claim in has}
        if left - took - {""} and took - left - {""}:
            yield Difference("source", tuple(had), tuple(has))


def _paired(gone: list[Said], come: list[Said]) -> Iterator[Difference]:
    """Yield what went and what came: together where it is one fact, or where there is one of each."""
    names = {claim.name for claim in gone} & {claim.name for claim in come}
    pairs = [tuple(next(each for each in side if each.name == name) for side in (gone, come)) for name in sorted(names)]
    gone, come = ([claim for claim in side if claim.name not in names] for side in (gone, come))
    if len(gone) == len(come) == 1:
        pairs.append((*gone, *come))
        gone, come = [], []
    for one, other in pairs:
        switched = one.source and other.source and one.source != other.source
        yield Difference("source" if switched else "revised", (one,), (other,))
    yield from (Difference("withdrawn", (claim,), ()) for claim in gone)
    yield from (Difference("new", (), (claim,)) for claim in come)


def _joined(found: Iterable[Difference]) -> Iterator[Difference]:
    """Yield the differences, a fact that answers another question now as one: its period was corrected, say."""
    waiting = list(found)
    left = {each.subject.name: each for each in waiting if each.kind == "withdrawn"}
    took = {each.subject.name: each for each in waiting if each.kind == "new"}
    moved = left.keys() & took.keys()
    for each in waiting:
        if each.subject.name not in moved or each.kind not in ("new", "withdrawn"):
            yield each
        elif each.kind == "new":
            yield Difference("revised", left[each.subject.name].before, each.after)
