"""The look: properties that the page and its charts share, colours that can be read, a page that prints in grey."""

from __future__ import annotations

import re
import subprocess
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator import pipeline
from generator.charts import read_style
from generator.colours import contrast, legible, luminance
from generator.look import chart_style, fill_in, properties, read_look
from generator.markup import context_fields
from generator.pipeline import Request
from generator.reading import Findings
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = {
    path.relative_to(ROOT / "templates/briefing").as_posix(): path.read_bytes()
    for path in (ROOT / "templates/briefing").rglob("*")
    if path.is_file()
}
ACCENT = "#0b5d7a"
ACCENTS = sorted({
    tomllib.loads(path.read_text("utf-8")).get("accent", ACCENT) for path in ROOT.glob("data/*/topic.toml")
})  # fmt: skip
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
# Machado, Oliveira and Fernandes 2009: how readers without one kind of cones see red, green and blue.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def problems(accent: str = ACCENT, **changes: str) -> list[str]:
    """Return what is said of the shipped look after changes: `ink="#777777"` declares --ink anew."""
    more = "".join(f"--{name.replace('_', '-')}: {value};\n" for name, value in changes.items())
    findings = Findings()
    read_look(SHIPPED | {"own.css": f":root {{\n{more}}}".encode()}, accent, findings)
    return [f"{each.place}: {each.rule}: {each.found}; {each.cure}" for each in findings]


# --- the shipped look -----------------------------------------------------------------------------


@pytest.mark.parametrize("accent", ACCENTS)
def test_the_shipped_look_has_no_problems_with_any_topic(accent: str) -> None:
    assert problems(accent) == []


def test_the_style_sheet_holds_no_colour_and_no_size_of_its_own() -> None:
    rules = re.sub(r"/\*.*?\*/", "", SHIPPED["style.css"].decode(), flags=re.DOTALL)

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules.replace("#source", "")) == []
    assert re.findall(r"font-size:\s*[\d.]+pt|font:[^;]*?[\d.]+pt", rules) == []


def test_every_property_of_the_look_is_used_and_documented() -> None:
    used = "".join(data.decode() for name, data in SHIPPED.items() if name.endswith((".css", ".mplstyle")))
    documented = (ROOT / "docs/design.md").read_text("utf-8")

    for name in properties(SHIPPED):
        assert f"var(--{name})" in used or name == "figure-width" or name.startswith("line-"), name
        assert f"`--{name}`" in documented or name[5:].isdigit(), name


def test_the_guide_names_every_field_that_a_template_sees_and_parts_that_exist() -> None:
    text = (ROOT / "docs/design.md").read_text("utf-8").partition("## What a template sees")[2].partition("\n## ")[0]
    named = {word for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}

    assert named == set(context_fields()) - {"_"}
    assert [part for part in re.findall(r"`(parts/[\w-]+\.html)`", text) if not (ROOT / "templates/briefing" / part).is_file()] == []


def test_an_accent_that_no_white_paper_shows_is_told_by_its_topic_alone() -> None:
    assert problems("#ffff00") == []


@pytest.mark.parametrize("accent", ACCENTS)
def test_every_text_colour_of_the_page_can_be_read_on_its_ground(accent: str) -> None:
    known = properties(SHIPPED)
    rules = re.sub(r"/\*.*?\*/", "", SHIPPED["style.css"].decode(), flags=re.DOTALL)
    colours = {fill_in(value, known).replace("var(--accent)", accent) for value in re.findall(r"[{;]\s*color:\s*([^;}]+)", rules)}

    assert len(colours) >= 4
    for colour in colours - {"inherit"}:
        ground = accent if colour == known["on-accent"].value else known["paper"].value
        assert contrast(colour, ground) >= 4.5, f"{colour} on {ground}"


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_of_lines_are_told_apart_by_colour_blind_readers(kind: str) -> None:
    findings = Findings()
    seen = {colour: blind(colour, kind) for colour in read_look(SHIPPED, ACCENT, findings).palette}

    for one, other in combinations(seen, 2):
        assert sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5 > 30, (kind, one, other)


def blind(colour: str, kind: str) -> tuple[float, ...]:
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return tuple(sum(share * part for share, part in zip(row, parts, strict=True)) for row in BLINDNESS[kind])


@pytest.mark.slow
def test_printed_in_grey_every_word_stands_out_from_its_ground(project: Path, tmp_path: Path) -> None:
    pdf = build(project)

    subprocess.run(["pdftoppm", "-gray", "-r", "200", "-f", "1", "-l", "1", pdf, tmp_path / "grey"], check=True)
    page = Image.open(next(tmp_path.glob("grey*.pgm")))
    boxes = subprocess.run(["pdftotext", "-bbox", "-l", "1", pdf, "-"], check=True, capture_output=True, text=True).stdout
    words = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(\w{3,})<', boxes)

    assert len(words) > 60
    for *sides, word in words:
        dark, light = page.crop(tuple(round(float(side) * 200 / 72) for side in sides)).getextrema()
        assert contrast(f"#{dark:02x}{dark:02x}{dark:02x}", f"#{light:02x}{light:02x}{light:02x}") >= 4, word


# --- another look ---------------------------------------------------------------------------------


