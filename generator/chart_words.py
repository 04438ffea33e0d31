"""The words of a chart: labels of values, subtitle, notes, alternative text, all made from the data.

Place in the pipeline: step 3 Draw, planning. In: the chosen rows of each line; out: text in the page's
language. What a reader cannot see in a picture (periods, gaps, breaks, estimates, "more than") is said here.
Alternative text follows https://www.w3.org/WAI/tutorials/images/complex/.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .catalogues import msgid
from .chart_scale import decimals
from .model import SCALES, ChartSpec, LineSpec, Observation, Series
from .periods import Period

if TYPE_CHECKING:
    from .language import Words

SIGNS = {"": "", "more than": ">", "at least": "\u2265", "about": "\u2248", "almost": "\u2248", "up to": "\u2264"}
MEANINGS = {
    "more than": msgid("“>” means “more than”."),
    "at least": msgid("“\u2265” means “at least”."),
    "about": msgid("“\u2248” means “about”."),
    "almost": msgid("“\u2248” means “almost”."),
    "up to": msgid("“\u2264” means “up to”."),
}
STATES = {
    "break": msgid("Break in the series: {periods}."),
    "estimated": msgid("Estimated: {periods}."),
    "provisional": msgid("Provisional: {periods}."),
    "definition differs": msgid("The definition differs: {periods}."),
    "low reliability": msgid("Of low reliability: {periods}."),
    "unvalidated": msgid("Not validated by the publisher: {periods}."),
}
HOLLOW = ("estimated", "provisional")
"""Marks of rows with one of these are drawn hollow."""
COURSES = {
    "up": msgid("rising from {first} to {last}; highest {high}, lowest {low}; values: {count}"),
    "down": msgid("falling from {first} to {last}; highest {high}, lowest {low}; values: {count}"),
    "level": msgid("the same from {first} to {last}; values: {count}"),
    "none": msgid("up and down from {first} to {last}; highest {high}, lowest {low}; values: {count}"),
}
SHOWN = 12
"""A note lists at most so many periods."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line with the rows that are drawn, and the periods that are not, with the reason."""

    spec: LineSpec
    series: Series
    rows: tuple[Observation, ...]
    label: str
    basis: str = ""
    """The printed name of the statistical basis; "" where it has none."""
    other_length: tuple[Period, ...] = ()
    outranked: tuple[Period, ...] = ()
    missing: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """What an axis counts: values are divided by ten to the power of `power`; `unit` says so in words."""

    power: int
    unit: str
    digits: int

    def of(self, amount: Decimal) -> Decimal:
        """Return the amount as the axis counts it."""
        return amount.scaleb(-self.power)


def is_hollow(row: Observation, series: Series) -> bool:
    """Whether a mark is hollow: an estimate, a provisional value, or one computed from values of two methods."""
    return row.status in HOLLOW or (bool(series.formula) and row.status == "break")


def scale_of(lines: Iterable[Chosen], wanted: str, words: Words) -> Scale:
    """Return the scale of the name that is wanted, or the one that fits the largest amount."""
    lines = tuple(lines)
    largest = max((abs(row.value) for line in lines for row in line.rows if row.value is not None), default=Decimal(0))
    unit = lines[0].series.unit
    name = words.wished(wanted, largest, unit)
    power, _ = words.scale(name)
    # In a scale that only this language has, 1,245 thousand would lose its last digit.
    digits = max(_digits(largest.scaleb(-power)), int(power not in SCALES.values()))
    return Scale(power, words.counted_in(unit, name), digits)


def _digits(largest: Decimal) -> int:
    return max(0, 2 - largest.adjusted()) if largest else 0


def number(row: Observation, scale: Scale, words: Words, least: int = 0) -> str:
    """Return a row's value as it is printed beside its mark, with `least` digits after the point or more."""
    value = scale.of(row.value or Decimal(0))
    return SIGNS[row.qualifier] + words.number(value, max(least, digits_of(row, scale)))


def digits_of(row: Observation, scale: Scale) -> int:
    """Return the digits after the point that tell a value: three figures, never more than the source gives."""
    value = scale.of(row.value or Decimal(0))
    wanted = max(scale.digits, -value.adjusted() if value else 0)
    return min(wanted, decimals(value))


def subtitle_of(lines: tuple[Chosen, ...], unit: str, words: Words, *, newest: bool = False) -> str:
    """Return unit and covered period, after the name of the line where there is only one."""
    periods = [row.period for line in lines for row in line.rows]
    first, last = min(periods, key=lambda period: period.start), max(periods, key=lambda period: period.end)
    names = [lines[0].label] if len(lines) == 1 else []
    named = with_unit(names[0], unit, words) if names else unit
    when = words.gettext("newest value") if newest and first != last else _span(first, last, words)
    text = words.gettext("{first}, {next}").format(first=named, next=when) if named else when
    return text[:1].upper() + text[1:]


def with_unit(label: str, unit: str, words: Words) -> str:
    """Return a label and its unit; the label alone where it ends with the unit's words, which a reader needs once."""
    before = label[: -len(unit)] if unit and label.casefold().endswith(unit.casefold()) else None
    if not unit or (before is not None and not (before[-1:].isascii() and before[-1:].isalpha())):
        return label
    return words.gettext("{first}, {next}").format(first=label, next=unit)


