"""Charts: what is planned from the data, how it is laid out, and the SVG that comes out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from chart_samples import (
    EVERY_KIND,
    PALETTE,
    ROOT,
    STYLE,
    TREATY,
    VOCABULARY,
    WORDS,
    good,
    planned,
    refused,
    row,
    series,
    spec,
    topic,
    yearly,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator import chart_fonts, charts
from generator.chart_kinds import KINDS, lay_out
from generator.chart_plan import plan
from generator.chart_scale import value_steps, years
from generator.chart_sheet import Look, Marks, Shape, Sheet, spread
from generator.colours import contrast, legible
from generator.errors import RenderError
from generator.language import Words
from generator.model import ChartSpec, EventSpec, LineSpec, Place
from generator.reading import Findings, read_toml
from generator.topics import read_topic

LOOK = Look(8.5, 8, 1.6, 4.6, "#111111", "#555555", "#dddddd", 0.5, "#555555", 0.7, "#ffffff")
SVG = "{http://www.w3.org/2000/svg}"


def measure(text: str, size: float, bold: bool) -> float:
    """Measure without fonts: generous widths."""
    return sum(size if ord(letter) > 0x2E7F else size * 0.6 for letter in text) * (1.05 if bold else 1)


def boxes_meet(sheet: Sheet) -> list[tuple[str, str]]:
    return [(a.text, b.text) for a, b in combinations(sheet.words, 2) if sheet.box(a).meets(sheet.box(b))]


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


# --- planning: marks ------------------------------------------------------------------------------


def test_an_amount_stands_in_the_middle_of_its_year() -> None:
    line = good(spec("columns", "balance")).plot.panels[0].lines[0]

    assert [point.x for point in line.points] == [2015.5, 2016.5, 2017.5, 2018.5]


def test_a_count_stands_at_its_date_or_the_end_of_its_period() -> None:
    points = good(spec("step", "members")).plot.panels[0].lines[0].points

    assert [round(point.x, 2) for point in points] == [2015.16, 2017.92, 2020.5]


def test_values_are_scaled_and_labelled_in_the_scale_that_fits() -> None:
    chart = good(spec("columns", "balance"))

    assert [point.y for point in chart.plot.panels[0].lines[0].points] == [2.0, 1.0, -0.5, -1.25]
    assert [point.label for point in chart.plot.panels[0].lines[0].points] == ["2.00", "1.00", "−0.50", "−1.25"]
    assert "billion euros" in chart.subtitle


def test_the_declared_scale_wins() -> None:
    chart = good(spec("columns", "balance", scale="million"))

    assert chart.plot.panels[0].lines[0].points[0].y == 2000.0
    assert "million euros" in chart.subtitle


def test_a_missing_year_interrupts_the_line_and_is_noted() -> None:
    gappy = series("gappy", yearly(2010, [1, 2, None, 4, 5]))

    chart = good(spec("line", "gappy"), gappy)

    assert chart.plot.panels[0].lines[0].gaps == (2012.5,)
    assert "No data: 2012." in chart.notes


def test_a_missing_row_is_never_drawn_as_zero() -> None:
    gappy = series("gappy", yearly(2010, [1, 2, None, 4]))

    assert 0.0 not in [point.y for point in good(spec("line", "gappy"), gappy).plot.panels[0].lines[0].points]


def test_a_break_interrupts_the_line_and_is_noted() -> None:
    rows = (*yearly(2010, [1, 2]), row("2012", 3, status="break"), row("2013", 4))

    chart = good(spec("line", "broken"), series("broken", rows))

    assert chart.plot.panels[0].lines[0].breaks == (2012.0,)
    assert "Break in the series: 2012." in chart.notes


def test_estimates_are_hollow_and_noted() -> None:
    rows = (*yearly(2010, [1, 2]), row("2012", 3, status="estimated"))

    chart = good(spec("columns", "s"), series("s", rows))

    assert [point.hollow for point in chart.plot.panels[0].lines[0].points] == [False, False, True]
    assert {"Estimated: 2012.", "Hollow marks: estimated or provisional."} <= set(chart.notes)


def test_more_than_is_open_ended_with_its_sign_and_meaning() -> None:
    rows = (row("2010", 1), row("2011", 2, qualifier="more than"), row("2012", 3, qualifier="about"))

    chart = good(spec("points", "s"), series("s", rows))
    points = chart.plot.panels[0].lines[0].points

    assert [(point.label, point.open_ended) for point in points] == [("1", False), (">2", True), ("≈3", False)]
    assert {"“>” means “more than”.", "“≈” means “about”."} <= set(chart.notes)
    assert "more than 2 (2011)" in chart.plot.alt or "about 3 (2012)" in chart.plot.alt


def test_points_are_never_joined_and_lines_are() -> None:
    assert not any(line.joined for line in good(EVERY_KIND["points"]).plot.panels[0].lines)
    assert all(line.joined for line in good(EVERY_KIND["line"]).plot.panels[0].lines)


def test_amounts_of_another_length_are_left_out_and_named() -> None:
    rows = (*yearly(2019, [1e9, 2e9, 3e9]), row("2022-01/2022-11", 9e9))

    chart = good(spec("columns", "s"), series("s", rows))

    assert len(chart.plot.panels[0].lines[0].points) == 3
    assert any("another length" in note and "November 2022" in note for note in chart.notes)


def test_counts_of_all_dates_stand_in_one_line() -> None:
    assert len(good(spec("step", "members")).plot.panels[0].lines[0].points) == 3


def test_the_better_ranked_of_two_values_is_drawn_and_the_other_named() -> None:
    rows = (row("2010", 1), row("2011", 2), row("2011", 7, rank="preferred", source="S9"))

    chart = good(spec("line", "s"), series("s", rows))

    assert [point.y for point in chart.plot.panels[0].lines[0].points] == [1.0, 7.0]
    assert chart.sources == ("S1", "S9")
    assert any(note.startswith("Other sources give other values") and "2011" in note for note in chart.notes)


def test_press_figures_of_equal_rank_stand_side_by_side() -> None:
    rows = (row("2010", 1), row("2011", 2), row("2011", 2.2), row("2011", 2, source="S3"))

    points = good(spec("points", "s"), series("s", rows)).plot.panels[0].lines[0].points

    assert sorted(point.y for point in points) == [1.0, 2.0, 2.2]


def test_deprecated_and_undated_rows_are_not_drawn() -> None:
    rows = (*yearly(2010, [1, 2]), row("2012", 99, rank="deprecated"), row("undated", 77))

    assert [p.y for p in good(spec("line", "s"), series("s", rows)).plot.panels[0].lines[0].points] == [1.0, 2.0]


def test_a_window_keeps_only_what_lies_wholly_in_it() -> None:
    chart = good(spec("line", "output", since="2014", until="2016"))

    assert [point.x for point in chart.plot.panels[0].lines[0].points] == [2014.5, 2015.5, 2016.5]


def test_bars_show_the_newest_value_with_its_period_where_periods_differ() -> None:
    lines = good(EVERY_KIND["bars"]).plot.panels[0].lines

    assert [line.points[0].label for line in lines] == ["55 (2021)", "13.3 (2019)", "−1.2 (2018)"]


def test_bars_of_one_period_say_it_once() -> None:
    chart = good(spec("bars", "exports:customs", "exports:bank", until="2017"))

    assert [line.points[0].label for line in chart.plot.panels[0].lines] == ["11.7", "12.7"]
    assert chart.subtitle == "Billion euros, 2017"


@pytest.mark.parametrize(
    ("language", "labels"),
    [("en", ["Q1 2024", "Q2 2024", "Q3 2024", "Q4 2024"]), ("fr", ["T1 2024", "T2 2024", "T3 2024", "T4 2024"])],
)
def test_quarters_that_do_not_fit_in_full_are_shortened_as_the_language_does(language: str, labels: list[str]) -> None:
    quarters = series("q", [row(f"2024-Q{number}", number) for number in range(1, 5)])

    chart = good(spec("columns", "q"), quarters, words=Words(language, None, VOCABULARY))

    assert [label for _, label in chart.plot.panels[0].x_ticks] == labels


def test_months_that_fit_in_full_are_not_shortened() -> None:
    months = series("m", [row(f"2024-0{number}", number) for number in (1, 2, 3)])

    assert [label for _, label in good(spec("columns", "m"), months).plot.panels[0].x_ticks] == ["January 2024", "February 2024", "March 2024"]


def test_every_panel_has_its_unit_and_the_same_years() -> None:
    panels = good(EVERY_KIND["panels"]).plot.panels

    assert [panel.title for panel in panels] == ["Output, billion euros", "Growth, percent", "Members"]
    assert len({panel.x_ticks for panel in panels}) == 1


def test_an_event_stands_at_its_facts_date() -> None:
    chart = good(spec("line", "output", events=(EventSpec("treaty", "Treaty"),)))

    assert [(round(x, 2), label) for x, label in chart.plot.panels[0].events] == [(2016.37, "Treaty")]


# --- planning: words ------------------------------------------------------------------------------


def test_the_subtitle_of_one_line_names_it_its_unit_and_years() -> None:
    assert good(spec("line", "output")).subtitle == "Output, billion euros, 2012–2021"


def test_the_subtitle_of_several_lines_says_unit_and_years_once() -> None:
    assert good(EVERY_KIND["line"]).subtitle == "Billion euros, 2012–2021"


def test_a_subtitle_of_the_author_stays_and_the_line_is_named_in_the_picture() -> None:
    chart = good(spec("line", "output", subtitle="Billions at prices of 2020"))

    assert chart.subtitle == "Billions at prices of 2020"
    assert chart.plot.panels[0].lines[0].label == "Output"


def test_two_bases_of_one_series_are_named_by_their_bases() -> None:
    lines = good(EVERY_KIND["points"]).plot.panels[0].lines

    assert [line.label for line in lines] == ["Customs statistics", "Central bank"]


def test_alternative_text_tells_kind_unit_first_last_highest_and_lowest() -> None:
    alt = good(spec("columns", "balance")).plot.alt

    for part in ("Column chart", "An assertion", "billion euros", "2 (2015)", "−1.25 (2018)", "highest 2 (2015)"):
        assert part in alt


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, 2, 4], "rising from"), ([4, 1, 2, 1], "falling from"), ([3, 3, 3], "the same from"),
        ([2, 4, 1, 2.5], "up and down from"), ([-1, -3, -5], "falling from"),
    ],
)  # fmt: skip
def test_alternative_text_tells_where_a_line_goes(values: list[float], said: str) -> None:
    known = series("x", yearly(2015, [value * 10**9 for value in values]))

    alt = good(spec("line", "x"), known).plot.alt

    assert said in alt


def test_sources_stand_in_the_order_of_the_lines() -> None:
    assert good(EVERY_KIND["points"]).sources == ("S1", "S2")


def test_a_statistical_basis_that_no_label_names_is_noted() -> None:
    assert "Statistical basis: Customs statistics." in good(spec("line", "exports:customs")).notes
    assert not any("basis" in note for note in good(EVERY_KIND["points"]).notes)


def test_a_basis_of_one_line_among_several_says_which() -> None:
    assert "Statistical basis: Central bank (Exports)." in good(spec("line", "output", "exports:bank")).notes


CHINESE = rb"""
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\n"

