"""What a reader loses by the way a page is composed: rules for pages as they were laid out.

Place in the pipeline: a part of step 6 Inspect. In: a `Layout` a page; out: findings with page, what was found, what
was expected and the cure. What cannot be read is an error. What a style sheet cures for good, whatever the data, is a
warning; what one day's data may bring about by themselves is a note. docs/preflight.md lists the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .layout import MILLIMETRE, Frame, Layout, Piece
from .model import Finding, Place, Severity

_LEAST_FILLED = 1 / 3
_LINES_AFTER = 2
_LAST_LINES = 2
_LEAST_DOTS = 200
"""Pixels an inch, below which a print looks coarse."""
_ROUNDING = 0.3 * MILLIMETRE
"""What may stand out and nobody sees: the printer rounds, and letters reach a little beyond their width."""
_TOUCHING = 0.2
"""The part of a text's height by which lines may come near each other."""

Sight = tuple[int, str]
"""What a rule sees: the page's index, and the words for it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of composition; `look` yields what breaks it."""

    name: str
    look: Callable[[Sequence[Layout]], Iterable[Sight]]
    expected: str
    cure: str
    severity: Severity


def judge(pages: Sequence[Layout], place: Callable[[int], Place]) -> Iterator[Finding]:
    """Yield what breaks the rules; `place` names a page by its number.

    What one page has several times is told once with their number, and what several pages have alike on the first.
    """
    for rule in RULES:
        seen: dict[int, list[str]] = {}
        for index, words in rule.look(pages):
            seen.setdefault(index, []).append(words)
        alike = Counter(tuple(sights) for sights in seen.values())
        told = set()
        for index, sights in seen.items():
            if tuple(sights) in told:
                continue
            told.add(tuple(sights))
            more = (len(sights) - 1, "more of the kind on this page"), (alike[tuple(sights)] - 1, "more pages alike")
            found = sights[0] + "".join(f", and {number} {words}" for number, words in more if number)
            yield Finding(place(index + 1), f"preflight.{rule.name}", found, rule.expected, rule.cure, rule.severity)


# --- what cannot be read --------------------------------------------------------------------------


def _beyond_paper(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages):
        for piece in page.pieces:
            if not piece.setting.behind and not _cut(piece) and (out := _out(piece.frame, page.paper)):
                yield index, f"{_called(piece)} reaches {_length(out)} beyond the edge of the paper"


def _hidden(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages):
        for piece in page.pieces:
            # Pictures are cropped on purpose, and text may lose the little that its letters do not use.
            if not piece.picture and (out := _cut(piece)) > _TOUCHING * piece.frame.height:
                yield index, f"{_called(piece)} is cut off by {_length(out)}"


def _cut(piece: Piece) -> float:
    return _out(piece.frame, piece.setting.clip) if piece.setting.clip else 0


def _overlapping(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages):
        pieces = [piece for piece in page.pieces if not piece.setting.behind]
        pieces.sort(key=lambda piece: piece.frame.top)
        for at, piece in enumerate(pieces):
            for other in pieces[at + 1 :]:
                if other.frame.top >= piece.frame.bottom:
                    break
                if _collide(piece, other):
                    yield index, f"{_called(piece)} and {_called(other)} stand on each other"


def _collide(one: Piece, other: Piece) -> bool:
    """Return whether two pieces cover each other so that a reader notices; a picture may lie below text on purpose."""
    if one.picture and other.picture:
        return False
    if (one.picture or other.picture) and not (one.setting.body and other.setting.body):
        return False
    a, b = one.frame, other.frame
    margin = _TOUCHING * min(a.height, b.height)
    return (
        min(a.right, b.right) - max(a.left, b.left) > margin
        and min(a.bottom, b.bottom) - max(a.top, b.top) > 2 * margin
    )


# --- what a style sheet cures ---------------------------------------------------------------------


def _in_margin(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages):
        for piece in page.flow:
            body = piece.setting.body
            if body is None or _out(piece.frame, page.paper) or _outside_cell(piece):
                continue
            area = Frame(body.left, page.paper.top, body.right, body.bottom)
            if (out := _out(piece.frame, area)) > _ROUNDING:
                yield index, f"{_called(piece)} reaches {_length(out)} into the margin"


def _wide_cells(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages):
        for piece in page.pieces:
            if out := _outside_cell(piece):
                yield index, f"{_called(piece)} is {_length(out)} wider than its column"


def _outside_cell(piece: Piece) -> float:
    cell = piece.setting.cell
    return 0 if cell is None else _out(piece.frame, Frame(cell.left, piece.frame.top, cell.right, piece.frame.bottom))


def _cut_rows(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages[:-1]):
        here = {piece.setting.row: piece for piece in reversed(page.flow) if piece.setting.row > 0}
        after = {piece.setting.row for piece in pages[index + 1].flow}
        before = {piece.setting.row for piece in pages[index - 1].flow} if index else set()
        for row, piece in here.items():
            if row in after - before:
                yield index, f"the table row of {_called(piece)} goes on on the next page"


