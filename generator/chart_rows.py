"""Choose the rows of each line of a chart, and say what cannot be drawn.

Place in the pipeline: step 3 Draw, planning. In: the lines that a chart declares and the topic's series; out:
rows on one basis, of one length of period, one value a period, with what was left out; or findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from .chart_kinds import Kind
from .chart_words import Chosen
from .model import ChartSpec, LineSpec, Measure, Observation, Series, Topic
from .periods import Period, decimal_year, parse_period
from .reading import Findings, did_you_mean

if TYPE_CHECKING:
    from .language import Words

LARGEST = Decimal(10) ** 30
"""Nothing that is counted in the world is larger; floating-point drawing fails far above it."""
MOST_MARKS = 3000
LONGEST_LABEL = 80
RULE = "chart"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the rows are chosen for."""

    spec: ChartSpec
    topic: Topic
    kind: Kind
    words: Words
    bases: Mapping[str, str]


def moment(period: Period, measure: Measure) -> float:
    """Return the place of a value in years: a count stands at its date, all else in the middle of its period."""
    if measure == "stock" and period.kind != "day":
        return decimal_year(period.end + timedelta(days=1))
    return period.middle


def choose(choice: Choice, findings: Findings) -> tuple[Chosen, ...]:
    """Return the lines with the rows that are drawn; what cannot be drawn is a finding."""
    window = _window(choice.spec, findings)
    if window is None:
        return ()
    lines = [line for spec in choice.spec.lines if (line := _line(spec, choice, window, findings))]
    if len(lines) == len(choice.spec.lines):
        _check_labels(choice, lines, findings)
        _check_together(choice, lines, findings)
    return tuple(lines)


def _window(spec: ChartSpec, findings: Findings) -> tuple[Period | None, Period | None] | None:
    ends: list[Period | None] = []
    for key, text in (("since", spec.since), ("until", spec.until)):
        try:
            ends.append(parse_period(text) if text else None)
        except ValueError as error:
            findings.add(
                spec.place,
                f"{RULE}.window",
                f"{key} = '{text}'",
                expected=str(error).partition("expected ")[2],
                cure="Correct it.",
            )
            return None
    since, until = ends
    if since and until and since.start > until.end:
        findings.add(
            spec.place,
            f"{RULE}.window",
            f"since {since} comes after until {until}",
            expected="a window that begins before it ends",
            cure="Exchange them.",
        )
        return None
    return since, until


def _inside(period: Period, window: tuple[Period | None, Period | None]) -> bool:
    since, until = window
    return (
        period.dated and (since is None or period.start >= since.start) and (until is None or period.end <= until.end)
    )


def _line(
    spec: LineSpec, choice: Choice, window: tuple[Period | None, Period | None], findings: Findings
) -> Chosen | None:
    series = next((series for series in choice.topic.series if series.id == spec.series), None)
    if series is None:
        cure = did_you_mean(spec.series, (series.id for series in choice.topic.series))
        findings.add(
            spec.place, f"{RULE}.series", f"no series '{spec.series}'", expected="a series of this topic", cure=cure
        )
        return None
    if spec.basis and spec.basis not in series.bases:
        cure = did_you_mean(spec.basis, (basis for basis in series.bases if basis))
        findings.add(
            spec.place,
            f"{RULE}.basis",
            f"series '{series.id}' has no basis '{spec.basis}'",
            expected="a basis of the series",
            cure=cure,
        )
        return None
    rows = tuple(row for row in series.of(spec.basis or None) if _inside(row.period, window))
    if not (_check_basis(spec, series, rows, findings) and _check_rows(spec, choice, rows, findings)):
        return None
    line = _thin_out(Chosen(spec, series, rows, _label(spec, series, choice), _basis(rows, choice)), choice.kind)
    line = replace(line, missing=_missing(line, window, choice.kind))
    return _newest(line) if choice.kind.newest else line


def _label(spec: LineSpec, series: Series, choice: Choice) -> str:
    if spec.label:
        return choice.words.gettext(spec.label)
    several = sum(line.series == spec.series for line in choice.spec.lines) > 1
    if several and spec.basis:
        return choice.words.gettext(choice.bases.get(spec.basis, spec.basis))
    return choice.words.gettext(series.label)


