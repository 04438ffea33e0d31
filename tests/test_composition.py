"""Composition: what a page is laid out so that its reader loses something is told, with page, extent and cure."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from effort import calls_in
from pages import PAGE, page, png

from generator.composition import RULES, judge
from generator.layout import MILLIMETRE, Frame, Layout, Piece, Setting
from generator.model import Finding, Place
from generator.page import Page
from generator.pdf import print_page
from generator.preflight import inspect

ROOT = Path(__file__).resolve().parent.parent
WORDS = "Words and more words stand here. "
LONG = "Unbreakable" * 12
FILL = '<img src="charts/trade.svg" alt="C" style="display: block; width: 3cm; height: {}mm">'
"""A5 with margins of 15 mm has 180 mm of content, of which the page's title takes 10."""
PLAIN = b"body, p { margin: 0 } p { line-height: 5mm } h1, h2, h3 { margin: 2mm 0; font-size: 12pt; line-height: 6mm }"


def styled(body: str, css: str = "", **files: bytes) -> Page:
    """Return a page with a style sheet of its own over the sample's."""
    return page(body, files={"style.css": dict(PAGE.assets)["style.css"] + PLAIN + css.encode()} | files)


def findings(made: Page) -> list[Finding]:
    """Return what is said of the composition of a page."""
    document = print_page(made)
    return [found for found in (*document.findings, *inspect(document, made)) if found.rule != "pdf.style"]


def told(made: Page) -> list[tuple[str, str]]:
    """Return the page and the rule of each finding."""
    return [(str(each.place).removeprefix("the PDF, page "), each.rule.removeprefix("preflight.")) for each in findings(made)]


def rows(number: int, cell: str = WORDS) -> str:
    return "<table><thead><tr><th>Head</th><th>Head</th></tr></thead>" + f"<tr><td>A</td><td>{cell}</td></tr>" * number + "</table>"


# --- what is refused ------------------------------------------------------------------------------

