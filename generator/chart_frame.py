"""A pair of axes on a sheet: margins measured from the text they hold, grid, ticks, events.

Place in the pipeline: step 3 Draw. In: a `Panel` and the cell it may use; out: a `Frame` that turns data into
points. Margins are set from text widths before anything is drawn, which a layout engine does in twice the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .chart_sheet import AIR, XY, Box, Shape, Sheet, Words
from .page import Panel, Point

LEADING = 1.22
"""Distance of baselines, as a part of the size."""
NAME_SHARE = 0.3
"""The part of a panel's width that names of lines may take at its right."""


_ASCENT = 1.05
"""Height of a capital with its accent, in sizes of the type: É, Й and Ế reach higher than other letters."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The area of the data in points, and the data's spans along it."""

    sheet: Sheet
    area: Box
    xs: tuple[float, float]
    ys: tuple[float, float]
    floor: float = 0.0
    """Labels of values keep above this: the ticks' labels stand below."""
    edges: tuple[float, float] = (0.0, 0.0)
    """Where the grid begins and ends, a little outside of the data."""
    ceiling: float = 0.0
    """Names of lines keep below this."""
    names: tuple[tuple[str, ...], ...] = ()
    """For each line the wrapped lines of its name; () where names are not printed at the right."""

    def x(self, value: float) -> float:
        """Return the place of a date."""
        low, high = self.xs
        return self.area.left + (value - low) / ((high - low) or 1.0) * (self.area.right - self.area.left)

    def y(self, value: float) -> float:
        """Return the place of a value."""
        low, high = self.ys
        return self.area.bottom + (value - low) / ((high - low) or 1.0) * (self.area.top - self.area.bottom)

    def xy(self, point: Point) -> XY:
        """Return the place of a mark."""
        return self.x(point.x), self.y(point.y)

    def baseline(self) -> None:
        """Draw the line of zero, where zero is in sight."""
        if self.ys[0] <= 0 <= self.ys[1]:
            look, low, (left, right) = self.sheet.look, self.y(0), self.edges
            self.sheet.shapes.append(Shape((((left, low), (right, low)),), stroke=look.axis, width=look.axis_line))
            self.sheet.ways.append(Box(left, low - 0.3, right, low + 0.3))


def open_frame(
    sheet: Sheet,
    panel: Panel,
    cell: Box,
    *,
    names: bool = False,
    pad: float = 0.0,
    key: tuple[tuple[str, str], ...] = (),
) -> Frame:
    """Draw everything of a panel but its data, and return where the data go.

    `names` reserves room at the right for names of lines; `pad` widens the span of time at both ends by as
    many years; `key` is (label, colour) of a row of swatches, for groups of columns.
    """
    top = cell.top - (sheet.look.text * (_ASCENT - 0.8) if panel.title or key else 0)
    top = _title(sheet, panel.title, cell, top)
    top = _swatches(sheet, key, cell, top)
    wrapped = _names(sheet, panel, cell) if names else ()
    left, right = _sides(sheet, panel, cell, wrapped)
    xs, inset = sheet.span or x_span([panel], pad), 0.0 if pad else 4.0
    across = Frame(sheet, Box(left + inset, cell.bottom, right - inset, top), xs, _y_span(panel))
    rows = _event_rows(across, panel, right)
    floor = cell.bottom + sheet.look.tick * LEADING + 1
    area = _area(across, panel, floor, max(rows, default=-1) + 1)
    frame = Frame(sheet, area, xs, across.ys, floor, (left, right), top, wrapped)
    _grid(frame, panel)
    frame.baseline()
    _x_ticks(frame, panel, cell)
    _events(frame, panel, rows, top, right)
    return frame


def _title(sheet: Sheet, title: str, cell: Box, top: float) -> float:
    size = sheet.look.text
    for line in sheet.wrap(title, size * 1.06, cell.right - cell.left):
        sheet.write(Words(line, cell.left, top - size * 0.8, "left", size, sheet.look.ink, bold=True))
        top -= size * LEADING
    return top - (3 if title else 0)


def _swatches(sheet: Sheet, key: tuple[tuple[str, str], ...], cell: Box, top: float) -> float:
    size, x = sheet.look.text, cell.left
    for label, color in key:
        wide = sheet.wide(label, size) + 12
        if x > cell.left and x + wide > cell.right:
            x, top = cell.left, top - size * LEADING
        low, high = top - size * 0.85, top - size * 0.1
        sheet.shapes.append(Shape((((x, low), (x, high), (x + 8, high), (x + 8, low), (x, low)),), fill=color))
        sheet.write(Words(label, x + 11, top - size * 0.8, "left", size, sheet.look.ink))
        x += wide + 12
    return top - (size * LEADING + 4 if key else 0)


def _names(sheet: Sheet, panel: Panel, cell: Box) -> tuple[tuple[str, ...], ...]:
    if not any(line.label for line in panel.lines):
        return ()
    wide = (cell.right - cell.left) * NAME_SHARE
    texts = (f"{line.points[-1].label}  {line.label}".strip() if line.label else "" for line in panel.lines)
    return tuple(sheet.wrap(text, sheet.look.text, wide) for text in texts)


def _sides(sheet: Sheet, panel: Panel, cell: Box, names: tuple[tuple[str, ...], ...]) -> tuple[float, float]:
    look = sheet.look
    ticks = max((sheet.wide(text, look.tick) for _, text in panel.y_ticks), default=0.0)
    wide = max((sheet.wide(text, look.text) for lines in names for text in lines), default=0.0)
    last = sheet.wide(panel.x_ticks[-1][1], look.tick) / 2 if panel.x_ticks else 0.0
    return cell.left + ticks + 5, cell.right - (wide + 9 if wide else min(last, 12.0))


