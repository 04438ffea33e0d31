"""Resolve what a topic declares as a chart into marks, ticks and words.

Place in the pipeline: step 3 Draw, and step 2 Check, because planning needs no library: every chart that
could not be drawn is found without drawing. In: a `ChartSpec` and the topic's series; out: a `PlannedChart`
or findings with file and line. x is in years: amounts stand in the middle of their period, counts at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from .chart_kinds import KINDS, MM, Kind, columns_of_panels
from .chart_rows import Choice, choose, moment
from .chart_scale import thin, value_steps, years
from .chart_words import HOLLOW, Chosen, Scale, alternative, notes_of, number, scale_of, subtitle_of
from .model import ChartSpec, Finding, Line, Panel, PlannedChart, Plot, Point, Topic
from .periods import Period
from .reading import Findings, did_you_mean

if TYPE_CHECKING:
    from .language import Words

FONTS = ("Noto Sans", "Noto Sans CJK SC")
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


def plan(
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
    kind = KINDS.get(spec.kind)
    if kind is None:
        findings.add(spec.place, "chart.kind", f"no kind of chart '{spec.kind}'", expected="a kind of docs/charts.md",
                     cure=did_you_mean(spec.kind, KINDS))  # fmt: skip
        return None, tuple(findings)
    lines = choose(Choice(spec, topic, kind, words, bases or {}), findings)
    events = _events(spec, topic, lines, words, findings)
    if findings.errors or not lines:
        return None, tuple(findings)
    page = Page(words, accent, tuple(palette), width_mm, fonts)
    return _planned(spec, kind, lines, events, page, title), tuple(findings)


def _planned(
    spec: ChartSpec, kind: Kind, lines: tuple[Chosen, ...], events: tuple[tuple[float, str], ...], page: Page, title: str
) -> PlannedChart:
    groups = [(line,) for line in lines] if kind.apart else [lines]
    scales = [scale_of(group, spec, page.words) for group in groups]
    zero = spec.zero or kind.zero
    panels = tuple(
        _panel(spec, kind, group, scale, page) for group, scale in zip(groups, scales, strict=True)
    )
    panels = tuple(replace(panel, events=events) for panel in panels)
    one_unit = scales[0].unit if len({scale.unit for scale in scales}) == 1 else ""
    derived = subtitle_of(lines, one_unit, page.words, newest=kind.newest)
    subtitle = page.words.gettext(spec.subtitle) or derived
    if one_unit and kind.apart:
        panels = tuple(replace(panel, title=line.label) for panel, line in zip(panels, lines, strict=True))
    if len(lines) == 1 and spec.subtitle and not kind.apart:
        panels = (replace(panels[0], lines=(replace(panels[0].lines[0], label=lines[0].label),)),)
    cut = not zero and not any(_reaches_zero(panel) for panel in panels)
    scaled = tuple((line, scales[index if kind.apart else 0]) for index, line in enumerate(lines))
    alt = alternative((page.words.gettext(kind.name), title, subtitle), scaled, page.words, newest=kind.newest)
    return PlannedChart(
        plot=Plot(spec.id, spec.kind, panels, alt, page.width, _height(kind, panels, page.width), page.accent, page.palette, page.fonts),
        title=title,
        subtitle=subtitle,
        notes=notes_of(spec, lines, page.words, zero=not cut),
        sources=tuple(dict.fromkeys(row.source for line in lines for row in line.rows if row.source)),
    )


def _reaches_zero(panel: Panel) -> bool:
    return panel.y_ticks[0][0] <= 0 <= panel.y_ticks[-1][0] if panel.y_ticks else True


def _height(kind: Kind, panels: tuple[Panel, ...], width: float) -> float:
    if kind.newest:
        return round(4 + 7.5 * len(panels[0].lines), 1)
    if kind.apart:
        columns = columns_of_panels(len(panels), width)
        return round(-(-len(panels) // columns) * max(34.0, min(46.0, width / columns * 0.55)), 1)
    return round(max(46.0, min(66.0, width * 0.38)), 1)


# --- panels and marks -----------------------------------------------------------------------------


def _panel(spec: ChartSpec, kind: Kind, lines: tuple[Chosen, ...], scale: Scale, page: Page) -> Panel:
    words = page.words
    drawn = tuple(_line(line, kind, scale, words, several=len(lines) > 1) for line in lines)
    zero = spec.zero or kind.zero
    values = [scale.of(row.value or Decimal(0)) for line in lines for row in line.rows]
    steps = value_steps(min(values), max(values), zero=zero, most=4 if kind.apart else 5)
    y_ticks = tuple((float(value), words.number(value, steps.digits)) for value in steps.values)
    title = words.gettext("{first}, {next}").format(first=lines[0].label, next=scale.unit) if kind.apart else ""
    if kind.newest:
        return Panel("", drawn, (), (), zero=True)
    return Panel(title, drawn, _x_ticks(lines, kind, page), y_ticks, zero=zero)


def _line(line: Chosen, kind: Kind, scale: Scale, words: Words, *, several: bool) -> Line:
    shown = _labelled(line, kind, several=several)
    periods = {row.period for row in line.rows}
    dated = kind.newest and len(periods) > 0
    rows = line.rows[-1:] if kind.newest else line.rows
    points = tuple(
        Point(
            x=moment(row.period, line.series.measure),
            y=float(scale.of(row.value or Decimal(0))),
            label=_label(line, index, scale, words, dated=dated) if kind.newest or index in shown else "",
            hollow=row.status in HOLLOW,
            open_ended=row.qualifier in ("more than", "at least"),
        )
        for index, row in enumerate(rows)
    )
    breaks = tuple(_between(rows, index, line) for index, row in enumerate(rows) if row.status == "break" and index)
    gaps = tuple(
        _between(rows, index, line) for index in range(1, len(rows)) if _gap(rows[index - 1].period, rows[index].period, line)
    )
    name = line.label if several or kind.newest else ""
    return Line(name, points, joined=kind.joined, breaks=breaks, gaps=gaps)
