"""Derived facts: every formula over facts computed, in the order in which they depend on each other.

Place in the pipeline: base of step 2 Check; `evidence` offers it. In: facts as read; out: the same facts with
the values of their formulas, and a finding for each that cannot be computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from .formula import FormulaError, UnknownIdError, Valued, check_unit, evaluate, references
from .model import SCALES, Fact, Finding
from .reading import Findings, did_you_mean

_POINTS = {"more than": Decimal(2), "at least": Decimal(2), "up to": Decimal("0.5"), "almost": Decimal("0.5")}
"""Which way the true value lies from a qualified one; both ways with "about"."""


def derive(facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], tuple[Finding, ...]]:
    """Return the facts with every formula computed, in their order, and what could not be computed.

    A fact whose formula fails keeps the value it came with; what depends on it is not reported again.
    """
    facts = tuple(facts)
    findings = Findings()
    known = {fact.id: fact for fact in facts}
    done: dict[str, Fact | None] = {fact.id: fact for fact in facts if not fact.formula}
    waiting = {fact.id: _ingredients(fact, known, done, findings) for fact in facts if fact.formula}
    waiting = {id_: needed for id_, needed in waiting.items() if id_ not in done}
    while waiting:
        ready = [id_ for id_, needed in waiting.items() if all(each in done for each in needed)]
        if not ready:
            _report_circle(waiting, known, findings)
            break
        for id_ in ready:
            done[id_] = _computed(known[id_], waiting.pop(id_), done, findings)
    return tuple(done.get(fact.id) or fact for fact in facts), tuple(findings)


def _ingredients(
    fact: Fact, known: Mapping[str, Fact], done: dict[str, Fact | None], findings: Findings
) -> tuple[str, ...]:
    """Return the ids a formula uses; where it cannot be read, the fact is done, with None."""
    try:
        needed = references(fact.formula)
        for id_ in needed:
            if id_ not in known:
                raise UnknownIdError(f"no fact '{id_}'", expected="a fact of this topic", cure=did_you_mean(id_, known))
    except FormulaError as error:
        _refuse_formula(fact, error, findings)
        done[fact.id] = None
        return ()
    return needed


def _computed(
    fact: Fact, needed: Iterable[str], done: Mapping[str, Fact | None], findings: Findings
) -> Fact | None:
    found = [done[id_] for id_ in needed]
    operands = [each for each in found if each is not None]
    if len(operands) < len(found):
        return None
    try:
        values = {each.id: Valued.of(_amount(each), each.unit) for each in operands}
        result = evaluate(fact.formula, values)
        check_unit(result, fact.unit)
    except FormulaError as error:
        _refuse_formula(fact, error, findings)
        return None
    _warn_set_aside(fact, operands, findings)
    _warn_unqualified(fact, operands, findings)
    return replace(fact, value=_in_scale(result.amount, fact.scale))


def _amount(fact: Fact) -> Decimal:
    if fact.amount is None:
        raise FormulaError(f"'{fact.id}' is a {fact.unit}", expected="a number", cure="Use a fact that is a number.")
    return fact.amount


def _warn_set_aside(fact: Fact, operands: Iterable[Fact], findings: Findings) -> None:
    aside = [each.id for each in operands if each.rank == "deprecated"]
    if aside and fact.rank != "deprecated":
        findings.add(
            fact.place,
            "evidence.formula-deprecated",
            f"the formula of '{fact.id}' uses {', '.join(aside)}, set aside as deprecated",
            expected="facts that may be printed",
            cure="Use another fact, or set this one to deprecated too.",
            severity="warning",
        )


def _warn_unqualified(fact: Fact, operands: Iterable[Fact], findings: Findings) -> None:
    """Warn where a figure is said plainly that rests on one that is not; what the author wrote is respected."""
    operands = tuple(operands)
    qualified = [each for each in operands if each.qualifier]
    if not qualified or fact.qualifier:
        return
    names = ", ".join(f"{each.id} ({each.qualifier})" for each in qualified)
    findings.add(
        fact.place,
        "evidence.formula-qualifier",
        f"'{fact.id}' has no qualifier, but its formula uses {names}",
        expected=f"'{_inherited(fact, operands)}' in the column 'qualifier'",
        cure="Write it; another qualifier is respected.",
        severity="warning",
    )


def _inherited(fact: Fact, operands: tuple[Fact, ...]) -> str:
    """Return the qualifier that follows: each input is moved the way its own one points, and the result watched."""
    values = {each.id: Valued.of(_amount(each), each.unit) for each in operands}
    ways = set()
    for each in operands:
        factor = _POINTS.get(each.qualifier)
        if factor is None:
            ways |= {"about"} if each.qualifier else set()
            continue
        try:
            moved = values | {each.id: Valued.of(_amount(each) * factor, each.unit)}
            change = evaluate(fact.formula, moved).amount - evaluate(fact.formula, values).amount
        except FormulaError:
            return "about"
        ways.add("at least" if change > 0 else "up to" if change < 0 else "about")
    return ways.pop() if len(ways) == 1 else "about"


def _refuse_formula(fact: Fact, error: FormulaError, findings: Findings) -> None:
    findings.add(
        fact.place,
        "evidence.formula",
        f"formula of '{fact.id}': {error.found}",
        expected=error.expected,
        cure=error.cure,
    )


def _report_circle(waiting: Mapping[str, tuple[str, ...]], known: Mapping[str, Fact], findings: Findings) -> None:
    circle = [next(iter(waiting))]
    while (following := next(id_ for id_ in waiting[circle[-1]] if id_ in waiting)) not in circle:
        circle.append(following)
    circle = [*circle[circle.index(following) :], following]
    findings.add(
        known[circle[0]].place,
        "evidence.formula-circle",
        f"the formulas go in a circle: {' -> '.join(circle)}",
        expected="formulas that end at facts with values",
        cure="Give one of them a value and a source.",
    )


def _in_scale(amount: Decimal, scale: str) -> Decimal:
    """Return 3820000000 in billions as 3.82: zeros that only the scale's change would bring are not digits."""
    if not scale:
        return amount
    value = amount.scaleb(-SCALES[scale]).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value
