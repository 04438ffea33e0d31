"""Resolve what a topic declares as a chart into marks, ticks and words.

Place in the pipeline: step 3 Draw, and step 2 Check, because planning needs no library: every chart that
could not be drawn is found without drawing. In: a `ChartSpec` and the topic's series; out: a `PlannedChart`
or findings with file and line. x is in years: amounts stand in the middle of their period, counts at its end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from .calls import calculations
from .chart_fonts import lacking
from .chart_frame import NAME_SHARE
from .chart_kinds import KINDS, MM, NAMES_OF_BARS, Kind, columns_of_panels
from .chart_rows import Choice, choose, gap, moment
from .chart_scale import thin, value_steps, years
from .chart_words import (
    Chosen,
    Scale,
    alternative,
    digits_of,
    is_hollow,
    notes_of,
    number,
    scale_of,
    subtitle_of,
    with_unit,
)
from .cldr import short_period
from .model import ChartSpec, Finding, Observation, Topic
from .page import Drawn, Label, Line, Panel, PlannedChart, Plot, Point
from .periods import Period
from .reading import Findings, did_you_mean

if TYPE_CHECKING:
    from .language import Words

Ticks = tuple[tuple[float, str], ...]
"""Places in years, and what is printed there."""
FONTS = ("Noto Sans", "Noto Sans CJK SC")
LINE = 3.75
"""Millimetres from baseline to baseline of labels."""
ALL_LABELLED = 24
"""Up to so many marks every one carries its value (where there is room); beyond, the ends and extremes."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the page gives to every chart of it."""

    words: Words
    accent: str
    palette: tuple[str, ...]
    width: float
    fonts: tuple[str, ...] = FONTS


def plan(  # noqa: PLR0913 - what the page gives is five values, each with a name
    spec: ChartSpec,
    topic: Topic,
    words: Words,
    *,
    accent: str,
    palette: tuple[str, ...],
    width_mm: float,
    title: str,
    bases: Mapping[str, str] | None = None,
    fonts: tuple[str, ...] = FONTS,
) -> tuple[PlannedChart | None, tuple[Finding, ...]]:
    """Return the chart ready to be drawn, or None with everything that is wrong with it.

    `title` is the spec's title as it is printed; `bases` are the printed names of bases, for lines without
    a label of their own.
    """
    findings = Findings()
    if not spec.kind or not spec.lines:
        # What is missing was told where the topic was read; nothing more can be said of the chart.
        return None, ()
    kind = KINDS.get(spec.kind)
    if kind is None:
        findings.add(
            spec.place,
            "chart.kind",
            f"no kind of chart '{spec.kind}'",
            expected="a kind of docs/charts.md",
            cure=did_you_mean(spec.kind, KINDS),
        )
        return None, tuple(findings)
    lines = choose(Choice(spec, topic, kind, words, bases or {}), findings)
    events = _events(spec, topic, lines, words, findings)
    _check_widths(kind, lines, events, width_mm, findings)
    _check_highlight(spec, findings)
    if findings.errors or not lines:
        return None, tuple(findings)
    chart = _planned(spec, lines, events, Page(words, accent, tuple(palette), width_mm, fonts), title)
    computed = calculations((line.series for line in lines), topic.series, words)
    chart = replace(chart, notes=tuple(dict.fromkeys((*chart.notes, *computed))))
    _check_glyphs(spec, chart.plot, findings)
    return (None if findings.errors else chart), tuple(findings)


