"""Magnitudes: a figure far off its series, or off by a power of ten.

Place in the pipeline: base of step 2 Check; `plausibility` asks. In: the figures of a ledger; out: a `Question` for
each that its neighbours in time do not bear out, with both ratios.

A line is the figures of one metric, entity, unit and basis that follow each other in time. Each is held to what its
neighbours suggest (between two, the straight line on a logarithmic scale; at an end, the last value), and the
distance to what the rest of the line does from one period to the next: a wild line is asked nothing. The worst is
taken out before the others are looked at again, so that a wrong figure does not accuse its neighbours. Thresholds
were set on 3,700 honest series (national accounts, panels of states and firms, made-up ones): about 2 questions in
1,000 figures, and 95 of 100 figures found that were multiplied by ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from math import log10, sqrt
from statistics import median

from .agreement import is_count
from .figures import Figure, Ledger, counted, ratio
from .periods import Period
from .questions import Question

_REACH = 3.0
"""Years within which a neighbour speaks for a figure; farther where the whole line is sparser."""
_FAR_REACH = 10.0
"""The same for a figure off by a thousand and more, which no ordinary growth brings about."""
_TEN = 0.7
"""Decimal logarithm of the distance (five times) from which a power of ten is thought of."""
_FEW = 7
"""Figures of a line without which it has no manner of its own to be far off from."""
_TYPICAL, _HIGH = 8.0, 2.5
"""How many times the line's median distance, and its large ones, a figure must be off."""
_BETWEEN, _AT_END = 0.08, 0.15
"""The least distance asked about between two neighbours (a fifth more) and at an end (two fifths)."""
_ODDS = 0.87
"""Two standard deviations of a count of one (Poisson), as a decimal logarithm."""
_NO_LINE = 0.1
"""Distance a year where there is no line to learn it from: a quarter more or less."""


