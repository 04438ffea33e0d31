"""Mentions: every quantity of a whole document, with the sentence it stands in.

Place in the pipeline: a part of `coverage`. In: the text of a document and its language; out: `Spot` values in the
order of the text. Each paragraph is read in its own language, told by its letters, because documents quote
(the scripts are Unicode's, https://www.unicode.org/reports/tr24/). All of it takes time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from .agreement import read
from .anchors import HAN, Document
from .model import Vocabulary
from .quantities import Quantity, language_of

_SCRIPTS = {"en": re.compile(r"[A-Za-z]"), "ru": re.compile(r"[\u0400-\u04ff]"), "zh": re.compile(rf"[{HAN}]")}
"""The language whose numbers a paragraph is read by where its letters are not those of its document's language."""
_WRITTEN = {"zh": "zh", "ja": "zh", **dict.fromkeys(("ru", "be", "uk", "bg", "sr", "mk", "kk", "mn"), "ru")}
"""The script of a language, by its first language above; Latin where it is not among these."""
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
_WHOLE_LINE = re.compile(rf"^(?:[^\n{HAN}]{{60}}|[^\n]*[{HAN}][^\n]{{20}})[^\n]*$", re.MULTILINE)
"""A line long enough to tell its language: bilingual pages do not always part their halves by a blank line."""
_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W_a-zа-яёіў])|[。！？；][”’」』）]*")
_LONGEST = 1000
"""Characters of a sentence: what has no full stop in so many is no sentence, and work must stay bounded."""
_CONTEXT = 12
"""Words on either side that make up what a quantity is said of."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A quantity in a document; where its language is not read, each way to read its digits."""

    start: int
    end: int
    quantities: tuple[Quantity, ...]
    language: str

    @property
    def quantity(self) -> Quantity:
        """The quantity, or the first way to read it."""
        return self.quantities[0]


class Reading:
    """A document's spots, and which of them stand in a place or in its sentences."""

    def __init__(self, document: Document, language: str, vocabulary: Vocabulary) -> None:
        """Read the document."""
        self.document = document
        paragraphs = tuple(_paragraphs(document))
        self.spots = tuple(_spots(document.text, paragraphs, language, vocabulary))
        self._starts = [spot.start for spot in self.spots]
        self._ends = [spot.end for spot in self.spots]
        self._sentences = list(_sentence_starts(document.text, paragraphs))

    def within(self, start: int, end: int) -> range:
        """Return the numbers of the spots that share a character with the text from `start` to `end`."""
        return range(bisect_right(self._ends, start), bisect_left(self._starts, end))

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the text of the sentences that the text from `start` to `end` stands in."""
        first = bisect_right(self._sentences, start) - 1
        after = bisect_left(self._sentences, end)
        last = self._sentences[after] if after < len(self._sentences) else len(self.document.text)
        return self._sentences[first], last

    def beside(self, start: int, end: int) -> range:
        """Return the numbers of the spots in the sentences of a place."""
        return self.within(*self.sentence(start, end))

    def words(self, number: int) -> frozenset[str]:
        """Return the words beside a spot in its sentence, without short ones; of Chinese, pairs of characters."""
        spot = self.spots[number]
        first, last = self.sentence(spot.start, spot.end)
        tokens = self.document.tokens
        before, after = self.tokens_of(spot.start, spot.end)
        near = (*tokens[max(0, before - _CONTEXT) : before], *tokens[after : after + _CONTEXT])
        said = [token for token, start, end in near if first <= start and end <= last]
        pairs = (one + two for one, two in pairwise(said) if _SCRIPTS["zh"].match(one + two))
        return frozenset((*(word for word in said if len(word) > 3 and not word.isdigit()), *pairs))

    def tokens_of(self, start: int, end: int) -> tuple[int, int]:
        """Return which of the document's tokens share a character with a place: the first, and that after the last."""
        return bisect_right(self._token_ends, start), bisect_left(self._token_starts, end)

    @cached_property
    def _token_starts(self) -> list[int]:
        return [start for _, start, _ in self.document.tokens]

    @cached_property
    def _token_ends(self) -> list[int]:
        return [end for _, _, end in self.document.tokens]


def tongue(text: str, language: str) -> str:
    """Return the language a paragraph is read in: `language`, unless most of its letters are of another script."""
    own = language.partition("-")[0]
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    # A Chinese character says about as much as two letters.
    counts["zh"] *= 2
    most = max(counts, key=lambda name: (counts[name], name == _WRITTEN.get(own, "en")))
    return language if most == _WRITTEN.get(own, "en") else most


def _spots(
    text: str, paragraphs: Iterable[tuple[int, int]], language: str, vocabulary: Vocabulary
) -> Iterator[Spot]:
    for start, end, spoken in _passages(text, paragraphs, language):
        found: dict[tuple[int, int], list[Quantity]] = {}
        for quantity in read(text[start:end], spoken, vocabulary):
            moved = replace(quantity, start=start + quantity.start, end=start + quantity.end)
            found.setdefault((moved.start, moved.end), []).append(moved)
        for (first, last), quantities in found.items():
            yield Spot(first, last, tuple(quantities), spoken)


def _passages(
    text: str, paragraphs: Iterable[tuple[int, int]], language: str
) -> Iterator[tuple[int, int, str]]:
    """Yield the paragraphs with their languages, cut before a whole line of another script than the one above."""
    for start, end in paragraphs:
        first = start
        spoken = language_of(text[start:end], tongue(text[start:end], language))
        for match in _WHOLE_LINE.finditer(text, start, end):
            own = language_of(match[0], tongue(match[0], language))
            if first == start and match.start() == start:
                spoken = own
            elif own != spoken:
                yield first, match.start(), spoken
                first, spoken = match.start(), own
        yield first, end, spoken


def _paragraphs(document: Document) -> Iterator[tuple[int, int]]:
    """Yield start and end of each paragraph: a line where the document's kind says so, else what blank lines part."""
    pattern = _LINE if document.unit == "paragraph" and not document.pages else _BLANK
    start = 0
    for match in pattern.finditer(document.text):
        yield start, match.start()
        start = match.end()
    yield start, len(document.text)


def _sentence_starts(text: str, paragraphs: Iterable[tuple[int, int]]) -> Iterator[int]:
    for start, end in paragraphs:
        yield start
        at = start
        for match in _END.finditer(text, start, end):
            yield from range(at + _LONGEST, match.end(), _LONGEST)
            at = match.end()
            if at < end:
                yield at
        yield from range(at + _LONGEST, end, _LONGEST)
