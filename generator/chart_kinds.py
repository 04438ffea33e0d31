"""The kinds of charts: one function and one line of `KINDS` each.

Place in the pipeline: step 3 Draw. In: a `Plot`; out: a `Sheet` of shapes and words in points. No library is
imported here, so that planning can ask which kinds there are. Rules of the look (after the chart desks of
Our World in Data and The Economist): labels stand beside what they name, the grid is light and horizontal,
there is no box, amounts start at zero, and every line has a symbol of its own for those who print in grey.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from .catalogues import msgid
from .chart_frame import LEADING, Frame, off_centre, open_frame, x_span
from .chart_labels import label_columns, label_points, name_lines
from .chart_sheet import Box, Look, Marks, Measure, Shape, Sheet, Words
from .page import Line, Panel, Plot, Point

MM = 72 / 25.4
SYMBOLS = (("o", 1.0), ("s", 0.9), ("^", 1.4), ("D", 0.9), ("v", 1.4), ("P", 1.3), ("X", 1.3), ("p", 1.2))
"""Each line's symbol, and by how much it is enlarged to weigh as much as the circle."""
NAMES_OF_BARS = 0.36
"""The part of the width that names of bars may take."""
ALIKE = 75
"""Colours nearer than this in red, green and blue of 0 to 255 are taken for one another."""
SIDES = (0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0)
"""Where marks of one date that would cover each other stand, in widths of a mark; names stand at the right."""
GAP = 14.0
"""Points between panels."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of chart is called and may hold, and the function that draws one panel of it."""

    name: str
    draw: Callable[[Sheet, Panel, Box, tuple[str, ...]], None]
    joined: bool = False
    """Marks are joined: needs one statistical basis a line."""
    zero: bool = False
    """The value axis always starts at zero."""
    newest: bool = False
    """Only the newest value of a line is shown."""
    apart: bool = False
    """Every line has a panel and a unit of its own."""
    sloped: bool = False
    """Slopes are read more than values, which are printed where there are few."""
    most: int = 8
    """More lines than this cannot be told apart."""


def lay_out(plot: Plot, look: Look, measure: Measure) -> Sheet:
    """Return the plot as shapes and words on a sheet of its size; ValueError where text has no room."""
    sheet = Sheet(plot.width * MM, plot.height * MM, look, measure)
    colors, highlighted = _colors(plot), any(line.highlight for panel in plot.panels for line in panel.lines)
    if KINDS[plot.kind].apart:
        sheet.span = x_span(plot.panels)
        sheet.off_centre = any(map(off_centre, plot.panels))
    for index, (panel, cell) in enumerate(zip(plot.panels, _cells(plot, sheet), strict=True)):
        own = colors if len(plot.panels) == 1 else (colors[index % len(colors)],)
        own = _muted(panel, colors, look) if highlighted else own
        KINDS[plot.kind].draw(sheet, panel, cell, own)
    if sheet.outside():
        raise ValueError(f"no room for '{sheet.outside()[0]}' on {plot.width:g} by {plot.height:g} mm")
    return sheet


def _colors(plot: Plot) -> tuple[str, ...]:
    """Return the accent and the palette; colours that look like the accent come last."""
    return (plot.accent, *sorted(plot.palette, key=lambda color: _distance(color, plot.accent) < ALIKE))


def _muted(panel: Panel, colors: tuple[str, ...], look: Look) -> tuple[str, ...]:
    """Return a colour a line: the chart's in their order for those that it is about, grey for the others."""
    told = iter(colors * len(panel.lines))
    return tuple(next(told) if line.highlight else look.muted for line in panel.lines)


def _distance(one: str, other: str) -> float:
    parts = ((int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) ** 2 for at in (1, 3, 5))
    return math.sqrt(sum(parts))


