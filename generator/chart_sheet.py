"""A sheet to draw on, without a library: shapes in points, and text that never overlaps.

Place in the pipeline: step 3 Draw. In: what a kind of chart draws; out: `Shape`, `Marks` and `Words`,
which `charts.py` turns into an SVG. y grows upwards, the origin is the sheet's lower left corner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Anchor = Literal["left", "center", "right"]
XY = tuple[float, float]
Measure = Callable[[str, float, bool], float]
ASCENT, DESCENT = 0.74, 0.22
"""Height above and below the baseline that Latin, Cyrillic and Chinese text needs, as parts of its size."""
AIR = 0.9
"""Points kept free beside text: letters printed one by one run a little wider than measured."""


@dataclass(frozen=True, slots=True)
class Look:
    """The style sheet's values, in points and #rrggbb, so that no kind names a colour."""

    text: float
    tick: float
    line: float
    mark: float
    ink: str
    quiet: str
    grid: str
    grid_line: float
    axis: str
    axis_line: float
    paper: str
    muted: str = "#8c969e"
    """Lines that a chart is not about."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Return whether two boxes share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def holds(self, other: Box) -> bool:
        """Return whether `other` lies inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.bottom <= other.bottom
            and other.top <= self.top
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """One or many polylines with one look; `fill` and `stroke` are colours or ""."""

    paths: tuple[tuple[XY, ...], ...]
    fill: str = ""
    stroke: str = ""
    width: float = 0
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """One symbol at many places; `symbol` is one of matplotlib's markers, `size` its diameter."""

    symbol: str
    places: tuple[XY, ...]
    size: float
    fill: str
    stroke: str
    width: float


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text on its baseline."""

    text: str
    x: float
    y: float
    anchor: Anchor
    size: float
    color: str
    bold: bool = False


@dataclass
class Sheet:
    """What has been drawn so far, and what later text must keep clear of."""

    width: float
    height: float
    look: Look
    measure: Measure
    span: tuple[float, float] | None = None
    """The years that all panels share; None before they are known."""
    off_centre: bool = False
    """Whether a panel has marks beside the middle of years, so that all panels mark where years turn."""
    back: list[Shape | Marks] = field(default_factory=list)
    """What lies behind the data: the grid."""
    shapes: list[Shape | Marks] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)
    ways: list[Box] = field(default_factory=list)
    """Boxes along lines: text keeps off them where it can."""

    def wide(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text in points."""
        return self.measure(text, size, bold)

    def box(self, words: Words) -> Box:
        """Return the rectangle that a line of text covers."""
        wide = self.wide(words.text, words.size, bold=words.bold)
        left = words.x - {"left": 0.0, "center": wide / 2, "right": wide}[words.anchor]
        return Box(left - AIR, words.y - DESCENT * words.size, left + wide + AIR, words.y + ASCENT * words.size)

    def outside(self) -> tuple[str, ...]:
        """Return the texts that do not lie wholly on the sheet."""
        page = Box(-AIR, -AIR, self.width + AIR, self.height + AIR)
        return tuple(words.text for words in self.words if not page.holds(self.box(words)))

    def layers(self) -> tuple[Shape | Marks, ...]:
        """Return all shapes from back to front; the grid stops short of text, so that it never strikes it out."""
        boxes = [self.box(words) for words in self.words]
        holes = tuple(
            ((box.left, box.bottom), (box.left, box.top), (box.right, box.top), (box.right, box.bottom))
            for box in boxes
        )
        paper = [Shape(holes, fill=self.look.paper)] if self.back and holes else []
        return (*self.back, *paper, *self.shapes)

    def write(self, *lines: Words) -> None:
        """Put text down where it is, and keep its room."""
        for words in lines:
            self.words.append(words)
            self.taken.append(self.box(words))

    def free(self, lines: Sequence[Words], *, off_lines: bool = True) -> bool:
        """Return whether text would overlap nothing and stay on the sheet."""
        page = Box(-0.01, -0.01, self.width + 0.01, self.height + 0.01)
        others = [*self.taken, *self.ways] if off_lines else self.taken
        boxes = [self.box(words) for words in lines]
        return all(page.holds(box) and not any(box.meets(other) for other in others) for box in boxes)

    def write_if_free(self, candidates: Iterable[Sequence[Words]], *, off_lines: bool = True) -> bool:
        """Put the first of several placings down that overlaps nothing; return whether there was one."""
        for lines in candidates:
            if self.free(lines, off_lines=off_lines):
                self.write(*lines)
                return True
        return False

    def keep_clear(self, box: Box) -> None:
        """Let later text avoid a rectangle."""
        self.taken.append(box)

    def follow(self, path: Sequence[XY], room: float = 1.2, step: float = 4.0) -> None:
        """Let later text avoid a polyline."""
        for (x1, y1), (x2, y2) in pairwise(path):
            parts = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / step))
            for part in range(parts + 1):
                x, y = x1 + (x2 - x1) * part / parts, y1 + (y2 - y1) * part / parts
                self.ways.append(Box(x - room, y - room, x + room, y + room))

    def wrap(self, text: str, size: float, wide: float) -> tuple[str, ...]:
        """Return the text in lines of at most `wide` points, broken at spaces or between Chinese characters."""
        lines, line = [], ""
        for piece in _pieces(text):
            if line and self.wide((line + piece).rstrip(), size) > wide:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        return tuple(line for line in (*lines, line.rstrip()) if line)


def _pieces(text: str) -> list[str]:
    pieces: list[str] = [""]
    for character in text:
        before = pieces[-1][-1:]
        after_word = before in (" ", "-") and character != " "
        after_sign = bool(before) and _breaks_anywhere(before) and character not in "，。、；：）》”％%)"
        if _breaks_anywhere(character) or after_word or after_sign:
            pieces.append(character)
        else:
            pieces[-1] += character
    return [piece for piece in pieces if piece]


def _breaks_anywhere(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """Return middles near the wanted ones so that labels of these heights, inside `low` to `high`, do not meet.

    Labels that crowd are moved as one block around the mean of the places they want; order is kept.
    """
    blocks: list[tuple[list[int], float]] = []
    for index in sorted(range(len(wanted)), key=lambda index: (wanted[index], -index)):
        members, start = [index], _start([index], wanted, heights, low, high)
        while blocks and _end(*blocks[-1], heights) > start:
            members = blocks.pop()[0] + members
            start = _start(members, wanted, heights, low, high)
        blocks.append((members, start))
    places = [0.0] * len(wanted)
    for members, start in blocks:
        top = start
        for index in members:
            places[index] = top + heights[index] / 2
            top += heights[index]
    return tuple(places)


def _end(members: Sequence[int], start: float, heights: Sequence[float]) -> float:
    return start + sum(heights[index] for index in members) - 1e-9


def _start(members: Sequence[int], wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> float:
    offset, best = 0.0, 0.0
    for index in members:
        best += wanted[index] - offset - heights[index] / 2
        offset += heights[index]
    return max(low, min(best / len(members), high - offset))