def _planned(spec: ChartSpec, lines: tuple[Chosen, ...], events: Ticks, page: Page, title: str) -> PlannedChart:
    kind, words = KINDS[spec.kind], page.words
    groups = [(line,) for line in lines] if kind.apart else [lines]
    scales = [scale_of(group, spec.scale, words) for group in groups]
    unit = scales[0].unit if len({scale.unit for scale in scales}) == 1 else ""
    ticks = () if kind.newest else _x_ticks(lines, kind, words, _room(kind, len(lines), page.width))
    panels = tuple(
        replace(
            _panel(spec, group, scale, page, ticks),
            events=events,
            title=_panel_title(kind, group[0], unit, scale, words),
        )
        for group, scale in zip(groups, scales, strict=True)
    )
    if len(lines) == 1 and spec.subtitle and not kind.apart:
        panels = (replace(panels[0], lines=(replace(panels[0].lines[0], label=lines[0].label),)),)
    subtitle = words.gettext(spec.subtitle) or subtitle_of(lines, unit, words, newest=kind.newest)
    scaled = tuple((line, scales[index if kind.apart else 0]) for index, line in enumerate(lines))
    alt = alternative((words.gettext(kind.name), title, subtitle), scaled, words, newest=kind.newest)
    height = _height(kind, panels, page.width)
    return PlannedChart(
        Plot(spec.id, spec.kind, panels, alt, page.width, height, page.accent, page.palette, page.fonts),
        title,
        subtitle,
        notes_of(spec, lines, words, zero=all(_reaches_zero(panel) for panel in panels)),
        tuple(dict.fromkeys(row.source for line in lines for row in line.rows if row.source)),
        tuple(label for panel, group in zip(panels, groups, strict=True) for label in _labels(panel, group)),
        tuple(Drawn(line.label, line.series.id, line.rows) for line in lines),
    )


def _labels(panel: Panel, group: Iterable[Chosen]) -> Iterator[Label]:
    """Yield the texts that a panel may show and nobody wrote: ticks, then values with what they are the values of."""
    yield from (Label(text) for _, text in (*panel.y_ticks, *panel.x_ticks))
    for line, chosen in zip(panel.lines, group, strict=True):
        for point, row in zip(line.points, chosen.rows, strict=True):
            if point.label:
                yield Label(point.label, chosen.series.id, row)


def _panel_title(kind: Kind, line: Chosen, unit: str, scale: Scale, words: Words) -> str:
    """Return a panel's title: the line's name, and its unit where the panels differ in it."""
    if not kind.apart or unit:
        return line.label if kind.apart else ""
    return with_unit(line.label, scale.unit, words)


def _check_widths(kind: Kind, lines: tuple[Chosen, ...], events: Ticks, width: float, findings: Findings) -> None:
    """Refuse labels that stand on one line and are wider than the chart."""
    room = width * MM * 0.9
    labels = [(line.spec.place, line.label) for line in lines if kind is KINDS["columns"] and len(lines) > 1]
    labels += [(lines[0].spec.place, label) for _, label in events if lines]
    for place, label in labels:
        if _wide(label) + 12 > room:
            findings.add(
                place,
                "chart.label",
                f"the label '{label}' does not fit on {width:g} mm",
                expected=f"at most about {int(room / 5)} characters",
                cure="Give a shorter label.",
            )


def _check_highlight(spec: ChartSpec, findings: Findings) -> None:
    """Refuse to highlight every line: where all stand out none does."""
    if all(line.highlight for line in spec.lines):
        findings.add(
            spec.lines[0].place if spec.lines else spec.place,
            "chart.highlight",
            f"highlight on every line of '{spec.id}'",
            expected="at least one line without it, to be drawn in grey",
            cure="Leave it to the lines that the title speaks of.",
        )


def _check_glyphs(spec: ChartSpec, plot: Plot, findings: Findings) -> None:
    """Refuse characters that the charts' fonts lack, at the line or event that has them."""
    texts = [text for panel in plot.panels for text in _texts(panel)]
    missing = lacking(texts, plot.fonts)
    if not missing:
        return
    labels = [(line.place, line.label) for line in spec.lines] + [(event.place, event.label) for event in spec.events]
    place = next((place for place, label in labels if set(label) & set(missing)), spec.place)
    findings.add(
        place,
        "chart.glyph",
        ", ".join(f"'{character}' (U+{ord(character):04X})" for character in missing),
        expected=f"characters of {', '.join(plot.fonts)}",
        cure="Write the label otherwise.",
    )