def columns_of_panels(count: int, width: float) -> int:
    """Return how many panels stand side by side on `width` millimetres."""
    most = max(1, min(3, int(width // 52)))
    if count <= most:
        return count
    return min(range(most, 0, -1), key=lambda columns: (-(-count // columns), -count % columns))


def _cells(plot: Plot, sheet: Sheet) -> list[Box]:
    columns = columns_of_panels(len(plot.panels), plot.width)
    rows = -(-len(plot.panels) // columns)
    wide = (sheet.width - GAP * (columns - 1)) / columns
    high = (sheet.height - GAP * (rows - 1)) / rows
    corners = [
        (index % columns * (wide + GAP), sheet.height - index // columns * (high + GAP))
        for index in range(len(plot.panels))
    ]
    return [Box(left, top - high, left + wide, top) for left, top in corners]


# --- lines, steps and points ----------------------------------------------------------------------


def draw_lines(sheet: Sheet, panel: Panel, cell: Box, colors: tuple[str, ...]) -> None:
    """Draw joined lines: gaps stay gaps, and a change of method interrupts the line."""
    frame = open_frame(sheet, panel, cell, names=True)
    for index, line in enumerate(panel.lines):
        color = colors[index % len(colors)]
        runs = _runs(line.points, (*line.breaks, *line.gaps))
        paths = tuple(tuple(frame.xy(point) for point in run) for run in runs if len(run) > 1)
        _stroke(sheet, paths, color)
        _break_marks(frame, line)
        alone = {run[0] for run in runs if len(run) == 1}
        _marks(frame, line, SYMBOLS[index % len(SYMBOLS)], color, _marked(line, len(panel.lines)) | alone)
    _label(frame, panel, colors)


def draw_steps(sheet: Sheet, panel: Panel, cell: Box, colors: tuple[str, ...]) -> None:
    """Draw counts at dates: a level holds until the next count."""
    frame = open_frame(sheet, panel, cell, names=True)
    for index, line in enumerate(panel.lines):
        color = colors[index % len(colors)]
        runs = _runs(line.points, line.breaks)
        _stroke(sheet, tuple(_levels(frame, run, line.breaks) for run in runs), color)
        _break_marks(frame, line)
        _marks(frame, line, SYMBOLS[index % len(SYMBOLS)], color, set(line.points))
    _label(frame, panel, colors)


def _levels(frame: Frame, points: list[Point], breaks: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """Return the corners of levels; the last one holds until the method changes."""
    places = [frame.xy(point) for point in points]
    places += [(frame.x(stop), places[-1][1]) for stop in sorted(breaks) if stop > points[-1].x][:1]
    return (*(place for one, two in pairwise(places) for place in (one, (two[0], one[1]))), places[-1])


def draw_panels(sheet: Sheet, panel: Panel, cell: Box, colors: tuple[str, ...]) -> None:
    """Draw one of several panels: counts at dates as levels, all else as a line."""
    draw = draw_steps if any(line.level for line in panel.lines) else draw_lines
    draw(sheet, panel, cell, colors)


def draw_points(sheet: Sheet, panel: Panel, cell: Box, colors: tuple[str, ...]) -> None:
    """Draw separate marks, never joined: figures from several speakers are not one series."""
    frame = open_frame(sheet, panel, cell, names=True)
    panel = _side_by_side(frame, panel)
    for index, line in enumerate(panel.lines):
        _marks(frame, line, SYMBOLS[index % len(SYMBOLS)], colors[index % len(colors)], set(line.points))
    _label(frame, panel, colors)


def _side_by_side(frame: Frame, panel: Panel) -> Panel:
    """Move marks of the same date apart where one would cover the other: two offices that almost agree."""
    size, placed = frame.sheet.look.mark * 1.3, dict[float, list[tuple[float, float]]]()
    years = (frame.xs[1] - frame.xs[0]) / ((frame.area.right - frame.area.left) or 1.0)
    lines = []
    for line in panel.lines:
        moved = []
        for point in line.points:
            others, y = placed.setdefault(point.x, []), frame.y(point.y)
            near = {step for step, other in others if abs(other - y) < size}
            step = next(step for step in SIDES if step not in near or step == SIDES[-1])
            others.append((step, y))
            moved.append(replace(point, x=point.x + step * size * years))
        lines.append(replace(line, points=tuple(moved)))
    return replace(panel, lines=tuple(lines))


def _label(frame: Frame, panel: Panel, colors: tuple[str, ...]) -> None:
    named = name_lines(frame, panel.lines, colors)
    for index, line in enumerate(panel.lines):
        label_points(frame, line, colors[index % len(colors)], but=named.get(index))


def _stroke(sheet: Sheet, paths: tuple[tuple[tuple[float, float], ...], ...], color: str) -> None:
    if paths:
        sheet.shapes.append(Shape(paths, stroke=color, width=sheet.look.line))
    for path in paths:
        sheet.follow(path)


def _runs(points: tuple[Point, ...], stops: tuple[float, ...]) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if runs[-1] and any(runs[-1][-1].x < stop <= point.x for stop in stops):
            runs.append([])
        runs[-1].append(point)
    return runs


def _marked(line: Line, lines: int) -> set[Point]:
    """Choose the points that get a symbol: labelled and hollow ones, the last, and on several lines every few."""
    chosen = {point for point in line.points if point.label or point.hollow or point.open_ended}
    every = max(1, -(-len(line.points) // 6))
    return chosen | set(line.points[:: -every if lines > 1 else -len(line.points)])


def _marks(frame: Frame, line: Line, symbol: tuple[str, float], color: str, chosen: set[Point]) -> None:
    sheet, size = frame.sheet, frame.sheet.look.mark * symbol[1]
    for hollow in (False, True):
        points = [point for point in line.points if point in chosen and point.hollow is hollow]
        places = tuple(frame.xy(point) for point in points)
        if places:
            fill, edge = (sheet.look.paper, color) if hollow else (color, sheet.look.paper)
            sheet.shapes.append(Marks(symbol[0], places, size, fill, edge, 0.8 if hollow else 0.5))
        for x, y in places:
            sheet.keep_clear(Box(x - size / 2, y - size / 2, x + size / 2, y + size / 2))
    _carets(frame, [frame.xy(point) for point in line.points if point.open_ended], color, lift=size / 2)


def _carets(frame: Frame, places: list[tuple[float, float]], color: str, lift: float) -> None:
    """Draw a short arrow upwards above a value that is known only as "more than"."""
    paths = []
    for x, y in places:
        foot, head = y + lift, y + lift + 6
        paths += [((x, foot), (x, head)), ((x - 2, head - 2.2), (x, head), (x + 2, head - 2.2))]
        frame.sheet.keep_clear(Box(x - 2.2, foot, x + 2.2, head + 0.5))
    if paths:
        frame.sheet.shapes.append(Shape(tuple(paths), stroke=color, width=0.9))


def _break_marks(frame: Frame, line: Line) -> None:
    places = []
    for stop in line.breaks:
        after = next((point for point in line.points if point.x >= stop), None)
        before = next((point for point in reversed(line.points) if point.x < stop), None)
        if before and after:
            places.append((frame.x(stop), (frame.y(before.y) + frame.y(after.y)) / 2))
    _strokes(frame, places)


def _strokes(frame: Frame, places: list[tuple[float, float]]) -> None:
    """Draw the two strokes that mark a change of method."""
    paths = []
    for x, y in places:
        paths += [((x - 2.5, y - 4), (x - 0.5, y + 4)), ((x + 0.5, y - 4), (x + 2.5, y + 4))]
        frame.sheet.keep_clear(Box(x - 3, y - 4, x + 3, y + 4))
    if paths:
        frame.sheet.shapes.append(Shape(tuple(paths), stroke=frame.sheet.look.quiet, width=0.8))


# --- columns and bars -----------------------------------------------------------------------------


def draw_columns(sheet: Sheet, panel: Panel, cell: Box, colors: tuple[str, ...]) -> None:
    """Draw amounts per period from a zero baseline; several lines stand side by side in a group."""
    xs = sorted({point.x for line in panel.lines for point in line.points})
    slot = min((two - one for one, two in pairwise(xs)), default=1.0)
    frame = open_frame(sheet, panel, cell, pad=slot * 0.5, key=_key(panel, colors))
    wide = (frame.x(xs[0] + slot) - frame.x(xs[0])) * (0.7 if len(panel.lines) == 1 else 0.82)
    share = wide / len(panel.lines)
    for index, line in enumerate(panel.lines):
        shift = (index - (len(panel.lines) - 1) / 2) * share
        _columns(frame, line, colors[index % len(colors)], shift, share)
    frame.baseline()
    for index, line in enumerate(panel.lines):
        shift = (index - (len(panel.lines) - 1) / 2) * share
        label_columns(frame, line, shift, share)


def _columns(frame: Frame, line: Line, color: str, shift: float, wide: float) -> None:
    sheet, zero, air = frame.sheet, frame.y(0), min(0.5, wide * 0.08)
    for hollow in (False, True):
        paths = []
        for point in (point for point in line.points if point.hollow is hollow):
            x, y = frame.x(point.x) + shift, frame.y(point.y)
            left, right = x - wide / 2 + air, x + wide / 2 - air
            paths.append(((left, zero), (left, y), (right, y), (right, zero), (left, zero)))
            sheet.keep_clear(Box(left, min(zero, y), right, max(zero, y)))
        if paths:
            fill = sheet.look.paper if hollow else color
            sheet.shapes.append(Shape(tuple(paths), fill=fill, stroke=color if hollow else "", width=0.8))
    places = [(frame.x(point.x) + shift, frame.y(point.y)) for point in line.points if point.open_ended]
    _carets(frame, places, color, lift=1)
    _strokes(frame, [(frame.x(stop), zero) for stop in line.breaks])


def _key(panel: Panel, colors: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if len(panel.lines) == 1 and not panel.lines[0].label:
        return ()
    return tuple((line.label, colors[index % len(colors)]) for index, line in enumerate(panel.lines))


def draw_bars(sheet: Sheet, panel: Panel, cell: Box, colors: tuple[str, ...]) -> None:
    """Draw horizontal bars from a zero line, each with its name at the left and its value at its end."""
    look, rows = sheet.look, panel.lines
    names = [sheet.wrap(line.label, look.text, (cell.right - cell.left) * NAMES_OF_BARS) for line in rows]
    name_wide = max(sheet.wide(text, look.text) for lines in names for text in lines)
    label_wide = max(sheet.wide(line.points[-1].label, look.text, bold=True) for line in rows) + 6
    values = [line.points[-1].y for line in rows]
    low, high = min(0.0, *values), max(0.0, *values)
    left = cell.left + name_wide + 8 + (label_wide if low < 0 else 0)
    room = max(10.0, cell.right - left - (label_wide + 6 if max(values) >= 0 else 0))
    scale = room / ((high - low) or 1.0)
    zero, top = left - low * scale, cell.top
    needs = [max(1.8, len(name) + 0.5) for name in names]
    hues = colors if any(line.highlight for line in rows) or look.muted in colors else colors[:1]
    for index, (line, name, need) in enumerate(zip(rows, names, needs, strict=True)):
        row = (cell.top - cell.bottom) * need / sum(needs)
        end, middle = zero + line.points[-1].y * scale, top - row / 2
        _bar(sheet, line, (zero, end, middle, min(row * 0.62, 13)), hues[index % len(hues)])
        _bar_words(sheet, line, name, (cell.left + name_wide, end, middle))
        top -= row
    path = ((zero, cell.bottom), (zero, cell.top))
    sheet.shapes.append(Shape((path,), stroke=look.axis, width=look.axis_line))


def _bar_words(sheet: Sheet, line: Line, name: tuple[str, ...], place: tuple[float, float, float]) -> None:
    left, end, middle = place
    size, point, base = sheet.look.text, line.points[-1], middle - sheet.look.text * 0.27
    for step, text in enumerate(name):
        y = base + ((len(name) - 1) / 2 - step) * size * LEADING
        sheet.write(Words(text, left, y, "right", size, sheet.look.ink))
    if point.y < 0:
        sheet.write(Words(point.label, end - 4, base, "right", size, sheet.look.ink, bold=True))
    else:
        sheet.write(
            Words(point.label, end + (9 if point.open_ended else 4), base, "left", size, sheet.look.ink, bold=True)
        )


def _bar(sheet: Sheet, line: Line, place: tuple[float, float, float, float], color: str) -> None:
    zero, end, middle, thick = place
    low, high, point = middle - thick / 2, middle + thick / 2, line.points[-1]
    path = ((zero, low), (zero, high), (end, high), (end, low), (zero, low))
    fill = sheet.look.paper if point.hollow else color
    sheet.shapes.append(Shape((path,), fill=fill, stroke=color if point.hollow else "", width=0.8))
    if point.open_ended:
        arrow = (
            ((end + 1, middle), (end + 6, middle)),
            ((end + 4, middle - 2), (end + 6, middle), (end + 4, middle + 2)),
        )
        sheet.shapes.append(Shape(arrow, stroke=color, width=0.9))


KINDS: dict[str, Kind] = {
    "line": Kind(msgid("Line chart"), draw_lines, joined=True, sloped=True),
    "points": Kind(msgid("Point chart"), draw_points),
    "columns": Kind(msgid("Column chart"), draw_columns, joined=True, zero=True, most=4),
    "step": Kind(msgid("Step chart"), draw_steps, joined=True),
    "panels": Kind(msgid("Small line charts"), draw_panels, joined=True, apart=True, sloped=True, most=12),
    "bars": Kind(msgid("Bar chart"), draw_bars, zero=True, newest=True, most=24),
}
