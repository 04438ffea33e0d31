"""Anchors of candidates: the words that hold a quantity with its unit and what it is said of.

Place in the pipeline: a part of `ingest`. In: a quantity in its document; out: at most fifteen words that stand there
once and in which the quantity is read as in the document (W3C text quote selector,
https://www.w3.org/TR/annotation-model/#text-quote-selector). No sentence of a document is ever kept whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from .agreement import is_count, read
from .anchors import count_words, fold
from .mentions import Reading, Spot, tongue
from .model import Vocabulary
from .quantities import mentions

LONGEST = 15
_ENOUGH = 12
"""Words that say what a quantity is said of, where its clause has so many."""
_SPARE = 3
"""Words beside the quantity from which on its clause says what it is said of."""
_CLAUSE = re.compile(r"[,;:()，；：（）—–](?!\d)|[.!?。！？]\s")


class Quotes:
    """Finds the anchors of a document's quantities."""

    def __init__(self, reading: Reading, language: str, vocabulary: Vocabulary) -> None:
        """Keep the document; `language` is its source's."""
        self._reading = reading
        self._document = reading.document
        self._language = language
        self._vocabulary = vocabulary

    def anchor(self, number: int, unit: str) -> str:
        """Return the anchor of a quantity with a unit that may stand apart from it.

        "" where no fifteen words tell it apart.
        """
        spot = self._reading.spots[number]
        for start, end in dict.fromkeys(self._windows(spot)):
            words = fold(self._document.text[start:end])
            # What stands more often is found out sooner than what it holds.
            alone = len(list(islice(self._document.places(words), 2))) == 1
            if alone and self._holds(words, spot, unit):
                return words
        return ""

    def _holds(self, words: str, spot: Spot, unit: str) -> bool:
        """Return whether the words alone are read as the document is, and are safe in a spreadsheet's cell."""
        if not words.isprintable() or count_words(words) > LONGEST or not _plain(words):
            return False
        quantity, language = spot.quantity, tongue(words, self._language)
        apart = unit and not quantity.unit and is_count(unit)
        if apart and not mentions(words, unit, language, self._vocabulary.units):
            return False
        found = read(words, language, self._vocabulary)
        return any((one.amount, one.unit, one.iso) == (quantity.amount, quantity.unit, quantity.iso) for one in found)

    def _windows(self, spot: Spot) -> Iterator[tuple[int, int]]:
        """Yield places around a quantity: its clause as far as words allow, then further, then closer."""
        tokens = self._document.tokens
        first, after = self._reading.tokens_of(spot.start, spot.end)
        low, high = self._bounds(spot)
        head, tail = first, after
        for limit, (left, right) in ((_ENOUGH, (low, high)), (LONGEST, (low, high)), (LONGEST, (0, len(tokens)))):
            grown = True
            while grown:
                grown = False
                for next_head, next_tail in ((head - 1, tail), (head, tail + 1)):
                    inside = next_head >= left and next_tail <= right
                    if inside and self._size(next_head, next_tail, spot) <= limit:
                        head, tail, grown = next_head, next_tail, True
                        if next_head < first:
                            break
            yield self._place(head, tail, spot)
        for width in range(1, LONGEST):
            yield self._place(max(0, first - width), after, spot)
            yield self._place(first, min(len(tokens), after + width), spot)
        yield spot.start, spot.end

    def _bounds(self, spot: Spot) -> tuple[int, int]:
        """Return the tokens of the quantity's clause: the first, and that after the last."""
        text = self._document.text
        start, end = self._reading.sentence(spot.start, spot.end)
        marks = [match.end() for match in _CLAUSE.finditer(text, start, spot.start)]
        behind = _CLAUSE.search(text, spot.end, end)
        low, high = marks[-1] if marks else start, behind.start() if behind else end
        # "In July 2022," says nothing yet.
        short = count_words(text[low : spot.start] + text[spot.end : high]) < _SPARE
        return self._reading.tokens_of(*((start, end) if short else (low, high)))

    def _size(self, head: int, tail: int, spot: Spot) -> float:
        return count_words(self._document.text[slice(*self._place(head, tail, spot))])

    def _place(self, head: int, tail: int, spot: Spot) -> tuple[int, int]:
        tokens = self._document.tokens
        start = min(spot.start, tokens[head][1]) if head < len(tokens) else spot.start
        end = max(spot.end, tokens[tail - 1][2]) if tail > 0 else spot.end
        while unicodedata.category(self._document.text[end : end + 1] or " ").startswith("M"):
            end += 1
        return start, end


def _plain(words: str) -> bool:
    """Return whether words begin as no formula does: a spreadsheet takes = + - @ for one."""
    return words[:1].isalnum() or (
        unicodedata.category(words[:1] or " ") in ("Sc", "Pi", "Ps") and words[0] not in "@'"
    )