def _stranded_headings(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages[:-1]):
        if page.ended:
            continue
        following = pages[index + 1].flow
        goes_on = not following or not following[0].setting.heading
        for words, lines in _headings(page.flow):
            # A section of one line that ends with its page is whole.
            if lines < _LINES_AFTER and (goes_on or not lines):
                yield index, f"the heading '{_short(words)}' with {lines or 'no'} line{'s' * (lines != 1)} after it"
                break


def _headings(flow: Sequence[Piece]) -> Iterator[tuple[str, int]]:
    """Yield the words of each heading, and how many lines follow it on its page; headings are none."""
    starts = {piece.setting.heading: at for at, piece in reversed(tuple(enumerate(flow))) if piece.setting.heading}
    for heading, at in sorted(starts.items(), key=lambda pair: pair[1]):
        words = "".join(piece.words for piece in flow[at:] if piece.setting.heading == heading)
        yield words, _lines(piece for piece in flow[at:] if not piece.setting.heading)


def _coarse(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages):
        for piece in page.pieces:
            if 0 < piece.dots < _LEAST_DOTS - 0.5:
                width, height = (_ceiling(side * _LEAST_DOTS / piece.dots) for side in piece.pixels)
                printed = f"{piece.pixels[0]} x {piece.pixels[1]} pixels at {piece.dots:.0f} an inch"
                yield index, f"{_called(piece)} has {printed} (at its size it needs {width} x {height})"


# --- what the data bring about --------------------------------------------------------------------


def _sparse(pages: Sequence[Layout]) -> Iterator[Sight]:
    for index, page in enumerate(pages[:-1]):
        if page.ended or not page.flow or not page.body.height:
            continue
        if page.filled < _LEAST_FILLED:
            yield index, f"a page that is filled to {page.filled:.0%} only, and the text goes on on the next one"


def _short_end(pages: Sequence[Layout]) -> Iterator[Sight]:
    if len(pages) < 2 or pages[-2].ended:
        return
    lines = _lines(pages[-1].flow)
    if 0 < lines <= _LAST_LINES:
        yield len(pages) - 1, f"a last page of {lines} line{'s' * (lines != 1)}"


# --- measures and words ---------------------------------------------------------------------------


def _out(frame: Frame, area: Frame) -> float:
    """Return how far a frame stands out of an area; 0 for what nobody sees."""
    out = max(area.left - frame.left, area.top - frame.top, frame.right - area.right, frame.bottom - area.bottom)
    return out if out > _ROUNDING else 0


def _lines(pieces: Iterable[Piece]) -> int:
    """Return how many lines pieces stand on, one below the other; a picture counts as two."""
    count, edge = 0, float("-inf")
    for piece in sorted(pieces, key=lambda each: each.frame.top):
        if piece.frame.top + _TOUCHING * piece.frame.height >= edge:
            count += _LINES_AFTER if piece.picture else 1
            edge = piece.frame.bottom
    return count


def _called(piece: Piece) -> str:
    return f"the picture '{_short(piece.words)}'" if piece.picture else f"the text '{_short(piece.words)}'"


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 50 else f"{words[:49]}…"


def _length(pixels: float) -> str:
    return f"{pixels / MILLIMETRE:.1f} mm"


def _ceiling(number: float) -> int:
    return -int(-number // 1)


RULES = (
    Rule(
        "edge", _beyond_paper, "everything on the paper",
        "Narrow it, let it break, or place it further in; take columns out of a table, or give them shorter labels.",
        "error",
    ),
    Rule(
        "hidden", _hidden, "nothing cut off", "Give its box room, or take 'overflow' out of its style.", "error",
    ),
    Rule(
        "overlap", _overlapping, "nothing over text",
        "Give each its room; a fixed size, a negative margin, words that must not break or a place of its own do this.",
        "error",
    ),
    Rule(
        "margin", _in_margin, "margins free of text",
        "Narrow it or let it break: white-space, overflow-wrap, table-layout, fewer columns.", "warning",
    ),
    Rule(
        "cell", _wide_cells, "cells as wide as their columns",
        "Widen the column, or let its words break: white-space, overflow-wrap.", "warning",
    ),
    Rule(
        "row", _cut_rows, "rows that stand on one page",
        "Keep rows whole in the style sheet, tr { break-inside: avoid }; one longer than a page needs shorter texts.",
        "warning",
    ),
    Rule(
        "heading", _stranded_headings, "two lines or a picture below it on its page",
        "Keep it with what follows in the style sheet: break-after: avoid for the heading, orphans: 2 for the text.",
        "warning",
    ),
    Rule(
        "picture", _coarse, f"at least {_LEAST_DOTS} pixels an inch",
        "Put in a larger picture, print it smaller, or draw it as SVG.", "warning",
    ),
    Rule(
        "sparse", _sparse, "at least a third of a page",
        "Shorten what did not fit, let it break or move it, or end the page on purpose: break-after: page.", "note",
    ),
    Rule(
        "last-page", _short_end, "more than two lines on the last page", "Shorten the text by as much.", "note",
    ),
)
"""The rules, in the order in which their findings are told."""
