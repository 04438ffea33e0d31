"""Disagreement between sources: values of one metric, entity and period that differ, and how they are ruled.

Place in the pipeline: base of step 2 Check; `evidence` offers it. In: facts and series of a topic; out:
`Conflict` values, each with every candidate side by side, and a finding for each that nobody has ruled on.
Ranks are Wikidata's (https://www.wikidata.org/wiki/Help:Ranking).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations

from .formula import ingredients
from .model import (
    Candidate,
    Conflict,
    Fact,
    Finding,
    Metric,
    Observation,
    Rank,
    Series,
    Vocabulary,
)
from .periods import Period
from .reading import Findings

_RANKS: tuple[Rank, ...] = ("preferred", "normal", "deprecated")
_TOLERANCE = Metric("", "").tolerance


def conflicts(facts: Iterable[Fact], series: Iterable[Series], vocabulary: Vocabulary) -> tuple[Conflict, ...]:
    """Return every metric, entity and period whose values differ by more than the metric's tolerance.

    All ranks, bases and units are candidates. A series' row that points at a fact is that fact. Equal amounts of
    one unit, basis and qualifier are one candidate with several sources; what is deprecated stays apart. A date
    that contains another does not contradict it: January 1992 and 20 January 1992 agree.
    """
    tolerances = {metric.id: metric.tolerance for metric in vocabulary.metrics}
    groups: dict[tuple[object, ...], list[Candidate]] = {}
    periods: dict[tuple[object, ...], Period] = {}
    days: dict[tuple[str, str], list[tuple[Period, Candidate]]] = {}
    for metric, entity, period, candidate in (*_of_facts(tuple(facts)), *_of_series(series)):
        if candidate.unit == "date":
            days.setdefault((metric, entity), []).append((period, candidate))
            continue
        key = (metric, entity, *_dates(period))
        periods.setdefault(key, period)
        groups.setdefault(key, []).append(candidate)
    for event, told in days.items():
        for number, (period, occurrence) in enumerate(_occurrences(told)):
            periods[*event, "date", number] = period
            groups[*event, "date", number] = occurrence
    found = []
    for key, group in groups.items():
        if len(group) == 1:
            continue
        metric, entity = str(key[0]), str(key[1])
        candidates = _merged(group)
        tolerance = tolerances.get(metric, _TOLERANCE)
        if _disagree(candidates, tolerance):
            found.append(Conflict(metric, entity, periods[key], candidates))
    return tuple(found)


def _occurrences(told: Iterable[tuple[Period, Candidate]]) -> Iterator[tuple[Period, list[Candidate]]]:
    """Yield what is told of each occurrence of an event: those whose periods meet are about one.

    When something happened is one question, whatever day is given as the answer: facts whose period is the date
    itself are about one occurrence, and with them those whose period holds one of these dates.
    """
    answers: list[tuple[Period, Candidate]] = []
    groups: list[list[tuple[Period, Candidate]]] = []
    reached = date.min
    for period, one in sorted(told, key=lambda each: each[0].start):
        if not period.dated or one.text == period.text:
            answers.append((period, one))
        elif groups and period.start <= reached:
            groups[-1].append((period, one))
            reached = max(reached, period.end)
        else:
            groups.append([(period, one)])
            reached = period.end
    for group in groups:
        if any(period.meets(other) for period, _ in group for other, _ in answers if other.dated):
            answers += group
        else:
            yield group[0][0], [one for _, one in group]
    if answers:
        yield answers[0][0], [one for _, one in answers]


def _dates(period: Period) -> tuple[object, ...]:
    return (period.start, period.end) if period.dated else ("undated",)


def _of_facts(facts: tuple[Fact, ...]) -> Iterator[tuple[str, str, Period, Candidate]]:
    by_id = {fact.id: fact for fact in facts}
    for fact in facts:
        candidate = Candidate(
            amount=fact.amount,
            text="" if fact.amount is not None else str(fact.value),
            unit=fact.unit,
            scale=fact.scale,
            qualifier=fact.qualifier,
            basis=fact.basis,
            sources=_sources(fact, by_id),
            rank=fact.rank,
            reason=fact.reason,
            note=fact.note,
            fact=fact.id,
            series="",
            place=fact.place,
        )
        yield fact.metric, fact.entity, fact.period, candidate


def _sources(fact: Fact, by_id: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return a fact's source, or those of the facts that its formula uses; each fact is asked once, however deep."""
    found, seen, waiting = dict[str, None](), set[str](), [fact]
    while waiting:
        current = waiting.pop()
        if current.id in seen:
            continue
        seen.add(current.id)
        if current.source:
            found[current.source] = None
        waiting += [by_id[id_] for id_ in reversed(ingredients(current.formula)) if id_ in by_id]
    return tuple(found)