def _basis(rows: Sequence[Observation], choice: Choice) -> str:
    """Return the printed name of the rows' basis; "" where it has none or its name is not known."""
    return choice.words.gettext(choice.bases.get(rows[0].basis, ""))


def _check_basis(spec: LineSpec, series: Series, rows: Sequence[Observation], findings: Findings) -> bool:
    bases = list(dict.fromkeys(row.basis for row in rows))
    if len(bases) < 2:
        return True
    named = ", ".join(f"'{basis}'" for basis in bases if basis)
    findings.add(
        spec.place,
        f"{RULE}.mixed-bases",
        f"series '{series.id}' mixes bases in one line: {named}",
        expected="one statistical basis a line",
        cure=f"Name one: basis = {named.partition(',')[0]}.",
    )
    return False


def _check_rows(spec: LineSpec, choice: Choice, rows: Sequence[Observation], findings: Findings) -> bool:
    if not rows:
        window = " to ".join(text for text in (choice.spec.since, choice.spec.until) if text) or "any period"
        findings.add(
            spec.place,
            f"{RULE}.empty",
            f"series '{spec.series}' has no value to draw in {window}",
            expected="dated values that are not deprecated",
            cure="Change since, until or basis.",
        )
        return False
    good = True
    for row in rows:
        if row.value is not None and not (row.value.is_finite() and abs(row.value) < LARGEST):
            good = False
            findings.add(
                row.place,
                f"{RULE}.impossible",
                f"chart '{choice.spec.id}', series '{spec.series}', {row.period}: {row.value:.6g}",
                expected=f"a number below {LARGEST:.0e}",
                cure="Correct the value or its unit.",
            )
    if len(rows) > MOST_MARKS:
        findings.add(
            spec.place,
            f"{RULE}.too-many",
            f"{len(rows)} values of series '{spec.series}'",
            expected=f"at most {MOST_MARKS} marks a line",
            cure="Narrow since and until.",
        )
        return False
    return good


def _check_labels(choice: Choice, lines: Sequence[Chosen], findings: Findings) -> None:
    labels = [(line.spec.place, line.label) for line in lines]
    labels += [(event.place, event.label) for event in choice.spec.events]
    for place, label in labels:
        if len(label) > LONGEST_LABEL:
            findings.add(
                place,
                f"{RULE}.label",
                f"a label of {len(label)} characters: '{label[:30]}…'",
                expected=f"at most {LONGEST_LABEL} characters",
                cure="Give a shorter label.",
            )


def _check_together(choice: Choice, lines: Sequence[Chosen], findings: Findings) -> None:
    spec, kind = choice.spec, choice.kind
    units = list(dict.fromkeys(line.series.unit for line in lines))
    if len(units) > 1 and not kind.apart:
        findings.add(
            spec.place,
            f"{RULE}.units",
            f"units {', '.join(units)} on one axis",
            expected="one unit an axis",
            cure='Use kind = "panels": every line gets its own axis.',
        )
    if kind.zero and not spec.zero:
        findings.add(
            spec.place,
            f"{RULE}.zero",
            f"zero = false with kind '{spec.kind}'",
            expected="lengths that start at zero",
            cure='Leave zero out, or use kind = "line".',
        )
    if len(lines) > kind.most:
        findings.add(
            spec.place,
            f"{RULE}.too-many",
            f"{len(lines)} lines",
            expected=f"at most {kind.most} in a chart of kind '{spec.kind}'",
            cure="Make two charts.",
        )
    _check_enough(spec, kind, lines, findings)


def _check_enough(spec: ChartSpec, kind: Kind, lines: Sequence[Chosen], findings: Findings) -> None:
    marks = len(lines) if kind.newest else sum(len(line.rows) for line in lines)
    poor = [line for line in lines if len(line.rows) < 2] if spec.kind in ("line", "panels") else []
    if marks >= 2 and not poor:
        return
    subject = f"series '{poor[0].spec.series}'" if poor else f"chart '{spec.id}'"
    left = sum(len(line.other_length) for line in poor or lines)
    more = f" ({left} of another length of period left out)" if left else ""
    findings.add(
        poor[0].spec.place if poor else spec.place,
        f"{RULE}.too-few",
        f"{subject} has one value to draw{more}",
        expected="two values: one does not carry a chart",
        cure="Say it in the text, or show a table.",
    )


# --- leaving out ----------------------------------------------------------------------------------


