"""Numbers in words and in Chinese characters: two hundred and five, двадцать пять, 三亿五千万.

Place in the pipeline: base; a part of `quantities`. What comes in: a flattened text and the place where a number word
begins. What goes out: a `Numeral`: the longest number that the words are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .digits import Numeral, digits
from .grammars.grammar import Grammar
from .phrases import WORD

Vocabulary = Mapping[str, tuple[str, Decimal]]
"""Number words with their roles: ordinal, scale, ten, cardinal, plus or point."""
_MOST = 15
"""The power of ten up to which a number in words may still be multiplied."""
_MOST_WORDS = 20
_MOST_CHARACTERS = 30
_JOINT = re.compile(r"[ \u00a0]{1,2}|[ ]?\n[ ]?|-")
_DIGITS = frozenset("0123456789")
_NONE = ("", Decimal())


def vocabulary(grammar: Grammar) -> Vocabulary:
    """Return each number word of a grammar with its role."""
    table: dict[str, tuple[str, Decimal]] = {}
    rows: Sequence[tuple[str, Mapping[str, int | Decimal]]] = (
        ("ordinal", grammar.ordinals),
        ("scale", grammar.scales),
        ("ten", grammar.tens),
        ("cardinal", grammar.cardinals),
    )
    for role, numbers in rows:
        table |= {word: (role, Decimal(number)) for word, number in numbers.items()}
    signs = (("plus", grammar.plus), ("point", grammar.points))
    return table | {word: (role, Decimal()) for role, words in signs for word in words}


def numeral_at(text: str, start: int, grammar: Grammar, known: Vocabulary) -> Numeral | None:
    """Return the number that begins at `start`, in digits or in words."""
    if text[start : start + 1] in _DIGITS:
        return digits(text, start, grammar)
    return worded(text, start, grammar, known)


def worded(text: str, start: int, grammar: Grammar, known: Vocabulary) -> Numeral | None:
    """Return the number whose words begin at `start`: the longest that is one (two hundred and five)."""
    if not grammar.spaced:
        return _characters_at(text, start, known)
    whole = _summed(text, start, known)
    point = _next_word(text, whole.end) if whole else None
    if whole and point and known.get(point[0].casefold(), _NONE)[0] == "point":
        return _with_decimals(text, point.end(), whole, grammar, known)
    return whole


@dataclass
class _Sum:
    """A number in the making: `accept` says whether a word still belongs to it."""

    total: Decimal = field(default_factory=Decimal)
    group: Decimal = field(default_factory=Decimal)
    current: Decimal | None = None
    last_ten: int = 0
    last_scale: int = -1

    @property
    def value(self) -> Decimal:
        total = self.total + self.group + (self.current or 0)
        return total.to_integral_value() if total == total.to_integral_value() else total

    def accept(self, role: str, number: Decimal) -> bool:
        if role == "scale":
            return self._multiply(int(number))
        if role == "ten":
            return self._add_tens(number)
        if self.current and (number >= _room(self.current) or not number):
            return False
        self.current = (self.current or 0) + number
        return True

    def _add_tens(self, number: Decimal) -> bool:
        if self.group and (not self.current or number >= self.last_ten):
            return False
        if self.current is not None and (self.current >= number or not self.current):
            return False
        self.group += (self.current or 1) * number
        self.current, self.last_ten = None, int(number)
        return True

    def _multiply(self, exponent: int) -> bool:
        factor, held = Decimal(10) ** exponent, self.group + (self.current or 0)
        if exponent == self.last_scale or self.total.adjusted() > _MOST:
            return False
        if self.total and exponent > self.last_scale:
            # 三万亿 multiplies all that stands before; 三亿五千万 adds to it.
            self.total = (self.total + held) * factor
        elif not held and (self.total or self.current is not None):
            return False
        else:
            self.total += (held or 1) * factor
        self.group, self.current, self.last_ten, self.last_scale = Decimal(), None, 0, exponent
        return True


def _room(number: Decimal) -> int:
    """Return below what a number word must stay that follows a number: 10 after twenty, 100 after двести."""
    shown = str(number)
    return 1 if number == 10 or not shown.isdigit() else int(10 ** (len(shown) - len(shown.rstrip("0"))))


# --- words ----------------------------------------------------------------------------------------


def _summed(text: str, start: int, known: Vocabulary) -> Numeral | None:
    """Return the number that words make without a decimal mark."""
    found, end, position, last = _Sum(), start, start, ""
    for _ in range(_MOST_WORDS):
        word = WORD.match(text, position)
        role, number = known.get(word[0].casefold(), _NONE) if word else _NONE
        misplaced = role == "plus" and last not in ("ten", "scale")
        if word is None or role in ("", "point") or last == "ordinal" or misplaced:
            break
        if role != "plus":
            if not found.accept(role, number):
                break
            end, last = word.end(), role
        joint = _JOINT.match(text, word.end())
        if joint is None:
            break
        position = joint.end()
    if end == start:
        return None
    step = Decimal(10) ** found.last_scale if last == "scale" else Decimal(1)
    return Numeral(end, found.value, ordinal=last == "ordinal", worded=True, step=step)


def _with_decimals(text: str, start: int, whole: Numeral, grammar: Grammar, known: Vocabulary) -> Numeral:
    """Return `whole` with the decimals said behind the point: one point two five, пять целых и восемь десятых."""
    word = _next_word(text, start)
    if word and word[0].casefold() in grammar.point_links:
        start, word = word.end(), _next_word(text, word.end())
    parts = _summed(text, word.start(), known) if word else None
    behind = _next_word(text, parts.end) if parts else None
    size = grammar.denominators.get(behind[0].casefold(), 0) if behind else 0
    if parts and behind and size in (10, 100, 1000):
        return Numeral(behind.end(), whole.value + parts.value / size, worded=True)
    said, end = "", start
    while word and known.get(word[0].casefold(), _NONE)[0] == "cardinal" and len(said) < _MOST_WORDS:
        said, end = said + str(known[word[0].casefold()][1]), word.end()
        word = _next_word(text, end)
    return Numeral(end, whole.value + Decimal(f"0.{said}"), worded=True) if said else whole


def _next_word(text: str, position: int) -> re.Match[str] | None:
    joint = _JOINT.match(text, position)
    return WORD.match(text, joint.end()) if joint else None


# --- characters -----------------------------------------------------------------------------------


def _characters_at(text: str, start: int, known: Vocabulary) -> Numeral | None:
    """Return the number in characters: 三亿五千万, 二〇二二, 三点五, 七八百 (seven or eight hundred)."""
    end = start
    while end < len(text) and end - start < _MOST_CHARACTERS and text[end] in known:
        end += 1
    run = text[start:end]
    whole, _, decimals = run.partition(next((sign for sign in run if known[sign][0] == "point"), "\n"))
    said = decimals[: next((n for n, sign in enumerate(decimals) if known[sign][0] != "cardinal"), len(decimals))]
    value, count = _characters(whole, known)
    if said:
        shown = f"{value}." + "".join(str(known[sign][1]) for sign in said)
        return Numeral(start + count + 1 + len(said), Decimal(shown), worded=True) if 0 < count == len(whole) else None
    pair = next((n for n in range(len(whole) - 1) if _neighbours(whole[n : n + 2], known)), -1)
    both = _either(whole, pair, known) if pair >= 0 else None
    if both:
        return Numeral(start + len(whole), *both, worded=True)
    return Numeral(start + count, value, worded=True) if count else None


def _neighbours(pair: str, known: Vocabulary) -> bool:
    """Return whether two digits follow each other as in 七八 and 三五: seven or eight, three to five."""
    (role, first), (other, second) = known[pair[0]], known[pair[1]]
    near = second - first == 1 or (int(first), int(second)) == (3, 5)
    return role == other == "cardinal" and first > 0 and near


def _either(run: str, index: int, known: Vocabulary) -> tuple[Decimal, Decimal] | None:
    """Return the two numbers of 七八百; None where more digits follow each other than a number has."""
    runs = (run[:index] + sign + run[index + 2 :] for sign in run[index : index + 2])
    (lower, size), (upper, _) = (_characters(each, known) for each in runs)
    lone = size == len(run) - 1 and (index == 0 or known[run[index - 1]][0] != "cardinal")
    return (lower, upper) if lone else None


def _characters(run: str, known: Vocabulary) -> tuple[Decimal, int]:
    """Return the number that the characters write, and how many of them do."""
    if len(run) > 2 and all(known[sign][0] == "cardinal" for sign in run):
        return Decimal("".join(str(known[sign][1]) for sign in run)), len(run)
    found, count = _Sum(), 0
    for index, sign in enumerate(run):
        role, number = known[sign]
        if role == "cardinal" and not number and index:
            continue
        if not found.accept(role, number):
            break
        count = index + 1
    return found.value + _shortened(run[:count], known), count


def _shortened(run: str, known: Vocabulary) -> Decimal:
    """Return what a last digit means beyond itself: 一万二 is 12 000 and 三百五 is 350."""
    if len(run) < 2 or known[run[-1]][0] != "cardinal":
        return Decimal()
    role, number = known[run[-2]]
    power = int(number) if role == "scale" else len(str(number)) - 1 if role == "ten" else 0
    last = known[run[-1]][1]
    return last * Decimal(10) ** (power - 1) - last if power > 1 else Decimal()