def _of_series(series: Iterable[Series]) -> Iterator[tuple[str, str, Period, Candidate]]:
    for each in series:
        for row in each.observations:
            if row.value is not None and row.period.dated and not row.fact:
                yield each.metric, each.entity, row.period, _of_row(each, row)


def _of_row(series: Series, row: Observation) -> Candidate:
    return Candidate(
        amount=row.value,
        text="",
        unit=row.unit,
        scale="",
        qualifier=row.qualifier,
        basis=row.basis,
        sources=(row.source,) if row.source else (),
        rank=row.rank,
        reason="",
        # A computed row stands in no table: what its series says of itself is said of it.
        note=row.note or (series.note if series.formula else ""),
        fact="",
        series=series.id,
        place=row.place,
    )


def _merged(group: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates best rank first, those that say the same made one with all their sources."""
    merged: dict[tuple[object, ...], Candidate] = {}
    ordered = sorted(group, key=lambda one: (_RANKS.index(one.rank), not one.fact, one.place))
    for one in ordered:
        said = _plain(one.text) if one.amount is None else one.amount
        key = (said, one.unit, one.basis, one.qualifier, one.rank == "deprecated")
        known = merged.get(key)
        if known is None:
            merged[key] = one
        else:
            merged[key] = replace(
                known,
                sources=tuple(dict.fromkeys((*known.sources, *one.sources))),
                reason=known.reason or one.reason,
                note=known.note or one.note,
            )
    return tuple(merged.values())


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def differ(one: Candidate, other: Candidate, tolerance: Decimal) -> bool:
    """Return whether two candidates contradict each other; `tolerance` is relative to the larger."""
    if one.unit != other.unit:
        return True
    if one.amount is None or other.amount is None:
        return not _agree_in_words(one, other)
    return abs(one.amount - other.amount) > tolerance * max(abs(one.amount), abs(other.amount))


def _disagree(candidates: Sequence[Candidate], tolerance: Decimal) -> bool:
    """Return whether two of the candidates contradict each other; of numbers the least and the greatest tell."""
    amounts = [one for one in candidates if one.amount is not None and one.unit == candidates[0].unit]
    if len(amounts) == len(candidates) and tolerance < 1:
        return differ(min(amounts, key=_size), max(amounts, key=_size), tolerance)
    return any(differ(one, other, tolerance) for one, other in combinations(candidates, 2))


def _size(one: Candidate) -> Decimal:
    return one.amount or Decimal(0)


def _agree_in_words(one: Candidate, other: Candidate) -> bool:
    first, second = sorted((_plain(one.text), _plain(other.text)), key=len)
    # Dates are written from the year on: 1992-01 contains 1992-01-20.
    return first == second or (one.unit == "date" and second.startswith(first + "-"))


# --- rulings --------------------------------------------------------------------------------------


def check_rulings(disputes: Iterable[Conflict], vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Return a finding for each conflict that nobody has ruled on.

    On one basis only one value may have the best rank. What ranks lower than a value it contradicts needs a
    reason (for a series' row: a note; for a computed one: the note of its series). Values on different bases may
    stand side by side, if one says why they differ.
    """
    findings = Findings()
    tolerances = {metric.id: metric.tolerance for metric in vocabulary.metrics}
    for conflict in disputes:
        tolerance = tolerances.get(conflict.metric, _TOLERANCE)
        before = len(findings)
        for basis in dict.fromkeys(one.basis for one in conflict.candidates):
            _check_best(conflict, [one for one in conflict.candidates if one.basis == basis], tolerance, findings)
        _check_reasons(conflict, tolerance, findings)
        if len(findings) == before:
            _check_bases(conflict, findings)
    return tuple(findings)


def _best(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates of the best rank that is not deprecated."""
    usable = [one for one in candidates if one.rank != "deprecated"]
    rank = min((_RANKS.index(one.rank) for one in usable), default=0)
    return [one for one in usable if _RANKS.index(one.rank) == rank]


def _check_best(conflict: Conflict, group: list[Candidate], tolerance: Decimal, findings: Findings) -> None:
    pair = next((pair for pair in combinations(_best(group), 2) if differ(*pair, tolerance)), None)
    if pair is None:
        return
    first, second = pair
    basis = f"basis '{first.basis}'" if first.basis else "no basis"
    findings.add(
        second.place,
        "evidence.unruled",
        f"{_name(second)} is {_said(second)}, but {_name(first)} at {first.place} is {_said(first)}"
        f" ({_what(conflict)}, {basis}){_arithmetic(second, first)}",
        expected="one value of the best rank",
        cure="Set the better one to rank 'preferred' and give the other a reason, or give them different bases.",
    )


def _check_reasons(conflict: Conflict, tolerance: Decimal, findings: Findings) -> None:
    best = _best(conflict.candidates)
    for one in conflict.candidates:
        better = next((each for each in best if _outranks(each, one) and differ(one, each, tolerance)), None)
        if better is None or one.reason or (one.series and one.note):
            continue
        findings.add(
            one.place,
            "evidence.reason-missing",
            f"{_name(one)} is {_said(one)} and ranks below {_name(better)} at {better.place}, {_said(better)}",
            expected=f"the reason why it ranks lower ({_what(conflict)})",
            cure=_where_to_write(one),
        )


def _where_to_write(one: Candidate) -> str:
    if one.place.file.endswith(".toml"):
        return "Write it as `note` there: the value is computed, so no row holds it."
    return "Write it in the column 'note'." if one.series else "Write it in the column 'reason'."


def _outranks(better: Candidate, one: Candidate) -> bool:
    """Return whether a better rank asks for a reason; that another basis is preferred is one."""
    by_basis = better.rank == "preferred" and better.basis != one.basis and one.rank != "deprecated"
    return better.rank != one.rank and not by_basis


def preferred_basis(conflict: Conflict) -> str | None:
    """Return the one basis that is preferred over the others, which rules on the conflict; None where none is."""
    best = dict.fromkeys(one.basis for one in conflict.candidates if one.rank == "preferred")
    return next(iter(best)) if len(best) == 1 else None


def _check_bases(conflict: Conflict, findings: Findings) -> None:
    """Warn where values differ because their bases do, none is preferred and no candidate says why."""
    if any(one.reason or one.note for one in conflict.candidates) or preferred_basis(conflict) is not None:
        return
    first, second = conflict.candidates[:2]
    findings.add(
        second.place,
        "evidence.bases-unexplained",
        f"{_name(second)} is {_said(second)}, but {_name(first)} at {first.place} is {_said(first)} on another basis"
        f" ({_what(conflict)})",
        expected="a reason or a note that says why they differ",
        cure="Write it beside one of them.",
        severity="warning",
    )


def _arithmetic(one: Candidate, other: Candidate) -> str:
    """Return what the numbers of two candidates have to do with each other, where that tells an error."""
    if one.amount is None or other.amount is None or one.amount <= 0 or other.amount <= 0:
        return ""
    if {one.unit, other.unit} == {"times", "percent"}:
        times, percent = (one.amount, other.amount) if one.unit == "times" else (other.amount, one.amount)
        words = f"; {times:f} times as large is {(times - 1) * 100:+f} percent, +{percent:f} percent is"
        words += f" {_plainly(1 + percent / 100)} times as large"
        alike = abs(times * 100 - percent) <= _TOLERANCE * percent
        return words + (f"; they agree if it grew by {times:f} times" if alike else "")
    if one.unit != other.unit:
        return ""
    first, second = (amount.normalize().as_tuple().digits for amount in (one.amount, other.amount))
    power = (one.amount / other.amount * 2).adjusted()
    if power and abs(one.amount.scaleb(-power) - other.amount) * 50 <= other.amount:
        return f"; they are {Decimal(10) ** abs(power):,f} times apart, a power of ten"
    return "; they have the same digits in another order" if first != second and sorted(first) == sorted(second) else ""


def _plainly(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _name(one: Candidate) -> str:
    return f"'{one.fact or one.series}'"


def _said(one: Candidate) -> str:
    words = one.text if one.amount is None else f"{one.qualifier} {one.amount:f} {one.unit}".strip()
    return f"{words} (basis {one.basis})" if one.basis else words


def _what(conflict: Conflict) -> str:
    return f"{conflict.metric} of {conflict.entity}, {conflict.period}"