def _thin_out(line: Chosen, kind: Kind) -> Chosen:
    rows, other = _one_length(line)
    best: dict[Period, list[Observation]] = {}
    for row in rows:
        best.setdefault(row.period, []).append(row)
    kept: list[Observation] = []
    outranked: list[Period] = []
    for period, group in best.items():
        preferred = [row for row in group if row.rank == "preferred"] or group
        chosen = (
            preferred[:1]
            if kind.joined or kind.newest
            else list({row.value: row for row in reversed(preferred)}.values())
        )
        kept += chosen
        if {row.value for row in group} != {row.value for row in chosen}:
            outranked.append(period)
    if kind.newest:
        outranked = [period for period in outranked if kept and period == kept[-1].period]
    return replace(line, rows=tuple(kept), other_length=other, outranked=tuple(outranked))


def _one_length(line: Chosen) -> tuple[tuple[Observation, ...], tuple[Period, ...]]:
    """Keep the commonest length of period: an amount of eleven months beside one of a year would mislead."""
    if line.series.measure not in ("flow", "rate") or not line.rows:
        return line.rows, ()
    lengths = [_length(row.period) for row in line.rows]
    counts = Counter(lengths)
    common = max(counts, key=lambda length: (counts[length], length))
    kept = tuple(row for row, length in zip(line.rows, lengths, strict=True) if length == common)
    return kept, tuple(row.period for row, length in zip(line.rows, lengths, strict=True) if length != common)


def _length(period: Period) -> tuple[int, str]:
    months = round(((period.end - period.start).days + 1) / 30.44)
    return months, "split-year" if period.kind == "split-year" else ""


def _newest(line: Chosen) -> Chosen:
    """Keep the newest row, and of what is left out only what is newer: a note on other years has no mark."""
    last = line.rows[-1]
    newer = [tuple(period for period in kind if period.start > last.period.end)
             for kind in (line.missing, line.other_length)]  # fmt: skip
    return replace(line, rows=(last,), missing=newer[0], other_length=newer[1])


def _missing(line: Chosen, window: tuple[Period | None, Period | None], kind: Kind) -> tuple[Period, ...]:
    """Return the periods without a value: rows that say so, and those in which a joined line has no row."""
    valued = {row.period for row in line.rows} | set(line.other_length)
    bases = {kept.basis for kept in line.rows}
    rows = {
        row.period
        for row in line.series.observations
        if row.value is None and row.basis in bases and _inside(row.period, window)
    }
    if kind.joined:
        # A row of the period with no value, or of another length in it, says more than the gap itself.
        said = [*rows, *line.other_length]
        pairs = pairwise(row.period for row in line.rows)
        empty = (period for pair in pairs if gap(*pair, line.series.measure) for period in between(*pair))
        rows |= {period for period in empty if not any(map(period.meets, said))}
    return tuple(sorted((period for period in rows if period not in valued), key=lambda period: period.start))


def gap(before: Period, after: Period, measure: Measure) -> bool:
    """Return whether a period lies unobserved between two: the next begins more than a day after the last."""
    if measure == "stock":
        return before.kind == after.kind == "year" and after.start.year - before.start.year > 1
    return (after.start - before.end).days > 1


def between(before: Period, after: Period) -> tuple[Period, ...]:
    """Return the periods of the same kind that lie between two, or the days between them as one interval."""
    months = {"year": 12, "split-year": 12, "half": 6, "quarter": 3, "month": 1}.get(before.kind, 0)
    first, last = before.end + timedelta(days=1), after.start - timedelta(days=1)
    if not months or before.kind != after.kind:
        text = f"{first}/{last}" if first < last else str(first)
        return (parse_period(text),)
    found = []
    while first <= last:
        period = parse_period(_written(before.kind, first.year, first.month))
        found.append(period)
        first = period.end + timedelta(days=1)
    return tuple(found)


def _written(kind: str, year: int, month: int) -> str:
    """Return the period of a kind that begins in this month, as it is written."""
    return {
        "year": f"{year:04}", "half": f"{year:04}-H{month // 6 + 1}", "quarter": f"{year:04}-Q{month // 3 + 1}",
        "month": f"{year:04}-{month:02}", "split-year": f"{year:04}/{(year + 1) % 100:02}",
    }[kind]  # fmt: skip
