"""Faults B01 to B05 of FAULTS.csv: what other generators do to charts, and this one must not."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chart_samples import EVERY_KIND, ROOT, STYLE, good, planned, refused, row, series, spec, yearly
from effort import kilobytes_more

from generator import charts
from generator.errors import RenderError
from generator.model import EventSpec, LineSpec

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def run(code: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in another folder, with the samples at hand."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=os.environ | {"PYTHONPATH": paths} | environment, check=False,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip


# --- B01 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Revenue $5 to $6 bn", "Ba$$in", r"a $\foo$", r"\LaTeX_{x}^2 & <b>"])
@pytest.mark.parametrize("kind", ["line", "columns", "bars"])
def test_b01_dollar_signs_and_backslashes_are_printed_literally(label: str, kind: str) -> None:
    chart = spec(kind, LineSpec("output", label=label), "exports:bank")

    drawn = " ".join(texts(charts.draw(good(chart).plot, STYLE)))

    assert label in drawn


def test_b01_dollar_signs_stay_in_panels_events_and_alternative_text() -> None:
    lines = (LineSpec("output", label="$1 to $2"), LineSpec("growth", label="$$"))
    plot = good(spec("panels", *lines, events=(EventSpec("treaty", "$a$ and $b$"),))).plot

    svg = charts.draw(plot, STYLE)

    assert {"$1 to $2, billion euros", "$$, percent", "$a$ and $b$"} <= set(texts(svg))
    assert "$1 to $2" in (ET.fromstring(svg).find(f"{SVG}title").text or "")


# --- B02 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e308", "-1e308", "sNaN", "1e31"])
@pytest.mark.parametrize("kind", ["line", "points", "columns", "step", "bars"])
def test_b02_a_value_that_is_no_size_is_refused_with_chart_series_period_and_row(value: str, kind: str) -> None:
    bad = series("bad", (row("2010", 1), row("2011", value), row("2012", 3)))
    chart = spec(kind, "bad", "output") if kind == "bars" else spec(kind, "bad")

    finding = refused(chart, bad)

    assert finding.rule == "chart.impossible"
    assert str(finding.place) == "data/t/series/s.csv:2"
    assert "chart 'c', series 'bad', 2011" in finding.found


def test_b02_a_missing_value_is_a_gap_that_is_named() -> None:
    chart = good(spec("line", "s"), series("s", yearly(2010, [1, None, 3, 4])))

    assert chart.plot.panels[0].lines[0].gaps == (2011.5,)
    assert "No data: 2011." in chart.notes
    assert charts.draw(chart.plot, STYLE).count("<path") > 2


@pytest.mark.parametrize("rows", [(), yearly(2010, [None, None])])
@pytest.mark.parametrize("kind", sorted({"line", "points", "columns", "step", "panels", "bars"}))
def test_b02_an_empty_series_is_refused_never_an_empty_frame(rows: Any, kind: str) -> None:
    _, findings = planned(spec(kind, "s", "output"), series("s", rows))

    assert [finding.rule for finding in findings] == ["chart.empty"]


@pytest.mark.parametrize("values", [[1, -1], [0, 0], [-3, -2], [0, 5], [1e-12, 2e-12], [-1e29, 1e29], [7, 7]])
@pytest.mark.parametrize("kind", ["line", "points", "columns", "step", "bars"])
def test_b02_zero_negative_tiny_and_huge_values_have_a_defined_look(values: list[float], kind: str) -> None:
    one, two = series("one", yearly(2010, values)), series("two", yearly(2010, values[::-1]))
    plot = good(spec(kind, "one", "two"), one, two).plot

    svg = charts.draw(plot, STYLE)

    assert "nan" not in svg.lower().replace("finance", "")
    assert "inf" not in svg.lower()
    assert texts(svg)


# --- B03 ------------------------------------------------------------------------------------------


def test_b03_ticks_are_few_whatever_the_span() -> None:
    wide = series("wide", (row("1000", "0.001"), row("2024", 1_000_000)))

    panel = good(spec("points", "wide"), wide).plot.panels[0]

    assert len(panel.y_ticks) <= 7
    assert len(panel.x_ticks) <= 16


def test_b03_a_label_of_100_kilobytes_is_refused() -> None:
    finding = refused(spec("line", LineSpec("output", label="x" * 100_000), "exports:bank"))

    assert finding.rule == "chart.label"
    assert "a label of 100000 characters" in finding.found
    assert len(str(finding)) < 300


def test_b03_an_event_of_many_words_is_refused() -> None:
    assert refused(spec("line", "output", events=(EventSpec("treaty", "x" * 81),))).rule == "chart.label"


def test_b03_three_thousand_columns_are_drawn_as_a_few_paths_and_one_more_is_refused() -> None:
    days = [row(f"{1900 + n // 336}-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}", n % 97) for n in range(3001)]

    svg = charts.draw(good(spec("columns", "days"), series("days", tuple(days[:3000]))).plot, STYLE)
    finding = refused(spec("columns", "days"), series("days", tuple(days)))

    assert svg.count("<path") < 10
    assert finding.rule == "chart.too-many"


def test_b03_a_sheet_of_absurd_size_costs_no_memory() -> None:
    plot = replace(good(EVERY_KIND["columns"]).plot, width=1e5, height=1e5)

    drawn = []
    more = kilobytes_more(lambda: drawn.append(charts.draw(plot, STYLE)))

    assert 'width="100000mm"' in drawn[0]
    assert more < 100_000


# --- B04 ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_b04_many_charts_in_one_process_do_not_leak() -> None:
    code = (
        "from chart_samples import *; from generator import charts; import sys\n"
        "def resident(): return int(open('/proc/self/statm').read().split()[1])\n"
        "plots = [good(chart).plot for chart in EVERY_KIND.values()]\n"
        "def draw(count): [charts.draw(plots[n % len(plots)], STYLE) for n in range(count)]\n"
        "draw(120); before = resident(); draw(180); after = resident()\n"
        "print(after / before, 'matplotlib.pyplot' in sys.modules)"
    )

    growth, pyplot = run(code, ROOT).stdout.split()

    assert float(growth) < 1.05
    assert pyplot == "False"


# --- B05 ------------------------------------------------------------------------------------------

DRAW = "from chart_samples import *; from generator import charts; print(charts.draw(good(EVERY_KIND['line']).plot, STYLE))"
HOSTILE = (
    "text.usetex: True\nfont.size: 40\npath.sketch: 5, 100, 2\nsvg.fonttype: path\nlines.linewidth: 9\n"
    "text.parse_math: True\nfigure.dpi: 300\nsavefig.bbox: tight\npatch.antialiased: False\nfont.family: serif\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["folder", "MATPLOTLIBRC", "MPLCONFIGDIR"])
def test_b05_a_matplotlibrc_from_outside_changes_nothing(tmp_path: Path, where: str) -> None:
    (tmp_path / "matplotlibrc").write_text(HOSTILE, "utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    calm = run(DRAW, empty)
    place, more = (tmp_path, {}) if where == "folder" else (empty, {where: str(tmp_path)})
    assert run("import matplotlib; print(matplotlib.rcParams['font.size'])", place, **more).stdout == "40.0\n", "it is not read"

    hostile = run(DRAW, place, **more)

    assert calm.returncode == hostile.returncode == 0
    assert calm.stdout.startswith("<?xml")
    assert hostile.stdout == calm.stdout


def test_b05_usetex_in_a_style_sheet_is_refused() -> None:
    with pytest.raises(RenderError, match=r"charts\.mplstyle:\d+: 'text\.usetex' is no setting of charts"):
        charts.draw(good(EVERY_KIND["line"]).plot, STYLE + b"text.usetex: True\n")


def test_b05_no_program_is_started_while_drawing() -> None:
    code = (
        "import sys; from chart_samples import *; from generator import charts\n"
        "plot = good(EVERY_KIND['line']).plot; charts.draw(plot, STYLE)\n"
        "started = []\n"
        "sys.addaudithook(lambda event, args: started.append(event) if event in\n"
        "    ('subprocess.Popen', 'os.exec', 'os.posix_spawn', 'os.fork', 'os.system') else None)\n"
        "charts.draw(plot, STYLE); print(started)\n"
        "import subprocess; subprocess.run(['true']); print(started)"
    )

    drawing, control = run(code, ROOT).stdout.splitlines()

    assert drawing == "[]"
    assert "subprocess.Popen" in control, "nobody would have noticed"
