"""The numerals on printed pages, each with its trace.

Place in the pipeline: a part of step 5 Print. In: the page's tree, whose texts are signed, and the boxes that the
printer laid out; out: the tree without signs, and every numeral that stands on a page. A numeral in a box of an
element was signed in the element's text; one that a style sheet generates comes from a counter, an attribute or a
string that it names (https://www.w3.org/TR/css-gcpm-3/); one in a drawing from the labels it was planned with. No
library is known here: a box is whatever has the attributes that are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

from .names import STANDARDS, whole_words
from .page import Numeral, Page, Trace
from .traces import Found, digits_of, has_digit, numerals, plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

COUNTERS = {
    "page": "page-number", "pages": "page-count", "list-item": "list-number", "footnote": "footnote-number",
    "note": "footnote-number", "section": "section-number", "figure": "figure-number", "table": "table-number",
}  # fmt: skip
"""What the counters of a style sheet count, by name; every other is a counter of its own name."""
_UNSEEN = ("style", "script", "title")
_OWN_LETTERS = ("::first-letter", "::first-line")
"""Parts of an element that hold its own text."""
_WRITTEN = re.compile(r"<(?:\w+:)?(?:text|tspan|textPath)\b[^>]*>([^<]*)|</(?:\w+:)?tspan>([^<]*)")

_MILLIMETRES = 25.4 / 96
"""A pixel of a style sheet (https://www.w3.org/TR/css-values-4/#absolute-lengths)."""
Box = Any
"""A box that the printer laid out."""
Pool = list[tuple[str, Trace]]
"""Digits that a generated text may hold, each with its trace; "" for a counter whose value is not known."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A numeral that nobody signed for: its page, itself, and the text it stands in."""

    page: int
    text: str
    within: str


@dataclass(frozen=True, slots=True)
class _Run:
    """A text on a page, and the box that holds it: a line's part, or the drawing that it is written in."""

    page: int
    text: str
    box: Box

    @property
    def area(self) -> tuple[float, ...]:
        """Left, top, width and height of the box in millimetres."""
        sides = (self.box.position_x, self.box.position_y, self.box.width, self.box.height)
        return tuple(round(side * _MILLIMETRES, 1) for side in sides) if all(map(_is_length, sides)) else ()


@dataclass(slots=True)
class Digits:
    """The digits of a text in order, each with its trace; `at` is how far they have been met on pages."""

    text: str = ""
    owners: list[Trace | None] = field(default_factory=list)
    at: int = 0

    def add(self, digits: str, owners: Sequence[Trace | None]) -> None:
        """Append digits with the trace of each."""
        self.text += digits
        self.owners += owners

    def take(self, digits: str) -> list[Trace | None] | None:
        """Return the traces of the next digits, or of the same ones met again: a table repeats its head."""
        at = self.text.find(digits, self.at)
        at = self.text.find(digits) if at < 0 else at
        if at < 0:
            return None
        self.at = at + len(digits)
        return self.owners[at : self.at]


# --- the page's tree ------------------------------------------------------------------------------


class Signs:
    """The signs of a page's tree: taken off element by element, and kept as the traces of its digits."""

    def __init__(self, page: Page) -> None:
        """Know the traces and names of the page, and the labels of its drawings."""
        self._traces = page.traces
        self._names = whole_words((*page.names, *STANDARDS))
        self._labels = dict(page.drawn)
        self._own: dict[Element, Digits] = {}
        self._attributes: dict[Element, Digits] = {}

    def take(self, element: Element) -> None:
        """Take the signs off an element's text, off what follows its children, and off its attributes."""
        own, given = Digits(), Digits()
        unseen = element.tag in _UNSEEN
        element.text = plain(element.text or "") if unseen else self._bare(element.text, own)
        for child in element:
            child.tail = self._bare(child.tail, own)
        for name, value in element.attrib.items():
            element.attrib[name] = self._bare(value, given) or ""
        if own.text:
            self._own[element] = own
        if given.text:
            self._attributes[element] = given

    def _bare(self, text: str | None, digits: Digits) -> str | None:
        if not text or not has_digit(text):
            return text
        bare, found = self.read(text)
        for each in found:
            each_digits = digits_of(each.text)
            digits.add(each_digits, [each.trace] * len(each_digits))
        return bare

    def read(self, text: str) -> tuple[str, tuple[Found, ...]]:
        """Return a text without signs, and its numerals with their traces."""
        return numerals(text, self._traces, self._names)

    def own(self, element: Element) -> Digits:
        """Return the digits of an element's own text."""
        return self._own.get(element) or Digits()

    def within(self, element: Element) -> Pool:
        """Return the numbers that all that an element holds may give to a style sheet."""
        known = (digits for each in element.iter() for digits in (self._own.get(each), self._attributes.get(each)))
        return [pair for digits in known if digits for pair in _numbers(digits)]

    def given(self, element: Element) -> Pool:
        """Return the digits of an element's attributes."""
        digits = self._attributes.get(element)
        return list(_numbers(digits)) if digits else []

    def labels(self, name: str) -> Pool:
        """Return the numbers of the texts that a drawing may show."""
        found = (each for text in self._labels.get(name, ()) for each in self.read(text)[1])
        return [(digits_of(each.text), each.trace) for each in found if each.trace]


def _numbers(digits: Digits) -> Iterator[tuple[str, Trace]]:
    """Yield the stretches of digits that have one trace."""
    start = 0
    for index in range(1, len(digits.text) + 1):
        if index == len(digits.text) or digits.owners[index] is not digits.owners[start]:
            if owner := digits.owners[start]:
                yield digits.text[start:index], owner
            start = index


# --- the printer's boxes --------------------------------------------------------------------------


def follow(
    pages: Sequence[Box], signs: Signs, drawings: Mapping[str, bytes]
) -> tuple[tuple[Numeral, ...], tuple[Stray, ...]]:
    """Return every numeral on the pages in the order of their boxes, and those that nobody signed for.

    Numerals in the text of the HTML that nobody signed for are left to whoever looked at the HTML.
    """
    walk = _Walk(signs, drawings, len(pages))
    telling = []
    for number, page in enumerate(pages, 1):
        for box, holder in boxes(page):
            for name, text in box.string_set or ():
                walk.set_string(name, text, box.element)
            if hasattr(box, "replacement") or has_digit(getattr(box, "text", "")):
                telling.append((number, box, holder))
    # A margin may hold a string that a later page sets, so the strings come first.
    for each in telling:
        walk.look(*each)
    return tuple(walk.found), tuple(walk.strays)


def boxes(page: Box) -> Iterator[tuple[Box, Box]]:
    """Yield each box of a page with the box that generates it, None for what is in the HTML."""
    waiting: list[tuple[Box, Box]] = [(page, None)]
    while waiting:
        box, holder = waiting.pop()
        if _generates(box):
            holder = holder if _inside(box, holder) else box
        elif box.element is not None and "::" not in (box.element_tag or ""):
            holder = None  # an element may run in a margin
        yield box, holder
        waiting += [(child, holder) for child in reversed(box.children)]


def _inside(box: Box, holder: Box) -> bool:
    """Return whether a box was laid out inside what one of the same pseudo-element generates, which alone says what."""
    return holder is not None and (holder.element, holder.element_tag) == (box.element, box.element_tag)


def _generates(box: Box) -> bool:
    """Return whether a box is a style sheet's: in a page's margin, or a pseudo-element."""
    tag = box.element_tag
    if tag is None:
        return hasattr(box, "at_keyword")
    return "::" in tag and not tag.endswith(_OWN_LETTERS) and not hasattr(box, "text")


class _Walk:
    """The walk through the boxes of all pages: what was found, and what nobody signed for."""

    def __init__(self, signs: Signs, drawings: Mapping[str, bytes], total: int) -> None:
        self.signs, self.drawings, self.total = signs, drawings, total
        self.strings: dict[str, Pool] = {}
        """By name, the numbers of the strings that style sheets set for the margins."""
        self.found: list[Numeral] = []
        self.strays: list[Stray] = []

    def set_string(self, name: str, text: str, element: Element) -> None:
        """Keep the numbers of a string that was taken from an element."""
        if has_digit(text):
            pool = self.signs.within(element)
            for digits in (digits_of(each.text) for each in self.signs.read(text)[1]):
                if owners := _taken(pool, digits):
                    self.strings.setdefault(name, []).append((digits, owners[0]))

    def look(self, page: int, box: Box, holder: Box) -> None:
        """Note the numerals of one box."""
        text = getattr(box, "text", "")
        if text:
            if box.style["visibility"] == "visible":
                self._text(page, box, holder, text)
        elif box.element is not None:
            name = str(box.element.get("src") or box.element.get("href") or box.element.get("data") or "")
            if name.endswith(".svg") and name in self.drawings:
                self._drawing(page, name, box)

    def _text(self, page: int, box: Box, holder: Box, text: str) -> None:
        if holder is None:
            own = self.signs.own(box.element)
            for each in self.signs.read(text)[1]:
                self._note(_Run(page, text, box), each, own.take(digits_of(each.text)))
            return
        pool = self._pool(page, holder)
        for each in self.signs.read(text)[1]:
            self._note(_Run(page, text, box), each, [each.trace] if each.trace else _taken(pool, digits_of(each.text)))

    def _drawing(self, page: int, name: str, box: Box) -> None:
        pool = self.signs.labels(name)
        for match in _WRITTEN.finditer(self.drawings[name].decode("utf-8", "replace")):
            text = unescape(match[1] or match[2] or "")
            for each in self.signs.read(text)[1]:
                taken = _taken(pool, digits_of(each.text))
                self._note(_Run(page, text, box), each, taken or ([each.trace] if each.trace else None))

    def _note(self, run: _Run, found: Found, owners: Sequence[Trace | None] | None) -> None:
        """Keep a numeral with its trace, or as a stray; where its digits have several, each stretch by itself."""
        if owners is None:
            self.strays.append(Stray(run.page, found.text, " ".join(run.text.split())[:60]))
            return
        if len(set(owners)) == 1:
            stretches = [(found.text, owners[0])]
        else:
            stretches = list(_numbers(Digits(digits_of(found.text), list(owners))))
        self.found += [Numeral(run.page, text, owner, run.area) for text, owner in stretches if owner]

    # --- what style sheets generate ---------------------------------------------------------------

    def _pool(self, page: int, holder: Box) -> Pool:
        """Return the numbers that a generated text may hold by what its style names."""
        content = holder.style["content"]
        if not isinstance(content, (tuple, list)):
            return [("", Trace("list-number"))]  # a list's own marker
        return [pair for kind, value in content for pair in self._part(page, holder, kind, value)]

    def _part(self, page: int, holder: Box, kind: str, value: Any) -> Iterable[tuple[str, Trace]]:  # noqa: ANN401
        if kind in ("counter()", "counters()"):
            return [self._counter(page, holder, value[0], known=kind == "counter()")]
        if kind in ("target-counter()", "target-counters()"):
            return [("", _counted(value[1]))]
        if kind == "string()":
            return self.strings.get(value[0], ())
        if holder.element is None:
            return ()
        if kind == "attr()":
            return self.signs.given(holder.element)
        return self.signs.within(holder.element) if kind in ("content()", "target-text()") else ()

    def _counter(self, page: int, holder: Box, name: str, *, known: bool) -> tuple[str, Trace]:
        """Return a counter's value as it is printed, "" where the printer does not tell it."""
        values = (holder.cached_counter_values or {}).get(name)
        plain_value = {"page": page, "pages": self.total}.get(name) if holder.element is None else None
        value = plain_value if plain_value is not None else values[-1] if values else None
        return (str(value) if known and value is not None else "", _counted(name))


def _is_length(side: object) -> bool:
    return isinstance(side, (int, float))


def _counted(name: str) -> Trace:
    return Trace(COUNTERS[name]) if name in COUNTERS else Trace("counter", name)


def _taken(pool: Pool, digits: str) -> list[Trace] | None:
    """Take digits out of a pool, and return the trace of each; None where it does not hold them.

    A line may end within an address, so that they are a part of what it holds; and a style sheet may join two numbers.
    """
    bare = digits.lstrip("0") or "0"
    for index, (held, owner) in enumerate(pool):
        if held in (digits, bare):
            del pool[index]
            return [owner] * len(digits)
    for index, (held, owner) in enumerate(pool):
        if held.startswith(digits):
            pool[index] = (held[len(digits) :], owner)
            return [owner] * len(digits)
        if held and digits.startswith(held):
            others = [*pool[:index], *pool[index + 1 :]]
            if rest := _taken(others, digits[len(held) :]):
                pool[:] = others
                return [owner] * len(held) + rest
    unknown = next((index for index, (held, _) in enumerate(pool) if not held), None)
    return None if unknown is None else [pool.pop(unknown)[1]] * len(digits)
