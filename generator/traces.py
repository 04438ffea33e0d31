"""Where each numeral of a page comes from: signed into the text as it is written, read again where it is printed.

Place in the pipeline: base. `context` signs what it writes (step 4), templates let the signs through, `tracing` takes
them off the page's tree before it is printed (step 5) and finds each numeral's trace again on its page. A sign is a
pair of private characters around a text: which trace, and the end. Escaping, joining and filters leave them alone;
none reaches a PDF. Numerals are Unicode's categories Nd, Nl and No (https://www.unicode.org/reports/tr44/).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from .names import STANDARDS
from .page import Trace

KINDS: Final = {
    "fact": "the value of a fact",
    "fact-period": "the period of a fact",
    "observation": "a value of a series",
    "observation-period": "the period of a value of a series",
    "former": "what the edition before printed, by its record",
    "former-period": "the period of what the edition before printed",
    "change": "computed from two values",
    "age": "computed from the newest period of a source and the edition's date",
    "formula": "a constant in the formula of a computed fact",
    "axis": "a tick of a chart, from the values it draws",
    "chart": "said of a chart's data: periods, counts and values",
    "source": "what a publication says of itself: producer, title, dates, address, licence, version",
    "check": "when and against which document a source was checked",
    "source-mark": "the number of a source in the list",
    "figure-number": "the number of a chart",
    "table-number": "the number of a table",
    "section-number": "the number of a section",
    "footnote-number": "the number of a footnote",
    "list-number": "the number of a list's point",
    "row-number": "the number of a row, counted by a template",
    "count": "how many things a list of the page has",
    "page-number": "the number of a page",
    "page-count": "the number of pages",
    "counter": "a counter of a style sheet",
    "edition": "the edition's date, number, digest and program",
    "id": "the id of a fact, source, chart or topic",
    "name": "a name that the workspace declares",
    "standard": "a name of a standard",
}
"""Every kind of trace, and what it is; the first eleven come from facts and series, the others are the page's own."""
FURNITURE: Final = (
    *(kind for kind in KINDS if kind.endswith("-number")), "count", "page-count", "edition", "id",
)  # fmt: skip
"""Kinds that need no more than their name; every page knows them by the same number."""
_FIRST, _END = 0x100000, "\U0010fffd"
_SIGN = re.compile("[\U00100000-\U0010fffd]")
# \d is Nd; these are the blocks of No and Nl that are in use: superscripts, fractions, Roman and circled numerals, 〇.
_OTHER = (
    r"\u00b2\u00b3\u00b9\u00bc-\u00be\u09f4-\u09f9\u0b72-\u0b77\u0bf0-\u0bf2\u0c78-\u0c7e\u0d58-\u0d5e\u0d70-\u0d78\u0f2a-\u0f33"
    r"\u1369-\u137c\u16ee-\u16f0\u17f0-\u17f9\u19da\u2070\u2074-\u2079\u2080-\u2089\u2150-\u2182\u2185-\u2189\u2460-\u249b"
    r"\u24ea-\u24ff\u2776-\u2793\u2cfd\u3007\u3021-\u3029\u3038-\u303a\u3192-\u3195\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf\U0001f100-\U0001f10c"
)
_DIGIT = rf"[\d{_OTHER}]"
_HAS_DIGIT = re.compile(_DIGIT)
_NUMERAL = re.compile(rf"{_DIGIT}+(?:[.,]{_DIGIT}+|[\u00a0\u202f'’]\d{{3}}(?!\d))*")
_UNSEEN = re.compile(
    r"<!--.*?-->|<(style|script|title)\b.*?</\1\s*>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Found:
    """A numeral in a text: where it begins, and its trace; None where nobody signed for it."""

    start: int
    text: str
    trace: Trace | None


class Numbered(int):
    """A number that says where it comes from when it is printed."""

    sign: int

    @classmethod
    def of(cls, number: int, sign: int) -> Self:
        """Return a number with the number of its trace."""
        numbered = cls(number)
        numbered.sign = sign
        return numbered

    def __str__(self) -> str:
        return _signed(int.__repr__(self), self.sign)


class Traces:
    """The traces that a page's numerals were signed with, each known by its number."""

    def __init__(self, known: Sequence[Trace] = ()) -> None:
        """Begin with the kinds that need no more than their name, or with those of a page written before."""
        self._numbers = {trace: number for number, trace in enumerate(known or map(Trace, FURNITURE))}

    def sign(self, text: str, trace: Trace) -> str:
        """Return a text that says where its numerals come from; one without numerals as it is."""
        return _signed(text, self._sign(trace)) if has_digit(text) else text

    def number(self, number: int, trace: Trace) -> Numbered:
        """Return a number that says where it comes from."""
        return Numbered.of(number, self._sign(trace))

    def _sign(self, trace: Trace) -> int:
        return self._numbers.setdefault(trace, len(self._numbers))

    @property
    def all(self) -> tuple[Trace, ...]:
        """The traces in the order of their numbers."""
        return tuple(self._numbers)


def furnish(text: str, kind: str) -> str:
    """Return a text whose numerals are of a kind that needs no more than its name."""
    return _signed(text, FURNITURE.index(kind)) if has_digit(text) else text


def count(number: int, kind: str) -> Numbered:
    """Return a number of a kind that needs no more than its name."""
    return Numbered.of(number, FURNITURE.index(kind))


def _signed(text: str, sign: int) -> str:
    return f"{chr(_FIRST + sign)}{text}{_END}"


def has_digit(text: str) -> bool:
    """Return whether a text holds a digit or another numeral of any script."""
    return _HAS_DIGIT.search(text) is not None


def digits_of(text: str) -> str:
    """Return the digits of a text alone, those of every script as 0 to 9: a style may print them in another."""
    letters = (letter for letter in text if has_digit(letter))
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in letters)


