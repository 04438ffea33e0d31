"""Whether an answer may replace what is stored: what it must be, and what somebody must look at first.

Place in the pipeline: base of `refresh`, between reading an answer and writing anything. In: the series as stored, the
answer, what it changes; out: findings. An error is a fault of the answer and refuses it; a warning is a doubt, which
holds the answer back until somebody accepts it (`briefing refresh SERIES --accept`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from .comparison import Change, Difference, owned
from .connectors.base import Connection, Reading
from .model import Finding, Observation, Series
from .reading import Findings

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_ENOUGH = 5
"""Values that must have moved alike before a common factor says something."""
_ALIKE = Decimal("0.001")
_FAR = Decimal("0.25")
"""Half of the values revised by more than this is another series, or another base."""
_POWERS = tuple(Decimal(10) ** power for power in (1, 2, 3, 6, 9))
_CLOSE = Decimal("0.35")
"""How near to a power of ten the ratio of two neighbouring values must be, as a part of it."""
_CALM = Decimal("2.5")
"""Values that never moved by more than this factor from one to the next do not grow tenfold."""


def examine(
    series: Series, connection: Connection, reading: Reading, difference: Difference, today: date
) -> tuple[Finding, ...]:
    """Return every fault and doubt of an answer."""
    findings = _Told(connection)
    rows = [row for row in reading.observations if row.value is not None]
    if not rows:
        hint = "Check the parameters, and what the publisher shows on its own pages."
        findings.fault("empty", f"no value in {_counted(len(reading.observations), 'row')}", "at least one value", hint)
        return tuple(findings)
    _check_twice(rows, findings)
    _check_kinds(rows, series, connection, findings)
    _check_unit(series, reading, findings)
    _check_age(rows, series, connection, reading, today, findings)
    if not findings.errors:
        _doubt_changes(series, connection, difference, today, findings)
    return tuple(findings)


class _Told(Findings):
    """Findings about one series' connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._place = connection.place

    def fault(self, rule: str, found: str, expected: str, cure: str) -> None:
        """Collect a reason to refuse the answer."""
        self.add(self._place, f"refresh.{rule}", found, expected=expected, cure=cure)

    def doubt(self, rule: str, found: str, expected: str, cure: str) -> None:
        """Collect a reason to hold the answer back."""
        cure = f"{cure} If it is right: briefing refresh {_name(self._place.file)} --accept."
        self.add(self._place, f"refresh.{rule}", found, expected=expected, cure=cure, severity="warning")


def _name(file: str) -> str:
    """Return `topic/series` of a sidecar's file."""
    parts = file.removesuffix(".toml").split("/")
    return f"{parts[1]}/{parts[-1]}" if len(parts) > 2 else file


# --- faults -----------------------------------------------------------------------------------------------


def _check_twice(rows: Iterable[Observation], findings: _Told) -> None:
    values: dict[str, list[str]] = {}
    for row in rows:
        values.setdefault(row.period.text, []).append(f"{row.value:f}")
    twice = [f"{period}: {' and '.join(told)}" for period, told in values.items() if len(told) > 1]
    if twice:
        found = f"{_counted(len(twice), 'period')} with more than one value ({'; '.join(twice[:3])})"
        findings.fault("period-twice", found, "one value a period", "Narrow the parameters to one series.")


def _check_kinds(rows: Sequence[Observation], series: Series, connection: Connection, findings: _Told) -> None:
    stored = [row.period.kind for row in owned(series, connection)]
    expected = connection.kinds or tuple(dict.fromkeys(stored)) or (rows[0].period.kind,)
    strange = sorted({row.period.kind for row in rows} - set(expected))
    if strange:
        cure = "Correct the parameters, or `periods` in [connector]."
        findings.fault("period-kind", f"periods of kind {', '.join(strange)}", " or ".join(expected), cure)


def _check_unit(series: Series, reading: Reading, findings: _Told) -> None:
    """Refuse another currency; what else a publisher calls its units is its own affair, until it changes."""
    currencies = [unit for unit in (reading.unit, series.unit) if _CURRENCY.match(unit)]
    if len(set(currencies)) > 1:
        cure = "Ask for the series in that currency, or correct `unit` of the series."
        findings.fault("unit", f"the publisher counts in {reading.unit}", series.unit, cure)