BAD: dict[str, tuple[str, list[tuple[str, str]], Page]] = {
    "a text beyond the paper": ("error", [("1", "edge")], styled(f'<p style="white-space: nowrap">{LONG}</p>')),
    "a picture beyond the paper": (
        "error", [("1", "edge")], styled('<p><img src="charts/trade.svg" alt="C" style="width: 16cm; height: 3cm"></p>'),
    ),
    "a text placed beyond the paper": ("error", [("1", "edge")], styled('<p style="position: absolute; left: -25mm; top: 3cm">Far out</p>')),
    "a text that its box hides": ("error", [("1", "hidden")], styled(f'<p style="overflow: hidden; height: 12mm">{WORDS * 20}</p>')),
    "a line that ends in an ellipsis": (
        "error", [("1", "hidden")], styled(f'<p style="overflow: hidden; white-space: nowrap; text-overflow: ellipsis">{LONG}</p>'),
    ),
    "a text under a box of fixed height": (
        "error", [("1", "overlap")], styled(f'<div style="height: 6mm"><p>{WORDS * 8}</p></div><p>{WORDS * 8}</p>'),
    ),
    "a text pulled over another": ("error", [("1", "overlap")], styled(f"<p>{WORDS}</p><p style='margin-top: -4mm'>{WORDS}</p>")),
    "a picture over a text": (
        "error", [("1", "overlap")],
        styled(f'<div style="height: 6mm"><img src="charts/trade.svg" alt="C"></div><p>{WORDS * 8}</p>'),
    ),
    "figures that must not break, side by side": (
        "error", [("1", "overlap")],
        styled('<div style="display: flex">' + '<p style="flex: 1 1 0; min-width: 0">Many&nbsp;inhabitants</p>' * 5 + "<p>Few</p></div>"),
    ),
    "a long word": ("warning", [("1", "margin")], styled(f"<p>{LONG[:64]}</p>")),
    "a table too wide": ("warning", [("1", "margin")], styled(f"<table><tr><td style='white-space: nowrap'>{WORDS * 2}Words</td></tr></table>")),
    "a text below the content": ("warning", [("1", "margin")], styled(FILL.format(162) + '<p style="position: relative; top: 6mm">One line more</p>')),
    "a cell wider than its column": (
        "warning", [("1", "cell")],
        styled(f"<table style='table-layout: fixed; width: 60mm'><tr><td></td><td>{LONG[:25]}</td></tr></table>"),
    ),
    "a row over two pages": ("warning", [("1", "row")], styled(FILL.format(140) + rows(1, WORDS * 12))),
    "a row longer than a page": ("warning", [("1", "row")], styled(rows(1, WORDS * 200))),
    "a heading at the end": (
        "warning", [("1", "heading")], styled(FILL.format(155) + f"<h2>Left</h2><p>{WORDS * 9}</p>", "h2 { break-after: auto } p { break-inside: avoid }"),
    ),
    "a heading with one line": (
        "warning", [("1", "heading")],
        styled(FILL.format(153) + f"<h2>Left</h2><p>{WORDS * 9}</p>", "p { orphans: 1; widows: 1 }"),
    ),
    "two headings at the end": (
        "warning", [("1", "heading")],
        styled(FILL.format(147) + f"<h2>Left</h2><h3>Alone</h3><p>{WORDS * 9}</p>", "* { break-after: auto !important } p { break-inside: avoid }"),
    ),
    "a coarse picture": ("warning", [("1", "picture")], styled('<p><img src="logo.png" alt="E" style="width: 30mm"></p>')),
    "a coarse background": ("warning", [("1", "picture")], styled("<p class='b'>B</p>", ".b { background: url(logo.png); background-size: 30mm }")),
    "a page that is hardly filled": ("note", [("1", "sparse")], styled(f"<p>{WORDS * 5}</p>" + FILL.format(170) + f"<p>{WORDS * 30}</p>")),
    "a last page of a line": ("note", [("2", "last-page")], styled(f"<p>{'Words<br>' * 35}</p>", "p { orphans: 1; widows: 1 }")),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_it_is_told_with_its_page(name: str) -> None:
    severity, expected, made = BAD[name]

    found = findings(made)

    assert [(str(each.place).removeprefix("the PDF, page "), each.rule.removeprefix("preflight.")) for each in found] == expected
    assert [each.severity for each in found] == [severity]


def test_every_rule_has_a_page_that_breaks_it() -> None:
    assert {rule for _, expected, _ in BAD.values() for _, rule in expected} == {rule.name for rule in RULES}


# --- what is passed -------------------------------------------------------------------------------

GOOD = {
    "the sample": PAGE,
    "many pages of text": styled(f"<p>{WORDS * 300}</p>"),
    "tight lines": styled(f"<p>{WORDS * 20}</p>", "p { line-height: .95 }"),
    "columns": styled(f"<p>{WORDS * 40}</p>", "p { column-count: 2 }"),
    "a float": styled(f'<p style="float: right; width: 3cm">{WORDS * 3}</p><p>{WORDS * 20}</p>'),
    "raised and lowered type": styled("<p>Water<sub>two</sub> and area<sup>squared</sup> and <small>small</small> words</p>"),
    "a first letter of three lines": styled(f'<p><span style="float: left; font-size: 3em; line-height: 1">W</span>{WORDS * 20}</p>'),
    "a band across the paper": styled('<div style="margin: 0 -15mm; padding: 0 15mm; background: #ccddee"><p>In a band</p></div>'),
    "a first line that hangs out": styled(f'<p style="text-indent: -8mm">{WORDS * 9}</p>'),
    "a cropped picture": styled('<div style="overflow: hidden; height: 2cm"><img src="charts/trade.svg" alt="C" style="width: 300mm"></div>'),
    "a picture across the paper": styled('<img src="charts/trade.svg" alt="C" style="margin: 0 -15mm; width: 148mm; height: 5cm">'),
    "a note placed in the margin": styled('<p style="position: absolute; left: -13mm; top: 3cm; width: 12mm">Note</p>'),
    "a mark behind the text": styled(f'<p style="position: absolute; z-index: -1; top: 16mm">DRAFT</p><p>{WORDS * 20}</p>'),
    "a turned mark over the text": styled(f'<p style="position: absolute; transform: rotate(-45deg)">DRAFT</p><p>{WORDS * 20}</p>'),
    "words over a picture": styled('<img src="charts/trade.svg" alt="C"><p style="position: absolute; top: 2cm">Over it</p>'),
    "words for listeners": styled('<p style="position: absolute; width: 1px; height: 1px; overflow: hidden">For a screen reader only</p><p>W</p>'),
    "what cannot be seen": styled('<p style="visibility: hidden; margin-left: -40mm">Away</p><p>W</p>'),
    "a box that hides nothing": styled(f'<div style="overflow: hidden"><p style="float: left">{WORDS}</p></div>'),
    "rows that stay whole": styled(FILL.format(150) + rows(9), "tr { break-inside: avoid }"),
    "a table over pages with its head": styled(rows(60), "tr { break-inside: avoid }"),
    "a footer that a table repeats": styled(rows(60).replace("</table>", "<tfoot><tr><td>F</td><td>F</td></tr></tfoot></table>"), "tr { break-inside: avoid }"),
    "a heading with two lines": styled(FILL.format(149) + f"<h2>Kept</h2><p>{WORDS * 9}</p>", "p { orphans: 2; widows: 2 } h2 { break-after: avoid }"),
    "a heading over a section of one line": styled(FILL.format(153) + f"<h2>Short</h2><p>{WORDS}</p><h2>Next</h2><p>{WORDS * 6}</p>"),
    "a heading at the very end": styled(f"<p>{WORDS * 9}</p><h2>The end</h2>"),
    "a page ended on purpose": styled(f'<p style="break-after: page">{WORDS}</p><p>{WORDS * 30}</p>'),
    "a chapter begun on purpose": styled(f'<p>{WORDS}</p><section><h2 style="break-before: page">Next</h2><p>{WORDS * 30}</p></section>'),
    "a cover": styled(f'<div class="cover"><p>{WORDS}</p></div><div class="inside"><p>{WORDS * 30}</p></div>', ".cover { page: cover } .inside { page: inside }"),
    "a picture with pixels enough": styled('<p><img src="big.png" alt="E" style="width: 30mm"></p>', **{"big.png": png(240, 240)}),
    "a footnote on a page of its own": styled(f'<p>{WORDS * 50}<span style="float: footnote">{WORDS * 9}</span></p>'),
    "a last page of three lines": styled(f"<p>{'Words<br>' * 37}</p>", "p { orphans: 1; widows: 1 }"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_it_is_passed(name: str) -> None:
    assert [str(each) for each in findings(GOOD[name])] == []


def test_a_break_before_a_section_does_not_excuse_the_pages_inside_it() -> None:
    section = f'<section style="break-before: page"><p>{WORDS * 5}</p>{FILL.format(178)}<p>{WORDS * 30}</p></section>'

    assert told(styled(f"<p>{WORDS * 5}</p>{section}")) == [("2", "sparse")]


# --- how it is told -------------------------------------------------------------------------------


def test_the_pdf_is_named_by_its_topic_and_language() -> None:
    made = replace(styled(f"<p>{LONG[:64]}</p>"), identifier="water/2026-11-22.1 0ab1", language="en")

    assert [str(found.place) for found in findings(made)] == ["the PDF of water (en), page 1"]


def test_words_extent_and_cure_are_told() -> None:
    (found,) = findings(styled(f"<p>{LONG[:64]}</p>"))

    assert re.search(r"the text 'UnbreakableUnbreakable.*…' reaches \d+\.\d mm into the margin", found.found)
    assert "overflow-wrap" in found.cure


def test_a_coarse_picture_is_told_what_it_needs() -> None:
    (found,) = findings(styled('<p><img src="logo.png" alt="E" style="width: 25.4mm"></p>'))

    assert found.found == "the picture 'logo.png' has 20 x 10 pixels at 20 an inch (at its size it needs 200 x 100)"


def test_what_a_page_has_many_times_is_told_once() -> None:
    cells = "<tr>" + f"<td>{LONG[:40]}</td>" * 2 + "</tr>"
    found = findings(styled(f"<table style='table-layout: fixed; width: 60mm'>{cells * 9}</table>"))

    (cell,) = [each for each in found if each.rule == "preflight.cell"]
    assert "and 17 more of the kind on this page" in cell.found


def test_what_pages_have_alike_is_told_on_the_first() -> None:
    body = Frame(50, 50, 500, 700)
    piece = Piece(Frame(400, 60, 560, 70), "Wide", Setting(body))
    alike = Layout(Frame(0, 0, 600, 800), body, (piece,), flow=(piece,))

    (found,) = [each for each in judge([alike] * 4, lambda number: Place(f"page {number}")) if each.severity == "warning"]

    assert str(found.place) == "page 1"
    assert "and 3 more pages alike" in found.found


def test_lengths_are_millimetres_of_the_paper() -> None:
    document = print_page(PAGE)
    (layout,) = document.layout

    assert round(layout.paper.width / MILLIMETRE), round(layout.paper.height / MILLIMETRE) == (148, 210)
    assert round(layout.body.left / MILLIMETRE), round(layout.body.width / MILLIMETRE) == (15, 118)
    assert {piece.words for piece in layout.pieces} >= {"Trade", "logo.png", "charts/trade.svg"}


def test_pages_without_content_are_passed() -> None:
    assert list(judge([], lambda number: Place(f"page {number}"))) == []
    assert list(judge([Layout(Frame(0, 0, 1, 1), Frame(0, 0, 0, 0))] * 3, lambda number: Place(f"page {number}"))) == []


def test_a_page_more_is_a_page_more_to_judge() -> None:
    def effort(pages: int) -> int:
        layout = print_page(styled("".join(f"<h2>S</h2><p>{WORDS * 60}</p>" for _ in range(pages)))).layout
        return calls_in(lambda: list(judge(layout, lambda number: Place(f"page {number}"))))

    assert effort(20) <= 11 * effort(2)


# --- the file -------------------------------------------------------------------------------------


def test_a_file_too_large_for_mail_is_a_warning_that_names_the_setting() -> None:
    document = print_page(PAGE)

    (found,) = inspect(document, replace(PAGE, largest=5000))

    assert (found.rule, found.severity, str(found.place)) == ("preflight.size", "warning", "the PDF")
    assert "file_megabytes" in found.cure
    assert inspect(document, replace(PAGE, largest=len(document.pdf))) == ()


def test_every_rule_of_preflight_is_in_its_document() -> None:
    source = "".join((ROOT / f"generator/{name}.py").read_text("utf-8") for name in ("preflight", "pdf"))
    rules = set(re.findall(r'"preflight\.([a-z-]+)"', source)) | set(re.findall(r'_finding\("([a-z-]+)"', source))
    rules |= set(re.findall(r'^        \("([a-z-]+)", ', source, re.MULTILINE)) | {rule.name for rule in RULES}
    text = (ROOT / "docs/preflight.md").read_text("utf-8")

    assert {rule for rule in rules if f"`{rule}`" not in text} == set()
    assert {rule.name: rule.severity for rule in RULES} == {
        name: severity for name, severity in re.findall(r"^\| `([a-z-]+)` \|.*\| (error|warning|note) \|$", text, re.MULTILINE) if name in {rule.name for rule in RULES}
    }