def plain(text: str) -> str:
    """Return a text without signs."""
    return _SIGN.sub("", text) if not text.isascii() else text


def cut(text: str, start: int, end: int) -> str:
    """Return the part of a text between two places that count its letters and not its signs, which all stay."""
    kept, at = [], 0
    for letter in text:
        sign = _SIGN.match(letter) is not None
        if sign or start <= at < end:
            kept.append(letter)
        at += not sign
    return "".join(kept)


def numerals(text: str, traces: Sequence[Trace], names: re.Pattern[str]) -> tuple[str, tuple[Found, ...]]:
    """Return a text without signs, and its numerals with their traces; digits of two traces are two numerals.

    The innermost sign counts. A numeral without one may stand inside a name.
    """
    bare, owners = _read(text)
    if not has_digit(bare):
        return bare, ()
    found = []
    for match in _NUMERAL.finditer(bare):
        for start, end in _runs(owners, *match.span()):
            owner = owners[start]
            known = traces[owner] if owner is not None and owner < len(traces) else None
            trace = known or _name(bare, start, end, names)
            found.append(Found(start, bare[start:end].strip(".,\u00a0\u202f'’"), trace))
    return bare, tuple(found)


def _read(text: str) -> tuple[str, list[int | None]]:
    """Return a text without signs, and the number of the trace that each of its characters is signed with."""
    letters: list[str] = []
    owners: list[int | None] = []
    open_signs: list[int] = []
    start = 0
    for match in _SIGN.finditer(text):
        letters.append(text[start : match.start()])
        owners += [open_signs[-1] if open_signs else None] * (match.start() - start)
        start = match.end()
        if match[0] != _END:
            open_signs.append(ord(match[0]) - _FIRST)
        elif open_signs:
            open_signs.pop()
    owners += [open_signs[-1] if open_signs else None] * (len(text) - start)
    return "".join((*letters, text[start:])), owners


def _runs(owners: Sequence[int | None], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a numeral that have one owner."""
    first = start
    for index in range(start + 1, end + 1):
        if index == end or owners[index] != owners[first]:
            yield first, index
            first = index


def _name(text: str, start: int, end: int, names: re.Pattern[str]) -> Trace | None:
    for match in names.finditer(text):
        if match.start() <= start and end <= match.end():
            return Trace("standard" if match[0] in STANDARDS else "name", match[0])
    return None


def spoken(page: str) -> Iterator[tuple[int, str]]:
    """Yield the text of an HTML page that a reader may see, each piece with its place, signs and all."""
    start = 0
    for match in _UNSEEN.finditer(page):
        if match.start() > start:
            yield start, html.unescape(page[start : match.start()])
        start = match.end()
    yield start, html.unescape(page[start:])


def unsigned(page: str, traces: Sequence[Trace], names: re.Pattern[str]) -> Iterator[tuple[int, str, str]]:
    """Yield each numeral of an HTML page that nobody signed for: its place, itself and the words around it."""
    for start, text in spoken(page):
        if has_digit(text):
            bare, found = numerals(text, traces, names)
            for each in found:
                if each.trace is None:
                    around = bare[max(0, each.start - 30) : each.start + len(each.text) + 30]
                    yield start, each.text, " ".join(around.split())