def _texts(panel: Panel) -> Iterator[str]:
    yield panel.title
    yield from (text for _, text in (*panel.x_ticks, *panel.y_ticks, *panel.events))
    for line in panel.lines:
        yield line.label
        yield from (point.label for point in line.points)


def _reaches_zero(panel: Panel) -> bool:
    return panel.y_ticks[0][0] <= 0 <= panel.y_ticks[-1][0] if panel.y_ticks else True


def _height(kind: Kind, panels: tuple[Panel, ...], width: float) -> float:
    """Return the height in millimetres at which names of lines have room, estimated before there are fonts."""
    share = NAMES_OF_BARS if kind.newest else NAME_SHARE
    names = [line.label for line in panels[0].lines if line.label]
    rows = [math.ceil(_wide(name + " 00.0") / (width * MM * share * 0.9)) for name in names]
    if kind.newest:
        return round(4 + sum(max(7.5, (count + 0.6) * LINE) for count in rows), 1)
    if kind.apart:
        columns = columns_of_panels(len(panels), width)
        return round(-(-len(panels) // columns) * max(36.0, min(46.0, width / columns * 0.55)), 1)
    return round(max(46.0, min(62.0, width * 0.32), sum(rows) * LINE + 12), 1)


# --- panels and marks -----------------------------------------------------------------------------


def _panel(spec: ChartSpec, lines: tuple[Chosen, ...], scale: Scale, page: Page, ticks: Ticks) -> Panel:
    words, kind = page.words, KINDS[spec.kind]
    dated = len({line.rows[-1].period for line in lines}) > 1
    drawn = tuple(_line(line, kind, scale, words, lines=len(lines), dated=dated) for line in lines)
    zero = spec.zero or kind.zero
    values = [scale.of(row.value or Decimal(0)) for line in lines for row in line.rows]
    steps = value_steps(min(values), max(values), zero=zero, most=4 if kind.apart else 5)
    y_ticks = tuple((float(value), words.number(value, steps.digits)) for value in steps.values)
    if kind.newest:
        return Panel("", drawn, (), (), zero=True)
    return Panel("", drawn, ticks, y_ticks, zero=zero)


def _line(line: Chosen, kind: Kind, scale: Scale, words: Words, *, lines: int, dated: bool) -> Line:
    shown = _labelled(line, kind, lines)
    rows = line.rows
    # One series is printed with equal digits; figures from several speakers each with their own.
    least = max((digits_of(row, scale) for row in rows), default=0) if kind.joined else 0
    points = tuple(
        Point(
            x=moment(row.period, line.series.measure),
            y=float(scale.of(row.value or Decimal(0))),
            label=_label(row, scale, words, least, dated=dated and kind.newest)
            if kind.newest or index in shown
            else "",
            hollow=is_hollow(row, line.series),
            open_ended=row.qualifier in ("more than", "at least"),
        )
        for index, row in enumerate(rows)
    )
    breaks = tuple(_between(rows, index, line) for index, row in enumerate(rows) if row.status == "break" and index)
    gaps = tuple(
        _between(rows, index, line)
        for index in range(1, len(rows))
        if gap(rows[index - 1].period, rows[index].period, line.series.measure)
    )
    name = line.label if lines > 1 or kind.newest else ""
    level = kind.joined and line.series.measure == "stock" and any(row.period.kind != "year" for row in rows)
    highlight = line.spec.highlight
    return Line(name, points, kind.joined, breaks, gaps, level, highlight)


def _label(row: Observation, scale: Scale, words: Words, least: int, *, dated: bool) -> str:
    value = number(row, scale, words, least)
    return words.gettext("{value} ({period})").format(value=value, period=words.period(row.period)) if dated else value


def _labelled(line: Chosen, kind: Kind, lines: int) -> set[int]:
    """Choose the marks whose value is printed: all of a few, else the ends and, on a line alone, the extremes."""
    count, several = len(line.rows), lines > 1
    if count <= ALL_LABELLED and not (kind.sloped and (count > 6 or several)):
        return set(range(count))
    values = [row.value or Decimal(0) for row in line.rows]
    extremes = {values.index(max(values)), values.index(min(values))}
    return {0, count - 1} | extremes if lines == 1 else {0, count - 1} if lines <= 3 else {count - 1}


def _between(rows: tuple[Observation, ...], index: int, line: Chosen) -> float:
    before, after = (moment(row.period, line.series.measure) for row in rows[index - 1 : index + 1])
    return (before + after) / 2


# --- axis of time ---------------------------------------------------------------------------------


def _x_ticks(lines: tuple[Chosen, ...], kind: Kind, words: Words, room: float) -> Ticks:
    marks = {moment(row.period, line.series.measure): row.period for line in lines for row in line.rows}
    places, kinds = sorted(marks), {period.kind for period in marks.values()}
    texts = [words.period(marks[x]) for x in places]
    if _fitting(texts, room) < len(texts):
        # As CLDR shortens a quarter and a month: Q2 2024 in place of "second quarter of 2024".
        texts = [short_period(marks[x], words.language) or text for x, text in zip(places, texts, strict=True)]
    fit = _fitting(texts, room)
    span = places[-1] - places[0]
    if kinds == {"split-year"} or (kinds != {"year"} and (span < 1 or (span < 2 and fit >= len(places)))):
        return tuple((places[index], texts[index]) for index in thin(len(places), fit))
    most = max(3, int(room / 34))
    if kinds == {"year"} and kind is KINDS["columns"] and len(places) <= most:
        return tuple((x, str(marks[x].start.year)) for x in places)
    # A count at the end of 2022 stands where 2023 begins, and is labelled 2022.
    offset = 1.0 if all(x % 1 == 0 for x in places) else 0.5
    first, last = math.floor(places[0] - offset + 0.5), math.ceil(places[-1] - offset - 0.5)
    return tuple((year + offset, str(year)) for year in years(first, last, most))


def _fitting(texts: Sequence[str], room: float) -> int:
    """Return how many labels as wide as the widest stand beside each other."""
    return max(2, int(room / (max(map(_wide, texts)) + 14)))


def _room(kind: Kind, lines: int, width: float) -> float:
    """Return about how many points of width a panel leaves to its ticks."""
    if kind.apart:
        return width * MM / columns_of_panels(lines, width) * 0.84
    return width * MM * (0.66 if lines > 1 and kind is not KINDS["columns"] else 0.88)


def _wide(text: str) -> float:
    """Estimate the width of a tick's label in points, before there are fonts."""
    return sum(8.2 if ord(character) > 0x2E7F else 4.6 for character in text)


def _events(
    spec: ChartSpec, topic: Topic, lines: tuple[Chosen, ...], words: Words, findings: Findings
) -> tuple[tuple[float, str], ...]:
    facts = {fact.id: fact for fact in topic.facts}
    spans = [moment(row.period, line.series.measure) for line in lines for row in line.rows]
    events = []
    for event in spec.events:
        fact = facts.get(event.fact)
        period = fact.value if fact and isinstance(fact.value, Period) else fact.period if fact else None
        if fact is None:
            findings.add(
                event.place,
                "chart.event",
                f"no fact '{event.fact}'",
                expected="a fact of this topic",
                cure=did_you_mean(event.fact, facts),
            )
        elif period is None or not period.dated:
            findings.add(
                event.place,
                "chart.event",
                f"fact '{event.fact}' has no date",
                expected="a dated fact",
                cure="Name another fact or leave the event out.",
            )
        elif spans and not min(spans) - 1 <= period.middle <= max(spans) + 1:
            findings.add(
                event.place,
                "chart.event",
                f"event {period} lies outside the chart's years",
                expected="a date among the values",
                cure="Widen since and until, or leave it out.",
            )
        else:
            events.append((period.middle, words.gettext(event.label)))
    return tuple(sorted(events))