def _span(first: Period, last: Period, words: Words) -> str:
    if first == last:
        return words.period(first)
    if {first.kind, last.kind} == {"year"}:
        return words.gettext("{first}\u2013{last}").format(first=first.start.year, last=last.start.year)
    return words.gettext("{first} \u2013 {last}").format(first=words.period(first), last=words.period(last))


def notes_of(spec: ChartSpec, lines: tuple[Chosen, ...], words: Words, *, zero: bool) -> tuple[str, ...]:
    """Return the author's notes, then what the data themselves ask to be said."""
    rows = [row for line in lines for row in line.rows]
    notes = [words.gettext(note) for note in spec.notes]
    notes += [words.gettext(line.series.note) for line in lines if line.series.note]
    unnamed = [line for line in lines if line.basis and line.basis.casefold() not in line.label.casefold()]
    for basis in dict.fromkeys(line.basis for line in unnamed):
        notes.append(words.gettext("Statistical basis: {basis}.").format(basis=_whose(basis, unnamed, lines, words)))
    for state, said in STATES.items():
        notes += _dated(
            said, ((line, [row.period for row in line.rows if row.status == state]) for line in lines), lines, words
        )
    across = any(row.status == "break" and is_hollow(row, line.series) for line in lines for row in line.rows)
    if across:
        notes.append(words.gettext("Hollow marks: estimated, provisional or computed across a break."))
    elif any(row.status in HOLLOW for row in rows):
        notes.append(words.gettext("Hollow marks: estimated or provisional."))
    used = dict.fromkeys(row.qualifier for row in rows if row.qualifier)
    notes += [words.gettext(MEANINGS[qualifier]) for qualifier in used]
    notes += _dated(msgid("No data: {periods}."), ((line, line.missing) for line in lines), lines, words)
    notes += _dated(
        msgid("Not drawn, because the period is of another length: {periods}."),
        ((line, line.other_length) for line in lines), lines, words,
    )  # fmt: skip
    notes += _dated(
        msgid("Other sources give other values, which are not drawn: {periods}."),
        ((line, line.outranked) for line in lines), lines, words,
    )  # fmt: skip
    if not zero:
        notes.append(words.gettext("The axis does not start at zero."))
    return tuple(dict.fromkeys(notes))


def _whose(basis: str, unnamed: list[Chosen], lines: tuple[Chosen, ...], words: Words) -> str:
    """Return a basis with the lines that stand on it, unless all do."""
    labels = [line.label for line in unnamed if line.basis == basis]
    if len(labels) == len(lines):
        return basis
    return words.gettext("{label} ({periods})").format(label=basis, periods=words.gettext(", ").join(labels))


def _dated(
    said: str, found: Iterable[tuple[Chosen, Iterable[Period]]], lines: tuple[Chosen, ...], words: Words
) -> list[str]:
    parts = []
    for line, periods in found:
        texts = list(dict.fromkeys(words.period(period) for period in periods))
        if not texts:
            continue
        shown = words.gettext(", ").join(texts[:SHOWN]) + (" \u2026" if len(texts) > SHOWN else "")
        of_several = words.gettext("{label} ({periods})").format(label=line.label, periods=shown)
        parts.append(of_several if len(lines) > 1 else shown)
    return [words.gettext(said).format(periods=words.gettext("; ").join(parts))] if parts else []


def alternative(head: tuple[str, ...], lines: tuple[tuple[Chosen, Scale], ...], words: Words, *, newest: bool) -> str:
    """Return the chart in words: kind, title and subtitle, then what each line shows."""
    one_unit = len({scale.unit for _, scale in lines}) == 1
    sentences = [words.gettext("{text}.").format(text=part.rstrip(".。")) for part in head if part]
    for line, scale in lines:
        label = line.label if one_unit else with_unit(line.label, scale.unit, words)
        values = _newest(line, scale, words) if newest else course(line.rows, scale, words)
        sentences.append(words.gettext("{label}: {values}.").format(label=label, values=values))
    return " ".join(sentences)


def _value(row: Observation, scale: Scale, words: Words) -> str:
    """Return value and period, the qualifier in words: a screen reader does not say ">"."""
    plain = words.qualified(number(row, scale, words).lstrip("".join(SIGNS.values())), row.qualifier)
    return words.gettext("{value} ({period})").format(value=plain, period=words.period(row.period))


def _newest(line: Chosen, scale: Scale, words: Words) -> str:
    return _value(line.rows[-1], scale, words)


def course(rows: Sequence[Observation], scale: Scale, words: Words) -> str:
    """Return what a line shows: its direction, first and last value, the extremes, how many values there are."""
    if len(rows) == 1:
        return _value(rows[0], scale, words)
    high = max(rows, key=lambda row: row.value or Decimal(0))
    low = min(rows, key=lambda row: row.value or Decimal(0))
    return words.gettext(COURSES[_direction(rows)]).format(
        first=_value(rows[0], scale, words), last=_value(rows[-1], scale, words),
        high=_value(high, scale, words), low=_value(low, scale, words), count=len(rows),
    )  # fmt: skip


def _direction(rows: Sequence[Observation]) -> str:
    """Return the direction of a line; it has one where the ends lie apart by half of the whole range or more."""
    values = [row.value or Decimal(0) for row in rows]
    span, move = max(values) - min(values), values[-1] - values[0]
    if not span:
        return "level"
    return "none" if abs(move) * 2 < span else "up" if move > 0 else "down"
