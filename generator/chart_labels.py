"""Names beside lines and values beside marks, so that no text meets another.

Place in the pipeline: step 3 Draw. In: a `Frame` whose lines are drawn; out: words on its sheet. Placing is
greedy and in a fixed order: names first, then the last, first, highest and lowest value, then the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from .chart_frame import LEADING, Frame
from .chart_sheet import Shape, Words, spread
from .colours import legible
from .page import Line, Point

NEAR_TICKS = 2.3
"""Points by which a name may stand below the area, down to the labels of ticks."""
FAR = 20.0
"""Points from a mark to the margin over which a name needs a line to it."""
NEAR_END = 0.1
"""A line that ends in this part of the width, counted from the right, is named in the margin."""


def name_lines(frame: Frame, lines: tuple[Line, ...], colors: tuple[str, ...]) -> dict[int, Point]:
    """Write each line's name where it ends; return the points whose value is printed with the name."""
    if not frame.names:
        return {}
    named = [index for index, line in enumerate(lines) if line.label]
    margin = [index for index in named if not _name_inside(frame, lines[index], index, colors)]
    leading = frame.sheet.look.text * LEADING
    heights = [len(frame.names[index]) * leading + 1 for index in margin]
    wanted = [frame.y(lines[index].points[-1].y) for index in margin]
    middles = spread(wanted, heights, frame.floor - NEAR_TICKS, frame.ceiling)
    for index, middle in zip(margin, middles, strict=True):
        _name_in_margin(frame, lines[index], index, middle, colors[index % len(colors)])
    return {index: lines[index].points[-1] for index in named}


def _block(frame: Frame, index: int, x: float, middle: float, color: str) -> list[Words]:
    look, texts = frame.sheet.look, frame.names[index]
    first = middle + (len(texts) - 1) / 2 * look.text * LEADING - look.text * 0.27
    return [
        Words(text, x, first - row * look.text * LEADING, "left", look.text, legible(color, look.paper))
        for row, text in enumerate(texts)
    ]


def _name_inside(frame: Frame, line: Line, index: int, colors: tuple[str, ...]) -> bool:
    """Name a line that ends early beside its end, if there is room."""
    low, high = frame.xs
    x, y = frame.xy(line.points[-1])
    if line.points[-1].x >= high - (high - low) * NEAR_END:
        return False
    color, look = colors[index % len(colors)], frame.sheet.look
    tall = len(frame.names[index]) * look.text * LEADING / 2
    wide = max(frame.sheet.wide(text, look.text) for text in frame.names[index])
    lift = tall + look.mark / 2 + (7 if line.points[-1].open_ended else 1)
    places = ((x + look.mark, y), (x - wide / 2, y + lift), (x - wide / 2, y - lift), (x, y + lift), (x, y - lift))
    inside = (
        _block(frame, index, place, middle, color)
        for place, middle in places
        if place >= frame.area.left and place + wide < frame.area.right and middle - tall > frame.area.bottom
    )
    return frame.sheet.write_if_free(inside)


def _name_in_margin(frame: Frame, line: Line, index: int, middle: float, color: str) -> None:
    sheet, look = frame.sheet, frame.sheet.look
    x, y = frame.xy(line.points[-1])
    edge, level = frame.area.right + 8, abs(middle - y) <= look.text * 0.6
    beside = _block(frame, index, x + look.mark / 2 + 3, middle, color)
    if level and edge - x > FAR and sheet.write_if_free([beside]):
        return
    sheet.write(*_block(frame, index, edge, middle, color))
    if not level or edge - x > FAR:
        start = x + look.mark / 2 + 1
        path = ((start, y), (max(start, edge - 6), y), (edge - 2, middle))
        sheet.shapes.append(Shape((path,), stroke=color, width=0.5))
        sheet.follow(path[:2])


def label_points(frame: Frame, line: Line, color: str, *, but: Point | None = None) -> None:
    """Print the values of marks where they fit; `but` is the point whose value stands with the line's name."""
    points = [point for point in _by_weight(line) if point.label and point is not but]
    for rank, point in enumerate(points):
        places = [[place] for place in _places(frame, point, color) if frame.sheet.box(place).bottom > frame.floor]
        if not frame.sheet.write_if_free(places) and rank == 0 and but is None:
            frame.sheet.write_if_free(places, off_lines=False)


def label_columns(frame: Frame, line: Line, shift: float, wide: float) -> None:
    """Print the values of columns at their ends: all of them, or the ends and extremes where columns are narrow."""
    sheet, size = frame.sheet, frame.sheet.look.text
    points = [point for point in _by_weight(line) if point.label]
    if any(sheet.wide(point.label, size) > wide * 1.3 for point in points):
        points = points[:4]
    for point in points:
        x, y = frame.x(point.x) + shift, frame.y(point.y)
        base = y - 2 - size * 0.74 if point.y < 0 else y + 2.5 + (7 if point.open_ended else 0)
        sheet.write_if_free([[Words(point.label, x, base, "center", size, sheet.look.ink)]])


def _by_weight(line: Line) -> list[Point]:
    ends = [line.points[-1], line.points[0]]
    extremes = [max(line.points, key=lambda point: point.y), min(line.points, key=lambda point: point.y)]
    return list(dict.fromkeys([*ends, *extremes, *line.points]))


def _places(frame: Frame, point: Point, color: str) -> Iterator[Words]:
    look = frame.sheet.look
    x, y = frame.xy(point)
    far, size, ink = look.mark / 2 + 2.5, look.text, legible(color, look.paper)
    up = y + far + (6 if point.open_ended else 0)
    down, level = y - far - size * 0.74, y - size * 0.27
    yield Words(point.label, x, up, "center", size, ink)
    yield Words(point.label, x, down, "center", size, ink)
    yield Words(point.label, x + 1, up, "left", size, ink)
    yield Words(point.label, x - 1, up, "right", size, ink)
    yield Words(point.label, x + 1, down, "left", size, ink)
    yield Words(point.label, x - 1, down, "right", size, ink)
    yield Words(point.label, x + far, level, "left", size, ink)
    yield Words(point.label, x - far, level, "right", size, ink)
