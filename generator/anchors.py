"""Anchors: the few words of a document that hold a figure, and where they stand in it.

Place in the pipeline: base; `evidence` looks anchors up with it (step 2). An anchor is the W3C's text quote
selector (https://www.w3.org/TR/annotation-model/#text-quote-selector), compared as people read: white space,
typographic quotation marks, soft hyphens and the hyphens of broken lines make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

LONGEST = 15
"""Words of an anchor: more would be a quotation, and documents belong to others."""
HAN = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WIDE = rf"{HAN}\u3001-\u303f\uff01-\uff65"
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_QUOTES = (("‘’‚‛", "'"), ("“”„‟", '"'))
# A pattern that begins with what it takes out is looked for many times faster than one that looks behind first.
_HYPHEN = re.compile(r"[-\u2010\u2011](?<=[^\W\d_].)\s?(?=[^\W\d_])")
_WIDE_SPACE = re.compile(rf" (?:(?<=[{_WIDE}] )|(?=[{_WIDE}]))")
_SPACES = re.compile(r"\s{2,}|[^\S ]")
_TOKEN = re.compile(rf"[{HAN}]|[^\W{HAN}]+")
_CLOSE = 0.5
"""How alike two passages must be, from 0 to 1, for one to be proposed in place of the other."""


@dataclass(frozen=True)
class Passage:
    """A passage of a document, folded, and the place where it begins: "line 12", "page 3"."""

    text: str
    place: str


@dataclass(frozen=True)
class Document:
    """The text of a document; what is derived from it is computed once.

    `pages` are the positions at which its pages begin; where there are none, people are told its lines, by the
    name of `unit`.
    """

    text: str
    pages: tuple[int, ...] = ()
    unit: str = "line"

    @cached_property
    def key(self) -> str:
        """The text as anchors are compared with it."""
        return comparable(self.text)

    @cached_property
    def tokens(self) -> tuple[tuple[str, int, int], ...]:
        """Words and Chinese characters, with start and end."""
        return tuple((match[0].casefold(), match.start(), match.end()) for match in _TOKEN.finditer(self.text))

    @cached_property
    def _origins(self) -> array[int]:
        """Where each character of the key stands in the text, which is composed (NFC), as it was read."""
        text, origins = self.text, array("L", range(len(self.text)))
        for pattern, instead in ((_INVISIBLE, ""), (_SPACES, " ")):
            text, origins = _replace(pattern, instead, text, origins)
        first = len(text) - len(text.lstrip())
        text, origins = _plainly_quoted(text.strip()), origins[first : len(text.rstrip())]
        for pattern in (_WIDE_SPACE, _HYPHEN):
            text, origins = _replace(pattern, "", text, origins)
        return origins

    def holds(self, anchor: str) -> bool:
        """Return whether the anchor stands in the document, not as a part of longer words or numbers."""
        return next(self._matches(anchor), None) is not None

    def places(self, anchor: str) -> Iterator[tuple[int, int]]:
        """Yield start and end in the text of each place where the anchor stands."""
        for start, end in self._matches(anchor):
            yield self._origins[start], self._origins[end - 1] + 1

    def _matches(self, anchor: str) -> Iterator[tuple[int, int]]:
        wanted, position = comparable(anchor), -1
        while wanted and (position := self.key.find(wanted, position + 1)) >= 0:
            end = position + len(wanted)
            if not _cut(self.key, position) and not _cut(self.key, end):
                yield position, end

    def where(self, position: int) -> str:
        """Return where a position is, as people find it again: "page 3", "line 12"."""
        if self.pages:
            return f"page {bisect_right(self.pages, position)}"
        return f"{self.unit} {self.text.count(chr(10), 0, position) + 1}"

    def nearest(self, anchor: str) -> Passage | None:
        """Return the passage most like the anchor, word by word; None where nothing is alike."""
        wanted = [match[0].casefold() for match in _TOKEN.finditer(unicodedata.normalize("NFC", anchor))]
        if not wanted or not self.tokens:
            return None
        ranked = [(*_alike(wanted, self._words(at, len(wanted))), -at) for at in self._promising(wanted)]
        likeness, _, negative = max(ranked)
        if likeness < _CLOSE:
            return None
        first, last = self.tokens[-negative], self.tokens[min(len(wanted) - negative, len(self.tokens)) - 1]
        return Passage(fold(self.text[first[1] : last[2]]), self.where(first[1]))

    def _words(self, start: int, length: int) -> list[str]:
        return [token for token, _, _ in self.tokens[start : start + length]]

    def _promising(self, wanted: list[str], most: int = 8) -> list[int]:
        """Return where the windows begin that share most words with `wanted`: one pass, whatever the length."""
        length, left, shared = len(wanted), Counter(wanted), 0
        scores = []
        for at, (token, _, _) in enumerate(self.tokens):
            shared += left[token] > 0
            left[token] -= 1
            if at >= length:
                gone = self.tokens[at - length][0]
                left[gone] += 1
                shared -= left[gone] > 0
            scores.append((-shared, max(0, at - length + 1)))
        return [start for _, start in sorted(scores)[:most]]


def _replace(pattern: re.Pattern[str], instead: str, text: str, origins: array[int]) -> tuple[str, array[int]]:
    """Replace in the text and keep, for each character that is left, where it came from."""
    kept, position = array("L"), 0
    for match in pattern.finditer(text):
        kept.extend(origins[position : match.start()])
        kept.extend(origins[match.start() : match.start() + len(instead)])
        position = match.end()
    kept.extend(origins[position:])
    return pattern.sub(instead, text), kept


def _alike(wanted: list[str], found: list[str]) -> tuple[float, int]:
    """Return how alike two passages are, and how many of their words stand in the same place."""
    ratio = SequenceMatcher(None, wanted, found, autojunk=False).ratio()
    return ratio, sum(one == other for one, other in zip(wanted, found, strict=False))


def fold(text: str) -> str:
    """Return the text on one line, in composed form, without soft hyphens and other invisible characters."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def shorten(anchor: str) -> str:
    """Return an anchor as a message names it: on one line, cut where it is long."""
    words = fold(anchor)
    return words if len(words) <= 70 else words[:69] + "…"


def comparable(text: str) -> str:
    """Return the folded text with plain quotation marks, no hyphens in words, no spaces around Chinese.

    Hyphens within words go because a broken line puts them in ("co- operation") and takes them away.
    """
    return _HYPHEN.sub("", _WIDE_SPACE.sub("", _plainly_quoted(fold(text))))


def _plainly_quoted(text: str) -> str:
    for marks, plain in _QUOTES:
        for mark in marks:
            text = text.replace(mark, plain)
    return text


def count_words(text: str) -> float:
    """Return the number of words; a Chinese character counts half a word."""
    rest, characters = re.subn(rf"[{HAN}]", " ", fold(text))
    return characters / 2 + sum(any(character.isalnum() for character in word) for word in rest.split())


def _cut(text: str, position: int) -> bool:
    """Return whether a word or number runs across `position`."""
    pair = text[max(0, position - 1) : position + 1]
    if position == 0 or len(pair) < 2:
        return False
    if pair.isalnum() and not re.search(rf"[{HAN}]", pair):
        return True
    return re.search(r"\d[.,]\d", text[max(0, position - 2) : position + 2]) is not None
