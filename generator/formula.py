"""Formulas of derived facts and series: arithmetic over ids in braces, and nothing else.

Place in the pipeline: base; `evidence` recomputes facts with it, `series` computes derived series.
What comes in: `round({trade.2022} / {trade.1992}, 1)` and the values of the ids. What goes out: a `Valued`.
Allowed are numbers, + - * /, parentheses, `round(x, n)` and, over series, `previous({id})`. The text is parsed
by Python's own grammar (https://docs.python.org/3/library/ast.html) and walked over an allow-list; it is never
evaluated. Arithmetic is decimal, 28 digits, halves away from zero
(https://speleotrove.com/decimal/decarith.html).

Units are carried as exponents. Dollars by dollars is a pure number; adding unlike units is refused. A percentage
is no pure number: a ratio becomes one by the written factor (`({a} / {b} - 1) * 100`), and a percentage becomes
a ratio by the written `/ 100`. "Percentage point" counts as percent, "times" as a pure number.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import cast

from .periods import Period

CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])
LONGEST = 500
"""Characters of a formula; a longer one is refused before it is parsed."""
_REFERENCE = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\Z")
_OUTSIDE = re.compile(r"(?:\d+(?:\.\d+)?|round|previous|[-+*/(),\s])*\Z", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?\Z", re.ASCII)
_ALLOWED = "numbers, + - * /, parentheses, round and ids"
_PURE = ("", "times")
_PERCENT = ("percent", "percentage point")
_SIGNS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1), ast.Sub: ("\u2212", 1), ast.Mult: ("\u00d7", 2), ast.Div: ("\u00f7", 2),
}  # fmt: skip
"""How a sign is printed, and how strongly it binds."""
Exponents = tuple[tuple[str, int], ...]


class FormulaError(ValueError):
    """A formula that cannot be computed: what was found, what was expected, and the cure."""

    def __init__(self, found: str, *, expected: str, cure: str) -> None:
        """Keep the three parts, for a `Finding`; the message is all of them."""
        super().__init__(f"{found}; expected {expected}. {cure}")
        self.found = found
        self.expected = expected
        self.cure = cure


class MalformedError(FormulaError):
    """Something that is no arithmetic."""


class UnknownIdError(FormulaError):
    """An id that nothing has, with the nearest one that there is."""


class UnitError(FormulaError):
    """Unlike units added, or a result in another unit than declared."""


class UndefinedError(FormulaError):
    """A division by zero, or a number too large."""


@dataclass(frozen=True, slots=True)
class Valued:
    """An amount and its unit as exponents: dollars a person is (("USD", 1), ("person", -1))."""

    amount: Decimal
    unit: Exponents = ()

    @classmethod
    def of(cls, amount: Decimal, unit: str) -> Valued:
        """Return an amount in the unit with an id; "times" and "" are pure numbers."""
        if unit in _PURE:
            return cls(amount)
        return cls(amount, (("percent" if unit in _PERCENT else unit, 1),))

    @property
    def unit_name(self) -> str:
        """The unit in words: `USD`, `USD / person`, `a pure number`."""
        over = [_power(name, power) for name, power in self.unit if power > 0]
        under = [_power(name, -power) for name, power in self.unit if power < 0]
        if not self.unit:
            return "a pure number"
        return " / ".join([" * ".join(over) or "1", *under])


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


Lookup = Callable[[str], "Valued | None"]


@dataclass(frozen=True, slots=True)
class _Parsed:
    tree: ast.expr
    names: Mapping[str, str]
    """Placeholder and the id it stands for."""
    code: str
    """What the tree was read from: one line of ASCII."""


def references(expression: str) -> tuple[str, ...]:
    """Return the ids that a formula uses, in order, each once; MalformedError where it is none."""
    return tuple(dict.fromkeys(_parse(expression).names.values()))


def ingredients(expression: str) -> tuple[str, ...]:
    """Return the ids that a formula uses, none where it is none: what is wrong with it is told where it is computed."""
    try:
        return references(expression) if expression else ()
    except FormulaError:
        return ()


def shown(expression: str, said: Mapping[str, str]) -> str:
    """Return a formula as a page prints it: signs of arithmetic, what each id stands for, without the rounding."""
    parsed = _parse(expression)
    return _Shown(parsed, said).of(parsed.tree, 0)


@dataclass(frozen=True, slots=True)
class _Shown:
    parsed: _Parsed
    said: Mapping[str, str]

    def of(self, node: ast.expr, binding: int) -> str:
        """Return a node in print; parentheses where what stands around it binds more strongly."""
        if isinstance(node, ast.Name):
            return self.said[self.parsed.names[node.id]]
        if isinstance(node, ast.Call):
            return self.of(node.args[0], binding)
        if isinstance(node, ast.UnaryOp):
            return ("\u2212" if isinstance(node.op, ast.USub) else "") + self.of(node.operand, 3)
        if isinstance(node, ast.BinOp):
            sign, strength = _SIGNS[type(node.op)]
            text = f"{self.of(node.left, strength)} {sign} {self.of(node.right, strength + 1)}"
            return f"({text})" if strength < binding else text
        return ast.get_source_segment(self.parsed.code, node) or ""


def lagged(expression: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids whose value of the period itself a formula uses, and those it asks `previous` for."""
    parsed = _parse(expression)
    before = [
        id(call.args[0])
        for call in ast.walk(parsed.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "previous" and call.args
    ]
    names = [node for node in ast.walk(parsed.tree) if isinstance(node, ast.Name) and node.id in parsed.names]
    now = dict.fromkeys(parsed.names[node.id] for node in names if id(node) not in before)
    return tuple(now), tuple(dict.fromkeys(parsed.names[node.id] for node in names if id(node) in before))


def evaluate(expression: str, values: Mapping[str, Valued]) -> Valued:
    """Return what a formula over facts comes to; FormulaError says what is wrong and the cure."""
    parsed = _parse(expression)
    _check_known(parsed.names.values(), values)
    # A fact's value is never missing, so neither is the result.
    return cast("Valued", _walk(parsed, values.__getitem__, None))


def evaluate_series(
    expression: str,
    series: Mapping[str, Sequence[tuple[Period, Decimal | None]]],
    *,
    units: Mapping[str, str] | None = None,
    breaks: Mapping[str, Collection[Period]] | None = None,
    result: str = "",
) -> tuple[tuple[Period, Decimal | None], ...]:
    """Return a formula's value at each period that any of its series has, by date.

    A missing operand makes the value None. `previous({id})` is the value of the period of the same kind that
    ends the day before; intervals have none, and neither has a period at which the series breaks (`breaks`, by id),
    for what stands before is not comparable. With `units` (by id) units are checked, and the result's too.
    """
    parsed = _parse(expression)
    _check_known(parsed.names.values(), series)
    tables = {id_: _by_date(id_, series[id_]) for id_ in dict.fromkeys(parsed.names.values())}
    periods = {(row.start, row.end, row.kind): row for id_ in tables for row, _ in series[id_] if row.dated}
    values = []
    for period in sorted(periods.values(), key=lambda row: (row.end, row.start)):
        computed = _at(parsed, period, _Data(tables, units, breaks or {}))
        if computed is not None and units is not None:
            check_unit(computed, result)
        values.append((period, computed.amount if computed else None))
    return tuple(values)


def check_unit(value: Valued, unit: str) -> None:
    """Raise UnitError where a result cannot be declared in `unit`.

    A pure number may be "times", "percent" (times 100 is the formula's business) or a count's share; a result
    "per" something (dollars a person) may be declared in its first unit, because the metric's label says per what.
    """
    if unit in _PERCENT and not value.unit:
        return
    expected = dict(Valued.of(value.amount, unit).unit)
    found = dict(value.unit)
    rest = {name: found.get(name, 0) - expected.get(name, 0) for name in {*found, *expected}}
    if not any(rest.values()) or (expected and found.keys() >= expected.keys() and max(rest.values()) <= 0):
        return
    raise UnitError(
        f"the formula gives {value.unit_name}",
        expected=unit or "a pure number",
        cure="Declare the unit that the formula gives, or correct the formula.",
    )


# --- parsing --------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _parse(expression: str) -> _Parsed:
    if len(expression) > LONGEST:
        raise MalformedError(
            f"a formula of {len(expression)} characters", expected=f"{LONGEST} at most", cure="Split it into facts."
        )
    names: dict[str, str] = {}

    def placeholder(match: re.Match[str]) -> str:
        name = f"_{len(names)}"
        names[name] = match[1].strip()
        # The blanks keep a number beside the brace from growing into the name.
        return f" {name} "

    bare = _REFERENCE.sub(" ", expression)
    code = _REFERENCE.sub(placeholder, expression)
    for id_ in names.values():
        if not _ID.match(id_):
            raise _malformed(f"'{{{id_}}}'", "an id in braces")
    if not _OUTSIDE.match(bare):
        rest = _OUTSIDE.pattern.removesuffix(r"\Z")
        at = re.match(rest, bare, re.ASCII)
        raise _malformed(f"'{bare[at.end() if at else 0 :].strip()[:30]}'", _ALLOWED)
    code = " ".join(code.split())
    return _Parsed(_tree(code, expression), names, code)


def _tree(code: str, expression: str) -> ast.expr:
    try:
        return ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "too deeply nested"
        raise _malformed(f"'{expression[:60]}' ({reason})", "arithmetic such as {a} / {b}") from error


def _malformed(found: str, expected: str) -> MalformedError:
    return MalformedError(found, expected=expected, cure="Correct the formula; docs/workspace.md shows one.")


def _check_known(ids: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for id_ in ids:
        if id_ not in known:
            near = difflib.get_close_matches(id_, known, n=1, cutoff=0.6)
            cure = f"Did you mean '{near[0]}'?" if near else "Correct the id."
            raise UnknownIdError(f"no '{id_}'", expected="an id that there is", cure=cure)


# --- walking --------------------------------------------------------------------------------------


def _walk(parsed: _Parsed, now: Lookup, before: Lookup | None) -> Valued | None:
    try:
        return _Walk(parsed, now, before).value(parsed.tree)
    except RecursionError as error:
        raise _malformed(f"'{parsed.code[:40]}…'", "fewer nested parentheses and signs") from error


@dataclass(frozen=True, slots=True)
class _Walk:
    parsed: _Parsed
    now: Lookup
    before: Lookup | None

    def value(self, node: ast.expr) -> Valued | None:
        """Return the value of a node of the allow-list; None where an operand is missing."""
        if isinstance(node, ast.Constant):
            return Valued(self._number(node))
        if isinstance(node, ast.Name) and node.id in self.parsed.names:
            return self.now(self.parsed.names[node.id])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
            value = self.value(node.operand)
            negative = isinstance(node.op, ast.USub)
            return Valued(value.amount.copy_negate(), value.unit) if value and negative else value
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left), self.value(node.right)
            return _operate(node, left, right) if left is not None and right is not None else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._call(node.func.id, node.args)
        raise _malformed(f"'{self._source(node)}'", _ALLOWED)

    def _source(self, node: ast.expr) -> str:
        return self.parsed.code[node.col_offset : node.end_col_offset][:40]

    def _number(self, node: ast.Constant) -> Decimal:
        text = self._source(node)
        if not _NUMBER.match(text):
            raise _malformed(f"'{text}'", "a number such as 100 or 1.5")
        return Decimal(text)

    def _call(self, name: str, args: list[ast.expr]) -> Valued | None:
        if name == "round" and len(args) in (1, 2):
            value, digits = self.value(args[0]), self._digits(args[1:])
            return Valued(_rounded(value.amount, digits), value.unit) if value else None
        if name == "previous" and len(args) == 1 and isinstance(args[0], ast.Name) and args[0].id in self.parsed.names:
            if self.before is None:
                raise _malformed("previous(…)", "a formula over series; facts have no period before")
            return self.before(self.parsed.names[args[0].id])
        raise _malformed(f"{name}(…)", "round(x, n) with n from -12 to 12, or previous({id})")

    def _digits(self, args: list[ast.expr]) -> int:
        if not args:
            return 0
        if not re.fullmatch(r"-?(?:\d|1[0-2])", self._source(args[0])):
            raise _malformed(f"round(x, {self._source(args[0])})", "a number of digits from -12 to 12")
        return int(self._source(args[0]))


def _rounded(amount: Decimal, digits: int) -> Decimal:
    """Round; with a negative number of digits to tens, hundreds, … (the result is written out: 3820000)."""
    rounded = _guarded(lambda: amount.quantize(Decimal(1).scaleb(-digits), context=CONTEXT), "rounding")
    return rounded.quantize(Decimal(1)) if digits < 0 else rounded


def _operate(node: ast.BinOp, left: Valued, right: Valued) -> Valued:
    if isinstance(node.op, ast.Add | ast.Sub):
        if left.unit != right.unit:
            percent = ("percent", 1) in (*left.unit, *right.unit)
            cure = "Divide a percentage by 100 first." if percent else "Convert one."
            raise UnitError(f"{left.unit_name} and {right.unit_name} added", expected="one unit", cure=cure)
        operation = CONTEXT.add if isinstance(node.op, ast.Add) else CONTEXT.subtract
        return Valued(_guarded(lambda: operation(left.amount, right.amount), "a sum"), left.unit)
    if isinstance(node.op, ast.Mult):
        amount = _guarded(lambda: CONTEXT.multiply(left.amount, right.amount), "a product")
        return Valued(amount, _joined(left, right, 1))
    if isinstance(node.op, ast.Div):
        amount = _guarded(lambda: CONTEXT.divide(left.amount, right.amount), "division by zero")
        unit = _joined(left, right, -1)
        hundredth = isinstance(node.right, ast.Constant) and right.amount == 100
        return Valued(amount, _without_percent(unit) if hundredth else unit)
    raise _malformed("an operator", "+ - * or /")


def _joined(left: Valued, right: Valued, sign: int) -> Exponents:
    powers = dict(left.unit)
    for name, power in right.unit:
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _without_percent(unit: Exponents) -> Exponents:
    powers = [(name, power - 1 if name == "percent" and power > 0 else power) for name, power in unit]
    return tuple((name, power) for name, power in powers if power)


def _guarded(operation: Callable[[], Decimal], what: str) -> Decimal:
    try:
        return operation()
    except (DivisionByZero, InvalidOperation, Overflow) as error:
        found = what if isinstance(error, DivisionByZero) or "division" in what else f"{what} out of range"
        raise UndefinedError(found, expected="a number", cure="Correct the formula or the values.") from error


# --- series ---------------------------------------------------------------------------------------

_Table = Mapping[tuple[object, ...], "Decimal | None"]
"""Values by (start, end, kind), and again by (end, kind), where the period before is looked up."""


def _by_date(id_: str, rows: Sequence[tuple[Period, Decimal | None]]) -> _Table:
    table: dict[tuple[object, ...], Decimal | None] = {}
    for period, value in rows:
        key = (period.start, period.end, period.kind)
        if key in table and period.dated:
            raise FormulaError(
                f"series '{id_}' has two values for {period}",
                expected="one value a period",
                cure="Use a series of one basis, or set one of the rows to deprecated.",
            )
        table[key] = table[period.end, period.kind] = value
    return table


@dataclass(frozen=True, slots=True)
class _Data:
    tables: Mapping[str, _Table]
    units: Mapping[str, str] | None
    breaks: Mapping[str, Collection[Period]]


def _at(parsed: _Parsed, period: Period, data: _Data) -> Valued | None:
    def valued(id_: str, amount: Decimal | None) -> Valued | None:
        return None if amount is None else Valued.of(amount, data.units[id_] if data.units else "")

    def now(id_: str) -> Valued | None:
        return valued(id_, data.tables[id_].get((period.start, period.end, period.kind)))

    def before(id_: str) -> Valued | None:
        return None if period in data.breaks.get(id_, ()) else valued(id_, _previous(period, data.tables[id_]))

    try:
        return _walk(parsed, now, before)
    except UndefinedError as error:
        raise UndefinedError(f"{error.found} at {period}", expected=error.expected, cure=error.cure) from error


def _previous(period: Period, table: _Table) -> Decimal | None:
    if period.kind == "interval":
        return None
    return table.get((period.start - timedelta(days=1), period.kind))
