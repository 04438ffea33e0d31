"""Parts and wholes: a part larger than what it is a part of, and figures that another metric's formula gives.

Place in the pipeline: base of step 2 Check; `plausibility` asks. In: a ledger of figures and what the vocabulary says
of the metrics; out: a `Question` for each part of a year above the year, each part of a metric above the metric
(`part_of`), and each stated value that its metric's `formula` does not give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product

from .figures import RATES, Figure, Ledger, counted, readable
from .formula import FormulaError, UndefinedError, Valued, check_unit, evaluate, ingredients
from .magnitude import named
from .model import Metric, Vocabulary
from .questions import Question

_MOST = 16
"""Combinations of bases that a formula is computed on."""
_FIVE = Decimal(5)


def too_large(ledger: Ledger, vocabulary: Vocabulary) -> Iterator[Question]:
    """Yield a question for each part above its whole: in time, and where the vocabulary says `part_of`."""
    metrics = {metric.id: metric for metric in vocabulary.metrics}
    years: dict[tuple[object, ...], list[Figure]] = {}
    for figure in ledger.figures:
        if figure.period.kind == "year":
            years.setdefault((figure.metric, figure.entity, figure.period.start.year), []).append(figure)
    for figure in ledger.figures:
        if not figure.period.dated or figure.unit in RATES:
            continue
        if _adds_up(figure, ledger):
            wholes = years.get((figure.metric, figure.entity, figure.period.start.year), [])
            yield from _above(figure, wholes, "a part of the period below the whole")
        whole = metrics[figure.metric].part_of if figure.metric in metrics else ""
        if whole:
            wholes = ledger.at(whole, figure.entity, figure.period.start, figure.period.end)
            yield from _above(figure, wholes, f"a part of '{whole}' below the whole")


def _adds_up(figure: Figure, ledger: Ledger) -> bool:
    """Return whether a figure is for a part of one year and adds up to the year's."""
    period = figure.period
    if period.kind == "year" or period.start.year != period.end.year:
        return False
    return figure.metric in ledger.flows or (figure.metric not in ledger.stocks and period.kind == "interval")


def _above(part: Figure, wholes: Iterable[Figure], expected: str) -> Iterator[Question]:
    for whole in wholes:
        alike = whole.unit == part.unit and (whole.basis == part.basis or not (whole.basis and part.basis))
        if alike and part.amount > whole.amount > 0:
            yield _larger(part, whole, expected)


def _larger(part: Figure, whole: Figure, expected: str) -> Question:
    found = f"'{part.name}': {part.said} exceeds {named(whole, part)}, of which it is a part"
    return Question("whole", (part, whole), found, expected)


# --- formulas -------------------------------------------------------------------------------------


def unlike_formula(ledger: Ledger, vocabulary: Vocabulary) -> Iterator[Question]:
    """Yield a question for each stated value that its metric's formula does not give, whatever levels are taken."""
    metrics = {metric.id: (metric, ingredients(metric.formula)) for metric in vocabulary.metrics if metric.formula}
    wrong: dict[str, Question] = {}
    for figure in ledger.figures:
        metric, needed = metrics.get(figure.metric, (None, ()))
        if metric is None or not needed or metric.id in wrong:
            continue
        try:
            question = _held(figure, metric, needed, ledger)
        except FormulaError as error:
            found = f"'{figure.name}': the formula of '{metric.id}' cannot be computed: {error.found}"
            question = wrong[metric.id] = Question("formula", (figure,), found, error.expected)
        if question is not None:
            yield question


def _held(figure: Figure, metric: Metric, needed: tuple[str, ...], ledger: Ledger) -> Question | None:
    start, end = figure.period.start, figure.period.end
    levels = [_on_basis(figure, ledger.at(id_, figure.entity, start, end)) for id_ in needed]
    if not figure.period.dated or not all(levels):
        return None
    found = []
    for chosen in list(product(*levels))[:_MOST]:
        if len({level.basis for level in chosen if level.basis}) > 1:
            continue
        computed = _computed(metric.formula, dict(zip(needed, chosen, strict=True)), figure.unit)
        if computed is None or _near(figure, *computed, metric.tolerance):
            return None
        found.append((chosen, computed[0]))
    return _unlike(figure, metric, *found[0]) if found else None


def _on_basis(figure: Figure, levels: Iterable[Figure]) -> list[Figure]:
    levels = list(levels)
    own = [level for level in levels if level.basis == figure.basis]
    return own or [level for level in levels if not (level.basis and figure.basis)]


def _computed(formula: str, levels: Mapping[str, Figure], unit: str) -> tuple[Decimal, Decimal] | None:
    """Return what a formula gives and how far that may be off by the digits of its inputs; None without a result."""
    try:
        amount = _value(formula, levels, unit)
        spread = Decimal(0)
        for id_, level in levels.items():
            moved = {**levels, id_: replace(level, amount=level.bounds[1])}
            spread += abs(_value(formula, moved, unit) - amount)
    except UndefinedError:
        return None
    return amount, spread


def _value(formula: str, levels: Mapping[str, Figure], unit: str) -> Decimal:
    value = evaluate(formula, {id_: Valued.of(level.amount, level.unit) for id_, level in levels.items()})
    check_unit(value, unit)
    return value.amount


def _near(figure: Figure, amount: Decimal, spread: Decimal, tolerance: Decimal) -> bool:
    low, high = figure.bounds
    slack = max(spread, tolerance * max(abs(amount), abs(figure.amount)))
    return low - slack <= amount <= high + slack


def _unlike(figure: Figure, metric: Metric, levels: tuple[Figure, ...], amount: Decimal) -> Question:
    shown = ", ".join(named(level, figure) for level in levels)
    gives = counted(readable(amount, 4), figure.unit)
    found = f"'{figure.name}': {figure.said}, but {metric.formula} gives {gives} from {shown}"
    power = _power_between(figure.amount, amount)
    if power:
        found += f"; {counted(figure.amount.scaleb(-power), figure.unit)} would be near it"
    return Question("formula", (figure, *levels), found, f"what the formula of '{metric.id}' gives")


def _power_between(stated: Decimal, computed: Decimal) -> int:
    """Return the power of ten between two amounts that have the same digits but for a twentieth; 0 for none."""
    if stated <= 0 or computed <= 0:
        return 0
    power = (stated / computed * _FIVE / 3).adjusted()
    near = abs(stated.scaleb(-power) - computed) * 20 <= computed
    return power if power and near else 0