def _check_age(
    rows: Iterable[Observation], series: Series, connection: Connection, reading: Reading, today: date, findings: _Told
) -> None:
    before = max((origin.updated for origin in series.origins), default="")
    if reading.updated and reading.updated < before:
        found = f"the answer is of {reading.updated}, what is stored is of {before}"
        findings.fault("stale", found, "an answer that is not older", "It may be an old copy; try again later.")
    newest = max(row.period.end for row in rows)
    months = (today.year - newest.year) * 12 + today.month - newest.month
    if connection.max_age is not None and months > connection.max_age:
        found = f"the newest period ended {newest}, {months} months ago"
        expected = f"at most {connection.max_age} months (max_age)"
        findings.fault("stale", found, expected, "Look at what the publisher shows, or raise max_age.")


# --- doubts -----------------------------------------------------------------------------------------------


def _doubt_changes(
    series: Series, connection: Connection, difference: Difference, today: date, findings: _Told
) -> None:
    _doubt_vanished(difference.of("vanished"), findings)
    for what, old, new in difference.said:
        if what != "source":
            cure = "Read what the publisher changed; notes and labels may have to say so."
            findings.doubt("base", f"the {what} was '{old}', now '{new}'", f"the same {what}", cure)
    _doubt_factor(difference.of("revised"), len(owned(series, connection)), findings)
    _doubt_jump(series, connection, difference.of("new"), findings)
    coming = [change.period.text for change in difference.of("new") if change.period.start > today]
    if coming:
        cure = "Forecasts belong to a basis of their own; set `until` to leave them out."
        findings.doubt("future", f"periods to come: {', '.join(coming[:5])}", f"periods begun by {today}", cure)


def _doubt_vanished(gone: tuple[Change, ...], findings: _Told) -> None:
    if gone:
        shown = ", ".join(change.period.text for change in gone[:5]) + (" …" if len(gone) > 5 else "")
        cure = "Look at what the publisher shows; `since` and `until` say what is asked for."
        findings.doubt("vanished", f"{_counted(len(gone), 'stored period')} gone: {shown}", "every stored period", cure)


def _doubt_factor(revised: tuple[Change, ...], stored: int, findings: _Told) -> None:
    """Doubt values that moved by a power of ten, all by one factor, or half of them by much."""
    ratios = [(change, change.new / change.old) for change in revised if change.old and change.new]
    tens = [change for change, ratio in ratios if _power(ratio, Decimal("0.05"))]
    if tens:
        change = tens[0]
        moved = f"{change.period}: {change.old:f} -> {change.new:f}"
        found = f"{_counted(len(tens), 'value')} moved by a power of ten, {moved}"
        findings.doubt("power-of-ten", found, "values of the same scale", "Check unit and `scale`.")
        return
    factors = sorted(ratio for _, ratio in ratios)
    if len(factors) >= _ENOUGH and factors[-1] - factors[0] <= _ALIKE * abs(factors[0]) and 2 * len(factors) > stored:
        found = f"all {len(factors)} revised values moved by the factor {factors[0]:.4f}"
        findings.doubt("base", found, "the same base", "The base year or the unit seems to be another one.")
    elif len(factors) >= _ENOUGH and 2 * sum(abs(ratio - 1) > _FAR for ratio in factors) > stored:
        found = f"{len(factors)} of {stored} values revised, most of them by more than {_FAR:.0%}"
        findings.doubt("history", found, "the series that is stored", "It may be another series; check the parameters.")


def _doubt_jump(series: Series, connection: Connection, new: tuple[Change, ...], findings: _Told) -> None:
    """Doubt a new value that is about ten, a hundred or a thousand times its neighbour, in a series that is calm."""
    rows = [row for row in owned(series, connection) if row.value and row.period.dated]
    rows.sort(key=lambda row: row.period.end)
    steps = [abs(after.value / before.value) for before, after in pairwise(rows) if before.value and after.value]
    if len(steps) < _ENOUGH or max(steps) > _CALM or min(steps) < 1 / _CALM:
        return
    for change in new:
        before = [row for row in rows if row.period.end < change.period.start]
        if before and before[-1].value and change.new and _power(change.new / before[-1].value, _CLOSE):
            found = f"{change.period} is {change.new:f}, {before[-1].period} was {before[-1].value:f}"
            findings.doubt("power-of-ten", found, "a value of the same scale", "Check unit and `scale`.")
            return


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _power(ratio: Decimal, within: Decimal) -> bool:
    size = abs(ratio)
    return any(abs(each / power - 1) <= within for power in _POWERS for each in _both(size))


def _both(size: Decimal) -> Iterator[Decimal]:
    yield size
    if size:
        yield 1 / size