@dataclass(frozen=True, slots=True)
class _Point:
    when: float
    size: float
    """The decimal logarithm of the amount."""
    figure: Figure


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A figure in doubt: how far it is off (logarithm), and the power of ten that would mend it (0: none).

    `left` is the distance between those beside it: what would be left to doubt if the figure were taken out.
    """

    point: _Point
    neighbours: tuple[_Point, ...]
    off: float
    power: int
    left: float = 0.0


def far_off(ledger: Ledger) -> Iterator[Question]:
    """Yield a question for each figure that its line does not bear out."""
    lonely: dict[tuple[object, ...], list[_Point]] = {}
    pools: dict[tuple[object, ...], list[_Point]] = {}
    for key, line in _lines(ledger).items():
        pools.setdefault(key[:-1], []).extend(line)
        if len(line) > 1:
            for doubt in _doubts(line):
                yield _question(doubt)
        else:
            lonely.setdefault(key[:-1], []).extend(line)
    for key, points in lonely.items():
        for doubt in _strangers(points, pools[key]):
            yield _question(doubt)


def _lines(ledger: Ledger) -> dict[tuple[object, ...], list[_Point]]:
    """Return the lines by metric, entity, unit, kind of period and, last, basis; those that reach zero are left out."""
    lines: dict[tuple[object, ...], list[_Point]] = {}
    barred = set()
    for figure in ledger.figures:
        cadence = _cadence(figure.period, stock=figure.metric in ledger.stocks)
        if not cadence:
            continue
        key = (figure.metric, figure.entity, figure.unit, cadence, figure.basis)
        if figure.amount <= 0:
            barred.add(key[:3])
        else:
            lines.setdefault(key, []).append(_Point(figure.period.middle, log10(figure.amount), figure))
    return {
        key: sorted(line, key=lambda point: (point.when, point.size))
        for key, line in lines.items()
        if key[:3] not in barred
    }


def _cadence(period: Period, *, stock: bool) -> str:
    """Return what must be alike for two periods to stand in one line; "" for what stands in none."""
    if not period.dated:
        return ""
    if stock:
        return "" if period.kind == "interval" else "count"
    if period.kind == "interval":
        # January to August is compared with January to August.
        return f"{period.start:%m-%d}/{period.end:%m-%d}" if period.end.year - period.start.year <= 1 else ""
    return "year" if period.kind == "split-year" else period.kind


# --- one line -------------------------------------------------------------------------------------


def _doubts(line: Sequence[_Point]) -> list[_Doubt]:
    """Return the figures in doubt, the worst first; none where so many are that the line itself is wild."""
    line = _merged(line)
    most = max(1, len(line) // 4)
    gaps = [after.when - before.when for before, after in pairwise(line)]
    reach = max(_REACH, 1.5 * median(gaps)) if len(line) >= 5 else _REACH
    found: list[_Doubt] = []
    while len(line) > 1:
        asked = dict(_asked(line, reach))
        worst = [doubt for place, doubt in asked.items() if _is_worst(place, asked)]
        if not worst:
            break
        found += worst
        gone = {id(doubt.point) for doubt in worst}
        line = [point for point in line if id(point) not in gone]
    return sorted(found, key=_badness, reverse=True) if len(found) <= most else []


def _is_worst(place: int, asked: Mapping[int, _Doubt]) -> bool:
    """Return whether a doubt is worse than those of the figures beside it, which it may have caused."""
    beside = [asked[other] for other in range(place - 2, place + 3) if other in asked and other != place]
    return all(_badness(asked[place]) > _badness(other) for other in beside)


def _badness(doubt: _Doubt) -> tuple[float, float, float]:
    # Of figures that accuse each other, the one without which the others agree; of two alone, the newer.
    return -round(doubt.left, 6), round(abs(doubt.off), 6), doubt.point.when


def _merged(line: Sequence[_Point]) -> list[_Point]:
    """Return one point a period: where several are stated, that in the middle (their conflict is told elsewhere)."""
    periods: dict[float, list[_Point]] = {}
    for point in line:
        periods.setdefault(point.when, []).append(point)
    return [group[(len(group) - 1) // 2] for group in periods.values()]


def _asked(line: list[_Point], reach: float) -> Iterator[tuple[int, _Doubt]]:
    """Yield what is in doubt as the line stands, with its place in it."""
    steps = _Distances.of(
        abs(after.size - before.size) / max(1.0, after.when - before.when) for before, after in pairwise(line)
    )
    bends = _Distances.of(
        abs(point.size - _expected(point, (before, after)))
        for before, point, after in zip(line, line[1:], line[2:], strict=False)
    )
    for place, point in enumerate(line):
        beside = (*line[max(0, place - 1) : place], *line[place + 1 : place + 2])
        # One far away says nothing beside one that is near.
        near = tuple(each for each in beside if abs(each.when - point.when) <= reach)
        neighbours = near or beside
        # What a figure has a part in says nothing about it.
        own_steps, own_bends = steps.without(place - 1, place), bends.without(place - 2, place - 1, place)
        doubt = _held(point, neighbours, own_steps, own_bends if len(neighbours) > 1 else own_steps, reach)
        if doubt is not None:
            yield place, replace(doubt, left=_left(line, place, neighbours))


def _left(line: Sequence[_Point], place: int, neighbours: Sequence[_Point]) -> float:
    if len(neighbours) > 1:
        return abs(neighbours[0].size - neighbours[1].size)
    beside = place + 1 if neighbours[0] in line[place + 1 : place + 2] else place - 1
    beyond = 2 * beside - place
    return abs(line[beyond].size - neighbours[0].size) if 0 <= beyond < len(line) else 0.0


@dataclass(frozen=True, slots=True)
class _Distances:
    """Distances along a line, sorted; `ranks` by their place on it; `left` of them are to be left out."""

    sizes: tuple[float, ...]
    ranks: tuple[int, ...]
    left: tuple[int, ...] = ()

    @classmethod
    def of(cls, distances: Iterable[float]) -> _Distances:
        rows = sorted((distance, place) for place, distance in enumerate(distances))
        ranks = [0] * len(rows)
        for rank, (_, place) in enumerate(rows):
            ranks[place] = rank
        return cls(tuple(distance for distance, _ in rows), tuple(ranks))

    def without(self, *places: int) -> _Distances:
        """Return the distances without those at some places of the line."""
        left = sorted(self.ranks[place] for place in places if 0 <= place < len(self.ranks))
        return replace(self, left=tuple(left))

    def __len__(self) -> int:
        return len(self.sizes) - len(self.left)

    def at(self, rank: int) -> float:
        """Return the distance of a rank among those that are not left out."""
        for gone in self.left:
            rank += gone <= rank
        return self.sizes[rank]

    @property
    def typical(self) -> float:
        """The one in the middle."""
        return self.at(len(self) // 2)

    @property
    def large(self) -> float:
        """One that is large for the line; the very largest may be an error of its own."""
        if len(self) < 5:
            return self.at(len(self) - 1) if len(self) else _NO_LINE
        return self.at(min(len(self) - 2, len(self) * 9 // 10))


def _expected(point: _Point, neighbours: Sequence[_Point]) -> float:
    if len(neighbours) == 1:
        return neighbours[0].size
    before, after = neighbours
    share = (point.when - before.when) / (after.when - before.when)
    return before.size + (after.size - before.size) * share


def _held(
    point: _Point, neighbours: Sequence[_Point], steps: _Distances, alike: _Distances, reach: float
) -> _Doubt | None:
    """Return the doubt that neighbours cast on a figure; None where it fits, or they are too far away to say.

    `steps` say how fast the line goes, `alike` how far its figures are from such neighbours.
    """
    gap = min(abs(point.when - each.when) for each in neighbours)
    off = point.size - _expected(point, neighbours)
    power = _power(off, gap, steps.large, reach)
    span = 1.0 if len(neighbours) > 1 else max(1.0, gap)
    least = _BETWEEN if len(neighbours) > 1 else _AT_END
    beyond = abs(off) - _chance(point.figure)
    has_manner = len(steps.sizes) + 1 >= _FEW and len(alike) > 0 and gap <= reach
    if power or (has_manner and beyond > max(least, _TYPICAL * alike.typical, _HIGH * alike.large * span)):
        return _Doubt(point, tuple(neighbours), off, power)
    return None


def _chance(figure: Figure) -> float:
    """Return how far a small count may be off by chance alone: 8 enterprises may as well have been 4 or 16."""
    return _ODDS / sqrt(figure.amount) if is_count(figure.unit) and figure.amount < 1000 else 0.0


def _power(off: float, gap: float, step: float, reach: float) -> int:
    """Return the power of ten by which a figure seems to be off; 0 where the line itself goes in such steps."""
    power = round(off)
    if not power or abs(off) < _TEN or gap > (_FAR_REACH if abs(power) >= 3 else reach):
        return 0
    fits = abs(off - power) <= min(0.35, 0.2 + step * gap)
    return power if fits and 2.5 * step * max(1.0, gap) < abs(off) else 0


# --- figures alone on their basis -----------------------------------------------------------------


def _strangers(points: Iterable[_Point], pool: Sequence[_Point]) -> Iterator[_Doubt]:
    """Yield the figures, each alone on its basis, that are a power of ten off those of other bases nearest in time."""
    for point in points:
        others = [each for each in pool if each is not point and abs(each.when - point.when) <= _REACH]
        before = max((each for each in others if each.when <= point.when), key=lambda each: each.when, default=None)
        after = min((each for each in others if each.when > point.when), key=lambda each: each.when, default=None)
        neighbours = [each for each in (before, after) if each is not None]
        if neighbours:
            off = point.size - _expected(point, neighbours)
            # Bases differ for good reasons, so only a clear power of ten counts.
            power = _power(off, 0.5, _NO_LINE, _REACH)
            if power:
                yield _Doubt(point, tuple(neighbours), off, power)


# --- words ----------------------------------------------------------------------------------------


def _question(doubt: _Doubt) -> Question:
    figure = doubt.point.figure
    others = [each.figure for each in doubt.neighbours]
    quotients = [f"{ratio(figure.amount / each.amount)} times {named(each, figure)}" for each in others]
    found = f"'{figure.name}': {figure.said} is {' and '.join(quotients)}"
    rows: tuple[Figure, ...] = (figure,)
    expected = "a figure in line with its neighbours"
    if doubt.power:
        mended = figure.amount / Decimal(10) ** doubt.power
        would = " and ".join(f"{ratio(mended / each.amount)} times" for each in others)
        found += f"; {counted(mended, figure.unit)} would be {would}"
        # Where there is one witness only, it may be the one that is wrong.
        rows = (figure, *others) if len(others) == 1 else rows
        what = "it" if len(others) > 1 else "one of the two"
        expected += f"; {what} may be off by {Decimal(10) ** abs(doubt.power):,f}"
    return Question("magnitude", rows, found, expected)


def named(other: Figure, figure: Figure) -> str:
    """Return a witness as a message names it, with its basis where that is another."""
    basis = f", basis {other.basis}" if other.basis and other.basis != figure.basis else ""
    return f"{other.said} ('{other.name}' at {other.place}{basis})"