msgid "thousand=3 million=6 billion=9 trillion=12"
msgstr "\344\270\207=4 \344\272\277=8 \344\270\207\344\272\277=12"
"""


@pytest.mark.parametrize(("amount", "label"), [("443e6", "4.43"), ("5.08e9", "50.8"), ("998e4", "998"), ("3e4", "30,000")])
@pytest.mark.parametrize("scale", ["", "million"])
def test_a_language_that_counts_in_ten_thousands_gets_a_scale_of_its_own(amount: str, label: str, scale: str) -> None:
    words = Words("zh", CHINESE, VOCABULARY)
    rows = (row("2010", Decimal(amount) / 2), row("2011", Decimal(amount)))

    points = good(spec("points", "s", scale=scale), series("s", rows), words=words).plot.panels[0].lines[0].points

    assert points[-1].label == label


def test_an_axis_that_does_not_start_at_zero_says_so() -> None:
    assert "The axis does not start at zero." in good(spec("line", "output", zero=False)).notes
    assert "The axis does not start at zero." not in good(spec("line", "output")).notes


def test_notes_of_author_and_series_come_first_and_once() -> None:
    noted = series("s", yearly(2010, [1, 2]), note="Rounded.")

    assert good(spec("line", "s", notes=("Mine.", "Rounded.")), noted).notes == ("Mine.", "Rounded.")


def test_planning_needs_no_matplotlib() -> None:
    code = "import sys, generator.chart_plan, generator.charts; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# --- planning: what derived rows, gaps and newest values say -----------------------------------------

DERIVED = series(
    "change",
    (row("2018", 2, unit="percent"), row("2019", 9, unit="percent", status="break"),
     row("2020", 3, unit="percent", status="estimated")),
    unit="percent", measure="rate", formula="({output} / previous({output}) - 1) * 100",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["line", "points", "columns", "step", "panels"])
def test_a_value_computed_across_a_break_or_from_an_estimate_is_hollow_and_noted(kind: str) -> None:
    chart = good(spec(kind, "change"), DERIVED)

    assert [point.hollow for point in chart.plot.panels[0].lines[0].points] == [False, True, True]
    assert "Break in the series: 2019." in chart.notes
    assert "Hollow marks: estimated, provisional or computed across a break." in chart.notes


def test_a_published_value_after_a_break_is_solid() -> None:
    published = replace(DERIVED, formula="")

    chart = good(spec("columns", "change"), published)

    assert [point.hollow for point in chart.plot.panels[0].lines[0].points] == [False, False, True]
    assert "Hollow marks: estimated or provisional." in chart.notes


@pytest.mark.parametrize("kind", ["line", "columns", "step"])
def test_a_break_is_marked_by_two_strokes(kind: str) -> None:
    sheet = lay_out(good(spec(kind, "change"), DERIVED).plot, LOOK, measure)

    strokes = [shape for shape in sheet.shapes if isinstance(shape, Shape) and (shape.width, shape.fill) == (0.8, "")]
    assert [len(shape.paths) for shape in strokes] == [2]


@pytest.mark.parametrize(
    ("periods", "named"),
    [
        (("2010", "2011", "2014"), "2012, 2013"),
        (("2010-H1", "2011-H1"), "second half of 2010"),
        (("2019-Q3", "2020-Q1"), "fourth quarter of 2019"),
        (("2020-11", "2021-01"), "December 2020"),
        (("2015/16", "2017/18"), "2016/17"),
    ],
)
def test_a_gap_that_no_row_declares_is_named(periods: tuple[str, ...], named: str) -> None:
    gappy = series("gappy", tuple(row(period, 5) for period in periods))

    assert f"No data: {named}." in good(spec("line", "gappy"), gappy).notes


def test_a_gap_that_a_shorter_period_fills_is_named_by_that_period_only() -> None:
    gappy = series("gappy", (*yearly(2010, [1, 2]), row("2012-01/2012-11", 3), *yearly(2013, [4])))

    assert not any(note.startswith("No data") for note in good(spec("line", "gappy"), gappy).notes)


def test_bars_say_only_what_is_drawn() -> None:
    old = series("old", (row("2018", 3, qualifier="more than"), row("2019", 4, status="break"), row("2020", None),
                         row("2021", 5, source="S9")))  # fmt: skip

    chart = good(spec("bars", "old", "balance"), old)

    assert chart.notes == ()
    assert chart.sources == ("S9", "S1")


def test_bars_name_a_newer_year_that_has_no_value() -> None:
    old = series("old", (*yearly(2018, [3, 4]), row("2020", None)))

    assert "No data: Old (2020)." in good(spec("bars", "old", "balance"), old).notes


def test_counts_at_dates_are_levels_in_panels_too() -> None:
    plot = good(spec("panels", "output", "members")).plot

    assert [panel.lines[0].level for panel in plot.panels] == [False, True]
    sheet = lay_out(plot, LOOK, measure)
    steps = [shape for shape in sheet.shapes if getattr(shape, "width", 0) == LOOK.line][-1].paths[0]
    assert all(one[0] == two[0] or one[1] == two[1] for one, two in pairwise(steps))


@pytest.mark.parametrize("kind", [*EVERY_KIND, "event"])
def test_the_accent_of_a_capital_has_room_below_the_edge(kind: str) -> None:
    marked = spec("line", "output", events=(EventSpec("treaty", "Événement"),))

    sheet = lay_out(good(EVERY_KIND.get(kind, marked)).plot, LOOK, measure)

    # É and Й of Noto Sans Bold are 0.97 of the type's size high.
    assert [word.text for word in sheet.words if word.y + 0.97 * word.size > sheet.height and not word.text[-1:].isdigit()] == []


def test_yearly_counts_stay_a_line_in_panels() -> None:
    people = series("people", yearly(2010, [5, 6, 7]), measure="stock")

    assert not good(spec("panels", "people", "output"), people).plot.panels[0].lines[0].level


def test_all_panels_mark_the_turns_of_years_or_none() -> None:
    sheet = lay_out(good(EVERY_KIND["panels"]).plot, LOOK, measure)

    rows = [shape for shape in sheet.shapes if isinstance(shape, Shape) and shape.width == LOOK.grid_line]
    assert len(rows) == 3
    assert len({len(shape.paths) for shape in rows}) == 1


def test_marks_of_one_date_that_almost_agree_stand_side_by_side() -> None:
    two = series("two", (row("2020", "3.5", basis="customs"), row("2021", 9, basis="customs"),
                         row("2020", "3.45", basis="bank"), row("2021", 4, basis="bank")))  # fmt: skip

    sheet = lay_out(good(spec("points", "two:customs", "two:bank"), two).plot, LOOK, measure)

    first, second = [shape.places for shape in sheet.shapes if isinstance(shape, Marks)]
    assert abs(first[0][0] - second[0][0]) > LOOK.mark
    assert first[1][0] == pytest.approx(second[1][0])


@pytest.mark.parametrize(
    ("label", "title"), [("Counting members", "Counting members"), ("Nonmembers", "Nonmembers, members")]
)
def test_a_unit_that_the_label_ends_with_is_not_repeated(label: str, title: str) -> None:
    chart = good(spec("step", LineSpec("members", label=label)))

    assert chart.subtitle.startswith(f"{title}, 1 March 2015")


# --- planning: what is refused --------------------------------------------------------------------


def test_an_unknown_kind_names_the_nearest() -> None:
    finding = refused(spec("colums", "output"))

    assert (finding.rule, str(finding.place)) == ("chart.kind", "data/t/topic.toml:7")
    assert finding.cure == "Did you mean 'columns'?"


@pytest.mark.parametrize(
    ("chart", "rule", "words"),
    [
        (spec("line", "outptu"), "chart.series", "Did you mean 'output'?"),
        (spec("line", "exports:custom"), "chart.basis", "Did you mean 'customs'?"),
        (spec("line", "exports"), "chart.mixed-bases", "'customs', 'bank'"),
        (spec("points", "exports"), "chart.mixed-bases", "one statistical basis"),
        (spec("line", "output", "growth"), "chart.units", 'kind = "panels"'),
        (spec("columns", "balance", zero=False), "chart.zero", "start at zero"),
        (spec("bars", "output", "exports:bank", zero=False), "chart.zero", "start at zero"),
        (spec("line", "output", since="2020", until="2015"), "chart.window", "since 2020 comes after until 2015"),
        (spec("line", "output", since="soon"), "chart.window", "since = 'soon'"),
        (spec("line", "output", since="2040"), "chart.empty", "no value to draw in 2040"),
        (spec("columns", "output", since="2021"), "chart.too-few", "does not carry a chart"),
        (spec("line", "output", since="2021"), "chart.too-few", "'output' has one value"),
        (spec("bars", "output"), "chart.too-few", "does not carry a chart"),
        (spec("columns", *["balance"] * 5), "chart.too-many", "at most 4"),
        (spec("line", "output", events=(EventSpec("treatie", "x"),)), "chart.event", "Did you mean 'treaty'?"),
        (spec("line", "output", since="2018", events=(EventSpec("treaty", "x"),)), "chart.event", "outside"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_place_and_cure(chart: object, rule: str, words: str) -> None:
    finding = refused(chart)  # type: ignore[arg-type]

    assert finding.rule == rule
    assert words in str(finding)
    assert str(finding.place).startswith("data/t/topic.toml") or rule == "chart.event"


@pytest.mark.parametrize("kind", ["line", "panels"])
def test_a_character_that_the_fonts_of_charts_lack_is_refused_at_its_label(kind: str) -> None:
    place = Place("data/t/topic.toml", 12)

    finding = refused(spec(kind, "output", LineSpec("exports", "customs", label="Rice \u0e02\u0e49\u0e32\u0e27", place=place)))

    assert (finding.rule, finding.place) == ("chart.glyph", place)
    assert "U+0E02" in finding.found


def test_a_character_of_an_event_is_refused_at_the_event() -> None:
    event = EventSpec("treaty", "Signed \U0001f58a", Place("data/t/topic.toml", 15))

    assert refused(spec("line", "output", events=(event,))).place.line == 15


def test_scripts_of_the_second_font_are_let_pass() -> None:
    assert good(spec("line", "output", LineSpec("exports", "customs", label="\u51fa\u53e3, \u0442\u043e\u0432\u0430\u0440\u044b")))


def test_a_family_is_asked_for_its_glyphs_once_and_only_where_a_text_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda command, **options: asked.append(command[-1]) or ask(command, **options))
    chart_fonts._ranges.cache_clear()

    assert chart_fonts.lacking(["Output 2022"], ("Noto Sans", "Noto Sans CJK SC")) == ""
    assert asked == []
    for text in ("\u2212 \u0416", "\u4e2d", "\u4e2d \u2212 \u0416"):
        assert chart_fonts.lacking([text], ("Noto Sans", "Noto Sans CJK SC")) == ""
    assert asked == ["Noto Sans", "Noto Sans CJK SC"]


@pytest.mark.parametrize("family", ["No Such Family", "Noto Sans:lang=th"])
def test_where_a_family_is_not_there_drawing_tells(family: str) -> None:
    assert chart_fonts.lacking(["\u4e2d"], (family,)) == ""


def test_without_fontconfigs_program_drawing_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_fonts.shutil, "which", lambda _: None)

    assert chart_fonts.lacking(["\u4e2d"], ("Another",)) == ""


def test_all_problems_of_a_chart_are_told_at_once() -> None:
    _, findings = planned(spec("line", "nope", "exports", "outptu"))

    assert [finding.rule for finding in findings] == ["chart.series", "chart.mixed-bases", "chart.series"]


def test_the_partial_periods_left_out_are_counted_where_too_little_is_left() -> None:
    rows = (row("2019", 1), row("2020-H1", 2))

    assert "1 of another length of period left out" in refused(spec("columns", "s"), series("s", rows)).found


def test_a_key_wider_than_the_chart_is_refused() -> None:
    label = LineSpec("balance", label="A label of seventy-nine characters, which is allowed, but not on narrow paper")

    finding = refused(spec("columns", label, "exports:bank"), width=82)

    assert finding.rule == "chart.label"
    assert "82 mm" in finding.found


# --- scales ---------------------------------------------------------------------------------------


@given(st.decimals(-(10**12), 10**12, places=3), st.decimals(-(10**12), 10**12, places=3), st.booleans())
def test_ticks_are_few_rising_and_reach_the_data(one: Decimal, other: Decimal, zero: bool) -> None:
    steps = value_steps(min(one, other), max(one, other), zero=zero)

    assert 1 <= len(steps.values) <= 8
    assert all(a < b for a, b in pairwise(steps.values))
    assert not zero or Decimal(0) in steps.values or one == other == 0


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [("0", "8.4", "0 2 4 6 8"), ("-12", "11", "-10 -5 0 5 10"), ("0", "100", "0 20 40 60 80 100"), ("0", "0", "0")],
)
def test_ticks_are_round_numbers(low: str, high: str, ticks: str) -> None:
    assert " ".join(str(int(v)) for v in value_steps(Decimal(low), Decimal(high), zero=True).values) == ticks


@given(st.integers(1000, 2500), st.integers(0, 900), st.integers(3, 14))
def test_years_to_print_are_never_many(first: int, span: int, most: int) -> None:
    printed = years(first, first + span, most)

    assert 1 <= len(printed) <= most + 2
    assert first <= printed[0] <= printed[-1] <= first + span


def test_year_ticks_end_with_the_last_year() -> None:
    assert years(1991, 2024, 9) == (1991, 1995, 2000, 2005, 2010, 2015, 2020, 2024)


# --- layout ---------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(5, 20)), min_size=1, max_size=8),
)
def test_names_in_the_margin_keep_apart_and_inside(labels: list[tuple[float, float]]) -> None:
    wanted, heights = [y for y, _ in labels], [height for _, height in labels]
    high = sum(heights) + 10

    places = spread(wanted, heights, 0, high)
    order = sorted(range(len(places)), key=places.__getitem__)

    for lower, upper in pairwise(order):
        assert places[upper] - places[lower] >= (heights[lower] + heights[upper]) / 2 - 1e-6
    assert all(p - h / 2 >= -1e-6 and p + h / 2 <= high + 1e-6 for p, h in zip(places, heights, strict=True))


@pytest.mark.parametrize("width", [82, 120, 170])
@pytest.mark.parametrize("name", list(EVERY_KIND))
def test_no_text_meets_another_or_leaves_the_sheet(name: str, width: float) -> None:
    sheet = lay_out(good(EVERY_KIND[name], width=width).plot, LOOK, measure)

    assert sheet.words
    assert boxes_meet(sheet) == []
    assert sheet.outside() == ()


VALUES = st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=30)


@settings(max_examples=60)
@given(st.sampled_from(["line", "points", "columns", "step", "panels", "bars"]), st.lists(VALUES, min_size=2, max_size=4))
def test_whatever_the_values_no_text_meets_another(kind: str, values: list[list[int]]) -> None:
    every = [series(f"s{i}", yearly(1990, list(column))) for i, column in enumerate(values)]

    sheet = lay_out(good(spec(kind, *(item.id for item in every)), *every).plot, LOOK, measure)

    assert boxes_meet(sheet) == []


NAMES = st.sampled_from(["", "A", "Чистый экспорт товаров и услуг", "货物贸易总额（按中方统计）", "Output at constant prices of the year before last"])
SPOILT = st.tuples(
    st.one_of(st.none(), st.decimals(-(10**6), 10**6, places=1)),
    st.sampled_from(["", "", "", "more than", "up to", "about"]), st.sampled_from(["normal", "break", "estimated", "provisional"]),
)  # fmt: skip
DRAWN = st.lists(st.lists(SPOILT, min_size=3, max_size=24), min_size=1, max_size=5)


@settings(max_examples=40)
@given(st.sampled_from(sorted(KINDS)), DRAWN, st.lists(NAMES, min_size=5, max_size=5), st.integers(0, 3), st.sampled_from([120, 170]))
def test_whatever_is_drawn_no_text_meets_another_or_leaves_the_sheet(
    kind: str, values: list[list[Any]], names: list[str], events: int, width: float
) -> None:
    every = [
        series(f"s{at}", tuple(row(str(2012 + year), value, qualifier=said, status=state) for year, (value, said, state) in enumerate(column)))
        for at, column in enumerate(values[: KINDS[kind].most])
    ]
    lines = [LineSpec(item.id, label=names[at], highlight=at == 1, place=Place("t", 1)) for at, item in enumerate(every)]
    marks = [EventSpec("treaty", "Treaty" + " again" * at, Place("t", 2)) for at in range(events)]
    chart, _ = planned(spec(kind, *lines, events=tuple(marks)), *every, width=width)
    assume(chart is not None)
    assert chart is not None

    sheet = lay_out(chart.plot, LOOK, measure)

    assert boxes_meet(sheet) == []
    assert sheet.outside() == ()


# --- what a chart is about ------------------------------------------------------------------------


def about(kind: str, *ids: str, highlighted: int = -1) -> Sheet:
    lines = [LineSpec(id_, highlight=at == highlighted) for at, id_ in enumerate(ids)]
    return lay_out(good(spec(kind, *lines)).plot, LOOK, measure)


def hues(sheet: Sheet) -> list[str]:
    """Return the colours of lines and bars in their order."""
    return [shape.stroke or shape.fill for shape in sheet.shapes if getattr(shape, "width", 0) == LOOK.line or getattr(shape, "fill", "")]


def test_the_lines_that_a_chart_is_about_keep_their_colour_and_the_others_are_grey() -> None:
    strokes = [each for each in hues(about("line", "output", "balance", highlighted=1)) if each in (LOOK.muted, "#0b5d7a")]

    assert set(strokes) == {LOOK.muted, "#0b5d7a"}
    assert strokes[0] == LOOK.muted


def test_a_bar_that_a_chart_is_about_stands_out() -> None:
    sheet = about("bars", "output", "balance", highlighted=1)

    assert [shape.fill for shape in sheet.shapes if isinstance(shape, Shape) and shape.fill] == [LOOK.muted, "#0b5d7a"]


def test_a_panel_that_a_chart_is_about_stands_out() -> None:
    strokes = hues(about("panels", "output", "balance", "members", highlighted=2))

    assert "#0b5d7a" in strokes
    assert strokes.count(LOOK.muted) >= 2


@pytest.mark.parametrize("kind", ["line", "bars", "panels"])
def test_without_a_highlight_no_line_is_grey(kind: str) -> None:
    assert LOOK.muted not in hues(about(kind, "output", "balance"))


def test_the_name_of_a_grey_line_can_be_read() -> None:
    words = next(words for words in about("line", "output", "balance", highlighted=1).words if "Output" in words.text)

    assert contrast(words.color) >= 4.5


@pytest.mark.parametrize("poor", [replace(spec("line"), lines=()), replace(spec("line", "output"), kind="")])
def test_of_a_chart_whose_kind_or_lines_are_missing_nothing_more_is_said(poor: ChartSpec) -> None:
    assert planned(poor) == (None, ())


def test_a_highlight_of_every_line_is_refused() -> None:
    finding = refused(spec("line", LineSpec("output", highlight=True, place=Place("data/t/topic.toml", 9)), LineSpec("balance", highlight=True)))

    assert (finding.rule, finding.place.line, finding.found) == ("chart.highlight", 9, "highlight on every line of 'c'")


def test_what_a_chart_draws_is_told_line_by_line() -> None:
    data = good(spec("points", "exports:customs", "exports:bank")).data

    assert [(line.label, line.series, len(line.rows)) for line in data] == [("Customs statistics", "exports", 6), ("Central bank", "exports", 4)]


def test_labels_of_values_keep_off_the_marks() -> None:
    sheet = lay_out(good(EVERY_KIND["points"]).plot, LOOK, measure)
    marks = [place for shape in sheet.shapes if hasattr(shape, "places") for place in shape.places]

    assert marks
    for words in sheet.words:
        box = sheet.box(words)
        assert not any(box.left < x < box.right and box.bottom < y < box.top for x, y in marks)


def test_chinese_names_break_between_characters_and_long_ones_at_spaces() -> None:
    sheet = Sheet(400, 200, LOOK, measure)

    assert sheet.wrap("甲乙丙丁戊己", 8, 25) == ("甲乙丙", "丁戊己")
    assert sheet.wrap("one two three", 8, 40) == ("one two", "three")
    assert sheet.wrap("unbreakable-word", 8, 40)[0] == "unbreakable-"


def test_text_that_has_no_room_is_an_error_not_a_cut() -> None:
    plot = good(EVERY_KIND["bars"]).plot

    with pytest.raises(ValueError, match="no room for"):
        lay_out(replace(plot, width=20.0), LOOK, measure)


def test_a_palette_colour_like_the_accent_comes_last() -> None:
    plot = replace(good(EVERY_KIND["line"]).plot, accent="#0072B2", palette=("#0b6aa8", "#D55E00"))
    strokes = [shape.stroke for shape in lay_out(plot, LOOK, measure).shapes if getattr(shape, "width", 0) == LOOK.line]

    assert strokes == ["#0072B2", "#D55E00"]


@pytest.mark.parametrize("color", [*PALETTE, "#ffffff", "#f0e442"])
def test_text_in_a_lines_colour_can_be_read_on_white(color: str) -> None:
    dark = legible(color)
    linear = [int(dark[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in linear]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert 1.05 / (luminance + 0.05) >= 4.5


def test_columns_always_stand_on_zero() -> None:
    sheet = lay_out(good(spec("columns", "output")).plot, LOOK, measure)
    bars = next(shape for shape in sheet.shapes if getattr(shape, "fill", "") == "#0b5d7a")
    feet = {path[0][1] for path in bars.paths}
    heights = [path[1][1] - path[0][1] for path in bars.paths]

    assert len(feet) == 1
    assert heights[0] / heights[-1] == pytest.approx(40 / 55)


# --- drawing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(EVERY_KIND))
def test_every_kind_is_drawn_as_small_svg_of_exact_size_with_real_text(name: str) -> None:
    plot = good(EVERY_KIND[name]).plot

    svg = charts.draw(plot, STYLE)
    root = ET.fromstring(svg)

    assert (root.get("width"), root.get("height")) == ("170mm", f"{plot.height:g}mm")
    assert root.find(f"{SVG}title").text == plot.alt
    assert not {node.tag.removeprefix(SVG) for node in root.iter()} - {"svg", "title", "path", "text"}
    assert len(list(root.iter())) < 90
    assert "2" in "".join(texts(svg))


def test_the_boxes_measured_with_the_real_fonts_do_not_meet() -> None:
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        fonts = charts.Fonts(("Noto Sans", "Noto Sans CJK SC"))
        for chart in EVERY_KIND.values():
            assert boxes_meet(lay_out(good(chart).plot, charts.read_style(STYLE), fonts.measure)) == []


def test_chinese_and_cyrillic_are_drawn() -> None:
    lines = (LineSpec("output", label="国内生产总值"), LineSpec("exports", "bank", label="Экспарт (ў)"))

    drawn = "".join(texts(charts.draw(good(spec("line", *lines)).plot, STYLE)))

    assert "国内生产总值" in drawn
    assert "Экспарт (ў)" in drawn


def test_a_character_without_a_glyph_is_named() -> None:
    plot = good(spec("line", "output", "exports:bank")).plot
    panel = replace(plot.panels[0], x_ticks=((2015.5, "Linear A \U00010600"),))

    with pytest.raises(RenderError, match=r"U\+10600"):
        charts.draw(replace(plot, panels=(panel,)), STYLE)


@pytest.mark.parametrize(
    ("family", "cure"), [("Noto Sans of No Script", "apt-get install"), ("No Such Face", "or name another one first in --sans")]
)
def test_a_font_that_is_not_installed_is_named_with_its_cure(family: str, cure: str) -> None:
    plot = replace(good(EVERY_KIND["line"]).plot, fonts=(family,))

    with pytest.raises(RenderError, match=family) as caught:
        charts.draw(plot, STYLE)
    assert cure in caught.value.hint


def test_an_overfull_sheet_is_an_error_that_names_the_chart() -> None:
    with pytest.raises(RenderError, match="chart c: cannot be drawn: no room for"):
        charts.draw(replace(good(EVERY_KIND["bars"]).plot, width=20.0), STYLE)


@pytest.mark.parametrize(
    ("style", "words"),
    [
        (b"text.usetex: True", "charts.mplstyle:1: 'text.usetex' is no setting of charts"),
        (b"# a comment\nfont.szie: 8", "charts.mplstyle:2: 'font.szie' is no setting"),
        (b"font.size: huge", "charts.mplstyle:1:"),
        (b"font.size: 8", "missing"),
        (b"just words", "no setting"),
    ],
)
def test_a_wrong_style_sheet_names_its_line(style: bytes, words: str) -> None:
    with pytest.raises(RenderError) as caught:
        charts.read_style(style)

    assert words in str(caught.value)


def test_the_style_sheet_decides_the_look() -> None:
    style = STYLE.replace(b'"#dde2e5"', b'"#abcdef"')

    assert style != STYLE
    assert "#abcdef" in charts.draw(good(EVERY_KIND["line"]).plot, style)


@pytest.mark.slow
def test_the_same_plot_makes_the_same_bytes_in_another_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from chart_samples import *; from generator import charts\n"
        "sys.stdout.write(''.join(charts.draw(good(c).plot, STYLE) for c in EVERY_KIND.values()))"
    )

    def run(**environment: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, check=True, capture_output=True,
            encoding="utf-8",
        ).stdout  # fmt: skip

    assert run(PYTHONHASHSEED="1", TZ="UTC") == run(PYTHONHASHSEED="77", TZ="Asia/Shanghai", LC_ALL="C.UTF-8")


@pytest.mark.slow
def test_pyplot_is_never_imported() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from chart_samples import *; from generator import charts\n"
        "charts.draw(good(EVERY_KIND['line']).plot, STYLE); sys.exit('matplotlib.pyplot' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def printed(svg: str, folder: Path) -> tuple[str, str]:
    """Return the text and the table of fonts of a PDF with the chart on it."""
    from weasyprint import HTML

    (folder / "c.svg").write_text(svg, "utf-8")
    HTML(string='<html lang="en"><img src="c.svg" alt="x">', base_url=f"{folder}/").write_pdf(folder / "c.pdf")

    def read(*command: str) -> str:
        return subprocess.run([*command], cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout

    return read("pdftotext", "-layout", "c.pdf", "-"), read("pdffonts", "c.pdf")


def test_a_chart_prints_with_its_text_and_in_its_own_fonts_only(tmp_path: Path) -> None:
    rows = (row("2010", -1), row("2011", 2, qualifier="about"), row("2012", 3, qualifier="more than"))

    text, fonts = printed(charts.draw(good(spec("points", "s"), series("s", rows)).plot, STYLE), tmp_path)

    assert all(part in text for part in ("−1", "≈2", ">3", "2012"))
    assert "Noto-Sans-CJK" in fonts
    assert all("Noto-Sans" in line for line in fonts.splitlines()[2:])


def test_charts_print_at_their_size_in_millimetres(tmp_path: Path) -> None:
    pixels = 96 / 25.4
    plot = good(EVERY_KIND["columns"]).plot
    from weasyprint import HTML

    (tmp_path / "c.svg").write_text(charts.draw(plot, STYLE), "utf-8")
    page = HTML(string='<img src="c.svg" alt="x">', base_url=f"{tmp_path}/").render().pages[0]
    image = next(box for box in page._page_box.descendants() if box.element_tag == "img")

    assert (image.width, image.height) == pytest.approx((plot.width * pixels, plot.height * pixels))


# --- sparklines -----------------------------------------------------------------------------------


def test_a_sparkline_is_a_line_with_its_end_marked_and_a_title() -> None:
    root = ET.fromstring(charts.sparkline([(2010, 1), (2011, 3), (2012, 2)], "#0b5d7a", title="A & B"))

    assert [node.tag.removeprefix(SVG) for node in root] == ["title", "path", "circle"]
    assert root[0].text == "A & B"


@pytest.mark.parametrize("values", [[], [(2010, 5)], [(2010, 5), (2011, 5)], [(2010, -1), (2011, -3)]])
def test_a_sparkline_of_few_or_equal_values_stays_inside_its_box(values: list[tuple[float, float]]) -> None:
    svg = charts.sparkline(values, "#0b5d7a", size=(24, 6))
    pairs = re.findall(r"[ML ](-?[\d.]+) (-?[\d.]+)", "".join(re.findall(r' d="([^"]*)"', svg)))

    assert "nan" not in svg
    assert all(0 <= float(x) <= 24 and 0 <= float(y) <= 6 for x, y in pairs)


# --- documentation --------------------------------------------------------------------------------

EXAMPLES = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/charts.md").read_text("utf-8"), re.DOTALL)


def test_the_documentation_has_an_example_of_every_kind() -> None:
    assert {tomllib.loads(text)["charts"][0]["kind"] for text in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_documentation_is_read_planned_and_drawn(text: str) -> None:
    findings = Findings()
    known = topic()
    table = read_toml('title = "T"\nbottom_line = "B"\n' + text, "data/t/topic.toml", findings)
    assert table is not None

    chart = read_topic("t", table, (TREATY,), known.series, ()).charts[0]
    result, problems = plan(chart, known, WORDS, accent="#0b5d7a", palette=PALETTE, width_mm=170, title=chart.title)

    assert findings == []
    assert problems == ()
    assert result is not None
    assert charts.draw(result.plot, STYLE).startswith("<?xml")


def test_every_rule_and_setting_is_documented() -> None:
    text = (ROOT / "docs/charts.md").read_text("utf-8")
    code = "".join((ROOT / f"generator/{name}.py").read_text("utf-8") for name in ("chart_plan", "chart_rows"))
    rules = set(re.findall(r'"chart\.([a-z-]+)"', code)) | set(re.findall(r'f"\{RULE\}\.([a-z-]+)"', code))

    assert len(rules) > 9
    assert [rule for rule in sorted(rules) if f"`chart.{rule}`" not in text] == []
    assert [name for name in charts.STYLE if f"`{name}`" not in text] == []