def build(project: Path) -> Path:
    (outcome,) = pipeline.build(Workspace(project), Request())
    assert outcome.edition is not None, [*map(str, outcome.findings), outcome.error]
    return project / "reports" / "library" / outcome.edition.id / outcome.edition.files[0][1]


@pytest.mark.slow
def test_a_workspace_with_one_property_of_its_own_has_another_look(project: Path) -> None:
    before = heading(build(project))
    own = project / "templates/briefing/own.css"
    own.parent.mkdir(parents=True)

    own.write_text(":root { --size-title: 40pt }", "utf-8")

    assert heading(build(project)) == pytest.approx(before * 40 / 25, rel=0.01)


def test_the_example_of_the_documentation_is_a_sound_look() -> None:
    (example,) = re.findall(r"```css\n(.*?)```", (ROOT / "docs/design.md").read_text("utf-8"), re.DOTALL)
    files, findings = SHIPPED | {"own.css": example.encode()}, Findings()

    assert read_look(files, ACCENT, findings).palette[0] == "#332288"
    assert read_style(chart_style(files)).ink == "#222222"
    assert list(findings) == []
    assert set(properties({"own.css": example.encode()})) <= set(properties(SHIPPED))


def heading(pdf: Path) -> float:
    """Return the height of the title's first word in points."""
    run = subprocess.run(["pdftotext", "-bbox-layout", "-l", "1", pdf, "-"], check=True, capture_output=True, text=True)
    tall = re.findall(r'<word [^>]*yMin="([\d.]+)"[^>]*yMax="([\d.]+)"', run.stdout)
    return max(float(low) - float(high) for high, low in tall)


def test_charts_take_what_a_later_sheet_declares() -> None:
    own = b":root { --size-label: 11pt; --ink: #222222; --line-1: #123456; --sans: 'Noto Serif', \"Noto Sans CJK SC\" }"
    files = SHIPPED | {"own.css": own}

    style, taken = read_style(chart_style(files)), read_look(files, ACCENT, Findings())

    assert (style.text, style.ink) == (11, "#222222")
    assert (taken.palette[0], taken.fonts) == ("#123456", ("Noto Serif", "Noto Sans CJK SC"))


def test_properties_may_be_made_of_others_and_a_circle_ends() -> None:
    sheet = b"/* --a: 1pt; */\n:root { --a: var(--b); --b: 2pt;\n --c: var(--d, 3pt); --e: var(--f); --f: var(--e) }"
    known = properties({"look.css": sheet})

    assert fill_in("var(--a) var(--c)", known) == "2pt 3pt"
    assert "var(" in fill_in("var(--e)", known)
    assert known["c"].place.line == 3


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"muted": "#999999"}, "--muted #999999 on --paper #ffffff: a contrast of 2.85:1; The nearest --muted that can be read is #"),
        ({"ink": "#ffffff"}, "--ink #ffffff on --paper #ffffff: a contrast of 1.00:1"),
        ({"paper": "#101010"}, "--ink #1b2127 on --paper #101010"),
        ({"on_accent": "#0b5d7a"}, "--on-accent #0b5d7a on --accent #0b5d7a: a contrast of 1.00:1; The nearest --on-accent"),
        ({"ink": "black"}, "--ink: black; Correct it: text is printed"),
        ({"line_2": "red"}, "--line-2: red; Correct it: charts"),
        ({"figure_width": "17cm"}, "--figure-width: 17cm"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_drawn_is_told_with_place_and_cure(changes: dict[str, str], said: str) -> None:
    found = problems(**changes)

    assert any(said in each and each.startswith("templates/briefing/") for each in found), found


def test_a_property_that_nobody_declares_is_told_at_its_line_with_the_nearest() -> None:
    files = SHIPPED | {"style.css": b"p { color: var(--ink) }\n\nh1 { margin: calc(-1 * var(--hnag)); color: var(--x, red) }"}
    findings = Findings()

    read_look(files, ACCENT, findings)

    (found,) = findings
    assert str(found.place) == "templates/briefing/style.css:3"
    assert (found.rule, found.found) == ("style.undeclared", "var(--hnag)")
    assert "'hang'" in found.cure


def test_a_setting_of_charts_that_nobody_declares_is_told_at_its_line() -> None:
    findings = Findings()

    read_look(SHIPPED | {"charts.mplstyle": b"font.size: 8\ntext.color: var(--inc)"}, ACCENT, findings)

    assert [str(each.place) for each in findings] == ["templates/briefing/charts.mplstyle:2"]


def test_a_look_without_colours_for_lines_is_refused() -> None:
    findings = Findings()

    read_look({}, ACCENT, findings)

    assert [each.found for each in findings] == ["no colours for lines"]


@given(COLOURS, COLOURS)
def test_the_nearest_colour_can_be_read_on_any_ground(colour: str, ground: str) -> None:
    near = legible(colour, ground)

    assert contrast(near, ground) >= 4.5 or near in ("#000000", "#ffffff")
    assert near == colour if contrast(colour, ground) >= 4.5 else near != colour


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#FFFFFF", "#ffffff", 1)])
def test_contrast_is_that_of_the_standard(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(contrast(other, one)) == pytest.approx(ratio, abs=0.01)
    assert luminance("#ffffff") == pytest.approx(1)
