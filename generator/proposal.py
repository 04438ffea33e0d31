"""Proposals: rows for `data/set-aside.csv`, each with the fewest words that tell one open quantity apart.

Place in the pipeline: a part of `coverage`. In: the reading of a document and what became of its quantities; out:
`SetAside` rows whose reason is empty, for an analyst to fill in. An anchor stands once in the document, so that
the row survives what is changed elsewhere in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from .agreement import read
from .anchors import LONGEST, count_words, fold
from .mentions import Reading, tongue
from .model import Mention, SetAside, Source, Vocabulary

_WIDTHS = (3, 4, 5, 6, 8, 10, 12, 15, 2, 1)
"""Words of an anchor, tried in this order: fewer than three say too little to find the place by eye."""

_SHORT = 6
"""Words up to which an anchor is lengthened to stay in one sentence."""


def propose(
    source: Source, reading: Reading, mentions: Sequence[Mention], vocabulary: Vocabulary
) -> tuple[SetAside, ...]:
    """Return a row for each open mention; those that no fifteen words tell apart share a row and its count."""
    free = {number for number, mention in enumerate(mentions) if mention.state not in ("carried", "period")}
    open_ = {number for number, mention in enumerate(mentions) if mention.state == "open"}
    rows: dict[str, set[int]] = {}
    holder: dict[int, str] = {}
    for number in sorted(open_):
        if anchor := _alone(source, reading, number, free, vocabulary):
            rows[anchor], holder[number] = {number}, anchor
    tried = set(rows)
    for number in sorted(open_ - holder.keys()):
        for anchor, held in _shared(source, reading, number, tried, vocabulary):
            parted = {holder[each] for each in held if each in holder}
            whole = number in held <= open_ and all(rows[other] <= held for other in parted)
            if whole and number not in holder:
                for other in parted:
                    del rows[other]
                rows[anchor] = held
                holder |= dict.fromkeys(held, anchor)
    ordered = sorted(rows.items(), key=lambda row: min(row[1]))
    return tuple(SetAside(source.id, anchor, "", len(held)) for anchor, held in ordered)


def _alone(source: Source, reading: Reading, number: int, free: set[int], vocabulary: Vocabulary) -> str:
    """Return the fewest words that stand once and hold only this quantity, at best in its sentence; "" for none."""
    second = ""
    for start, end in _windows(reading, number):
        anchor = fold(reading.document.text[start:end])
        if second and count_words(anchor) > _SHORT:
            break
        places = list(islice(reading.document.places(anchor), 2))
        held = set(reading.within(*places[0])) if len(places) == 1 else set()
        if held & free != {number} or not _readable(anchor, source, vocabulary):
            continue
        if held == {number} and _in_sentence(reading, number, start, end):
            return anchor
        second = second or anchor
    return second


def _shared(
    source: Source, reading: Reading, number: int, tried: set[str], vocabulary: Vocabulary
) -> Iterator[tuple[str, set[int]]]:
    """Yield words that hold a quantity among others, and what they hold in all their places.

    `tried` are the anchors that were looked at for another quantity, so that each is looked up once.
    """
    for start, end in _windows(reading, number):
        anchor = fold(reading.document.text[start:end])
        if anchor not in tried and _readable(anchor, source, vocabulary):
            yield anchor, {each for place in reading.document.places(anchor) for each in reading.within(*place)}
        tried.add(anchor)


def _readable(anchor: str, source: Source, vocabulary: Vocabulary) -> bool:
    """Return whether a quantity is read in an anchor by itself, and nothing in it is unprintable."""
    return anchor.isprintable() and bool(read(anchor, tongue(anchor, source.language), vocabulary))


def _in_sentence(reading: Reading, number: int, start: int, end: int) -> bool:
    spot = reading.spots[number]
    first, last = reading.sentence(spot.start, spot.end)
    return first <= start and end <= last


def _windows(reading: Reading, number: int) -> Iterator[tuple[int, int]]:
    """Yield windows of words around a quantity, the narrowest first; of one width that which begins with it first."""
    spot, tokens, text = reading.spots[number], reading.document.tokens, reading.document.text
    first, after = reading.tokens_of(spot.start, spot.end)
    for width in _WIDTHS:
        # Of a Chinese character two make a word, and a number with a point is two tokens.
        for size in (width, width + 1, 2 * width):
            for left in dict.fromkeys((0, 1, size // 2, size - 1)):
                head = max(0, first - left)
                tail = min(max(after, head + size), len(tokens)) - 1
                start = min(spot.start, tokens[head][1]) if left == 0 else tokens[head][1]
                end = max(spot.end, tokens[tail][2]) if tail == after - 1 else tokens[tail][2]
                while unicodedata.category(text[end : end + 1] or " ").startswith("M"):
                    end += 1
                if _fits(text[start:end], width):
                    yield start, end


def _fits(words: str, width: int) -> bool:
    """Return whether words may be an anchor: a spreadsheet takes a cell that begins with = + - @ for a formula."""
    plain = words[0].isalnum() or unicodedata.category(words[0]) == "Sc"
    return plain and width - 1 < count_words(words) <= min(width, LONGEST)