def x_span(panels: Sequence[Panel], pad: float = 0.0) -> tuple[float, float]:
    """Return the years that panels cover with their marks, ticks and events."""
    xs = [point.x for panel in panels for line in panel.lines for point in line.points]
    ends = [*xs, *(x for panel in panels for x, _ in (*panel.x_ticks, *panel.events))]
    low, high = min(*ends, min(xs) - pad), max(*ends, max(xs) + pad)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _y_span(panel: Panel) -> tuple[float, float]:
    ys = [point.y for line in panel.lines for point in line.points] + [y for y, _ in panel.y_ticks]
    return min(ys), max(ys)


def _area(across: Frame, panel: Panel, floor: float, rows: int) -> Box:
    """Return the area of the data: below events and above ticks, with room for the labels of the outermost marks."""
    look, area = across.sheet.look, across.area
    high, low = area.top - rows * look.tick * LEADING, floor + 3
    labelled = [point for line in panel.lines for point in line.points if point.label]
    (bottom, top), tall = across.ys, high - low
    above, below = look.tick * 0.5, 0.0
    for point in labelled:
        need = look.text + look.mark + (6 if point.open_ended else 0)
        above = max(above, need - (top - point.y) / ((top - bottom) or 1.0) * tall)
        if point.y < 0:
            below = max(below, need - (point.y - bottom) / ((top - bottom) or 1.0) * tall)
    return Box(area.left, low + below, area.right, high - above)


def _grid(frame: Frame, panel: Panel) -> None:
    sheet, look, (left, right) = frame.sheet, frame.sheet.look, frame.edges
    paths = tuple(((left, frame.y(y)), (right, frame.y(y))) for y, _ in panel.y_ticks if y)
    if paths:
        sheet.back.append(Shape(paths, stroke=look.grid, width=look.grid_line))
    for y, text in panel.y_ticks:
        label = Words(text, left - 4, frame.y(y) - look.tick * 0.27, "right", look.tick, look.quiet)
        sheet.write_if_free([[label]], off_lines=False)  # a chart full of events leaves its ticks little height


def _x_ticks(frame: Frame, panel: Panel, cell: Box) -> None:
    sheet, look = frame.sheet, frame.sheet.look
    for x, text in reversed(panel.x_ticks):
        half = sheet.wide(text, look.tick) / 2
        place = max(cell.left + half + AIR, min(frame.x(x), cell.right - half - AIR))
        label = Words(text, place, cell.bottom + look.tick * 0.3, "center", look.tick, look.quiet)
        if sheet.free([label], off_lines=False):
            sheet.write(label)
    marks = _year_marks(frame, panel)
    foot = cell.bottom + look.tick * LEADING + 1
    if marks:
        paths = tuple(((frame.x(x), foot), (frame.x(x), foot + 3)) for x in marks)
        sheet.shapes.append(Shape(paths, stroke=look.axis, width=look.grid_line))


def _year_marks(frame: Frame, panel: Panel) -> list[float]:
    """Return the turns of the years where labels stand in the middle of years but marks do not."""
    between = any(abs(x % 1 - 0.5) > 0.01 for x, _ in panel.x_ticks)
    if not panel.x_ticks or between or not (frame.sheet.off_centre or off_centre(panel)):
        return []
    low, high = frame.xs
    return [float(year) for year in range(int(low), int(high) + 2) if low <= year <= high][:60]


def off_centre(panel: Panel) -> bool:
    """Whether marks stand elsewhere than in the middle of years."""
    return any(abs(point.x % 1 - 0.5) > 0.01 for line in panel.lines for point in line.points)


def _event_rows(across: Frame, panel: Panel, right: float) -> list[int]:
    """Return the row, counted from below, in which each event's label fits; later events stand lower."""
    rows: list[int] = []
    ends: list[Box] = []
    for x, text in reversed(panel.events):
        label = _event_label(across, x, text, 0, right)
        box, row = across.sheet.box(label), 0
        while any(taken == row and box.meets(other) for taken, other in zip(rows, ends, strict=True)):
            row += 1
        rows.append(row)
        ends.append(box)
    return rows[::-1]


def _event_label(frame: Frame, x: float, text: str, y: float, right: float) -> Words:
    """Place a label right of its line, or left of it near the edge, or as far right as it goes."""
    look, wide, place = frame.sheet.look, frame.sheet.wide(text, frame.sheet.look.tick) + AIR, frame.x(x)
    left = place + 3 if place + 3 + wide <= right else place - 3 - wide
    return Words(text, left if left >= AIR else right - wide, y, "left", look.tick, look.quiet)


def _events(frame: Frame, panel: Panel, rows: list[int], top: float, right: float) -> None:
    sheet, look = frame.sheet, frame.sheet.look
    high = top - look.tick * LEADING * (max(rows, default=0) + 1)
    paths = []
    for (x, text), row in zip(panel.events, rows, strict=True):
        base = high + row * look.tick * LEADING + look.tick * 0.25
        sheet.write(_event_label(frame, x, text, base, right))
        paths.append(((frame.x(x), frame.area.bottom), (frame.x(x), base + look.tick * 0.7)))
        sheet.follow(paths[-1], room=0.8)
    if paths:
        sheet.back.append(Shape(tuple(paths), stroke=look.quiet, width=0.6, dashes=(2.0, 2.0)))
