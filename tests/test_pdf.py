"""Printing: what stands in the PDF, what is refused, and that the same page makes the same bytes."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import verapdf
from pages import BODY, CHART, PAGE, page, png, rules, words_of

from generator import pdf, press
from generator.errors import RenderError
from generator.page import Attached, Document
from generator.pdf import print_page
from generator.preflight import inspect
from generator.sandbox import Child, Limits

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def printed() -> Document:
    return print_page(PAGE)


def opened(document: Document) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(document.pdf))


# --- how it is laid out ---------------------------------------------------------------------------

CLOSE = "<style>p { margin: 8mm 0 } [data-spaces=close] p { margin: 2mm 0 }</style>"


def pages_of(paragraphs: int, style: str) -> int:
    return print_page(page(style + "<p>Words.</p>" * paragraphs)).pages


def test_smaller_spaces_save_a_last_page_with_little_on_it() -> None:
    most = next(count for count in range(10, 60) if pages_of(count + 1, "<style>p { margin: 8mm 0 }</style>") == 2)

    assert pages_of(most + 2, "<style>p { margin: 8mm 0 }</style>") == 2
    assert pages_of(most + 2, CLOSE) == 1


def test_a_page_that_smaller_spaces_do_not_save_keeps_its_spaces() -> None:
    rule = "<style>p { margin: 8mm 0 } [data-spaces=close] h1 { margin: 0 }</style><h1>Title</h1>"
    words = "<p>Words.</p>" * 30

    close = print_page(page(rule + words))
    wide = print_page(page(rule.replace("h1 { margin: 0 }", "h2 { margin: 0 }") + words))

    assert close.pages == wide.pages >= 2
    assert close.layout == wide.layout


def test_what_stands_behind_the_topics_of_a_combined_briefing_bears_its_name_again() -> None:
    sheets = "".join((ROOT / f"templates/briefing/{name}.css").read_text("utf-8") for name in ("look", "style"))
    topic = '<article class="topic"><h1>Topic</h1><p>Words.</p><p style="break-before: page">More.</p></article>'
    behind = '<div class="of-all" data-title="The whole"><p>Between.</p><p style="break-before: page">Behind.</p></div>'

    document = print_page(page(topic + behind, head=f"<style>:root {{ --accent: #0b5d7a }} {sheets}</style>"))

    with pypdfium2.PdfDocument(document.pdf) as pdf:
        heads = [next(word for word in ("Topic", "The whole", "T") if word in each.get_textpage().get_text_bounded()) for each in pdf]
    assert heads[-2:] == ["Topic", "The whole"]


# --- the file -------------------------------------------------------------------------------------


def test_the_sample_page_prints_without_a_finding(printed: Document) -> None:
    assert printed.findings == ()
    assert printed.pages == len(opened(printed).pages) == 1


def test_the_words_can_be_read_in_three_scripts(printed: Document) -> None:
    words = words_of(printed.pdf)

    assert "5.08 billion" in words
    assert "\u4e2d\u767d\u5de5\u4e1a\u56ed" in words
    assert "\u0422\u0430\u0432\u0430\u0440\u0430\u0430\u0431\u0430\u0440\u043e\u0442, \u045e" in words


def test_the_metadata_come_from_the_page_alone(printed: Document) -> None:
    document = opened(printed)
    info = document.docinfo

    assert str(info.Title) == PAGE.title
    assert (str(info.Author), str(info.Subject), str(info.Creator)) == (PAGE.author, PAGE.subject, PAGE.program)
    assert str(info.CreationDate) == str(info.ModDate) == "D:20261122000000Z"
    assert str(document.Root.Lang) == "en"


def test_the_attachments_carry_bytes_type_date_and_relationship(printed: Document) -> None:
    document = opened(printed)
    specs = document.attachments

    assert {name: specs[name].get_file().read_bytes() for name in specs} == {"facts.csv": b"id\n1\n", "series.json": b"{}"}
    stream = specs["facts.csv"].obj.EF.F
    assert str(stream.Subtype) == "/text/csv"
    assert str(stream.Params.ModDate) == str(stream.Params.CreationDate) == "D:20261122000000Z"
    assert str(specs["facts.csv"].obj.AFRelationship) == "/Data"


def test_an_attachment_keeps_its_name_in_any_script_and_its_own_type() -> None:
    attached = Attached("\u0434\u0430\u043d\u043d\u044b\u0435.bin", b"\0\xff", "application/x-data", "d")

    document = opened(print_page(replace(PAGE, attached=(attached,))))

    (spec,) = document.attachments.values()
    assert (spec.filename, spec.get_file().read_bytes()) == (attached.name, attached.data)
    assert str(spec.obj.EF.F.Subtype) == "/application/x-data"


def test_headings_become_bookmarks(printed: Document) -> None:
    with opened(printed) as document, document.open_outline() as outline:
        assert [item.title for item in outline.root] == ["Trade"]
        assert [item.title for item in outline.root[0].children] == ["Chart", "Sources"]


# --- the standards --------------------------------------------------------------------------------


def broken(change: Any) -> bytes:
    """Return the sample's PDF after `change` has harmed it."""
    out = BytesIO()
    with opened(print_page(PAGE)) as document:
        change(document)
        document.save(out, static_id=True)
    return out.getvalue()


def unmark(document: pikepdf.Pdf) -> None:
    packet = bytes(document.Root.Metadata.read_bytes()).replace(b'pdfuaid:part="1"', b"")
    document.Root.Metadata = document.make_stream(packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


def unembed(document: pikepdf.Pdf) -> None:
    for font in document.pages[0].Resources.Font.values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        for name in {"/FontFile2", "/FontFile3"} & set(descriptor.keys()):
            del descriptor[name]


def make_open(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def remove_alt(document: pikepdf.Pdf) -> None:
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure":
            del each["/Alt"]


KNOWN_BAD: dict[str, tuple[str, Any]] = {
    # file: (the flavour that must fail, how it is made)
    "no-ua-mark": ("ua1", lambda: broken(unmark)),
    "no-tags": ("3a", lambda: broken(lambda document: document.Root.__delitem__("/StructTreeRoot"))),
    "no-language": ("ua1", lambda: broken(lambda document: document.Root.__delitem__("/Lang"))),
    "no-output-intent": ("3a", lambda: broken(lambda document: document.Root.__delitem__("/OutputIntents"))),
    "font-not-embedded": ("3a", lambda: broken(unembed)),
    "javascript": ("3a", lambda: broken(make_open)),
    "no-alternative-text": ("ua1", lambda: broken(remove_alt)),
    "heading-skipped": ("ua1", lambda: print_page(page("<h4>Deep</h4>")).pdf),
    "glyph-missing": ("ua1", lambda: print_page(page("<p>\U000e0100\ue123</p>")).pdf),
    "not-a-pdf": ("3a", lambda: b"%PDF-1.7\nnothing\n%%EOF\n"),
}
GOOD = {
    "sample": PAGE,
    "png-with-alpha": page('<h2>I</h2><img src="a.png" alt="A">', files={"a.png": png(pixel=b"\x0b\x5d\x7a\x80", kind=6)}),
    "raster-in-svg": page(
        '<h2>I</h2><img src="r.svg" alt="A">',
        files={"r.svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="logo.png" width="9" height="5"/></svg>'},
    ),
    "groups-of-rows": page(
        '<h2 lang="ru">\u0414\u0430</h2><table><thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead><tbody>'
        '<tr><th scope="rowgroup" colspan="2">G</th></tr><tr><th scope="row">R</th><td lang="zh">\u5317</td></tr></tbody></table>'
    ),
    "two-pages": page("<h2>A</h2>" + "<p>Words and words.</p>" * 60 + BODY.replace("<h1>Trade</h1>", "")),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], verapdf.Verdict]:
    if missing := verapdf.available():
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("corpus")
    for name, good in GOOD.items():
        (folder / f"{name}.pdf").write_bytes(print_page(good).pdf)
    for name, (_, make) in KNOWN_BAD.items():
        (folder / f"{name}.pdf").write_bytes(make())
    return verapdf.verify(sorted(folder.glob("*.pdf")))


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
@pytest.mark.parametrize("name", GOOD)
def test_what_is_printed_passes_verapdf(verdicts: dict[Any, verapdf.Verdict], name: str, flavour: str) -> None:
    assert verdicts[f"{name}.pdf", flavour] == (True, ())


@pytest.mark.parametrize("name", KNOWN_BAD)
def test_verapdf_refuses_what_is_known_to_be_bad(verdicts: dict[Any, verapdf.Verdict], name: str) -> None:
    verdict = verdicts[f"{name}.pdf", KNOWN_BAD[name][0]]

    assert not verdict.passed
    assert verdict.rules


# --- same bytes -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_page_makes_the_same_bytes_in_the_child_and_here(tmp_path: Path, printed: Document) -> None:
    with Child(["generator.pdf"], state=tmp_path, limits=Limits()) as child:
        first, second = child.run("generator.pdf:print_page", PAGE), child.run("generator.pdf:print_page", PAGE)

    assert first == second == printed


def printed_elsewhere(folder: Path, **environment: str) -> str:
    """Return the sum of the sample printed by a process of its own."""
    (folder / "page").write_bytes(pickle.dumps(PAGE))
    code = (
        f"import sys, pickle, hashlib; sys.path[:0] = [{str(ROOT)!r}]; from generator.pdf import print_page\n"
        f"print(hashlib.sha256(print_page(pickle.load(open({str(folder / 'page')!r}, 'rb'))).pdf).hexdigest())"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.slow
def test_hash_seed_zone_language_folder_and_time_change_no_byte(tmp_path: Path, printed: Document) -> None:  # A32
    time.sleep(1.1)

    first = printed_elsewhere(tmp_path, PYTHONHASHSEED="1", TZ="Asia/Shanghai", LANG="de_DE.UTF-8")
    (tmp_path / "elsewhere").mkdir()
    second = printed_elsewhere(tmp_path / "elsewhere", PYTHONHASHSEED="2", TZ="America/Caracas", LC_ALL="C")

    assert first == second == hashlib.sha256(printed.pdf).hexdigest()


def test_another_date_makes_other_bytes(printed: Document) -> None:
    assert print_page(replace(PAGE, date="2026-11-23")).pdf != printed.pdf


def test_pages_printed_after_each_other_do_not_touch(printed: Document) -> None:  # A34
    print_page(page("<p>Other words</p>", head="<style>p { color: red } @page { size: A4 }</style>"))

    assert print_page(PAGE) == printed


# --- findings -------------------------------------------------------------------------------------


def test_an_unknown_property_is_a_finding_with_sheet_and_line() -> None:
    document = print_page(page("<p>x</p>", files={"style.css": b"html { font-family: Noto Sans }\np {\n  colour: red;\n}\n", "b.css": b"\n\n\n"}))

    (finding,) = document.findings
    assert (str(finding.place), finding.rule, finding.severity) == ("templates/briefing/style.css:3", "pdf.style", "warning")
    assert "colour" in finding.found


def test_a_missing_style_sheet_is_an_error_once() -> None:
    document = print_page(page("<p>x</p>", head='<link rel="stylesheet" href="gone.css"><link rel="stylesheet" href="gone.css">'))

    (finding,) = document.findings
    assert (finding.rule, finding.severity) == ("pdf.missing", "error")
    assert "gone.css" in finding.found


def test_a_missing_image_is_placed_under_its_heading_or_in_its_sheet() -> None:
    body = '<h2>Trade <b>by</b> year</h2><img alt="x" src="gone.png">'

    document = print_page(page(body, files={"style.css": b"p { color: red }\nh1 { background: url(bg.png) } html { font-family: Noto Sans }"}))

    assert {str(finding.place) for finding in document.findings} == {"templates/briefing/style.css:2", "the page, under 'Trade by year'"}


def test_a_character_without_a_glyph_is_an_error_that_names_it_once() -> None:  # A22
    document = print_page(page("<p>a \ue123 b \ue123 \ue124</p>"))

    (finding,) = document.findings
    assert (finding.rule, finding.severity) == ("pdf.glyph", "error")
    assert finding.found == "no font for '\ue123' (U+E123) on page 1, '\ue124' (U+E124) on page 1"


def test_a_character_without_a_glyph_in_a_chart_is_an_error_too() -> None:  # A22
    document = print_page(page('<p style="break-after: page">P</p><img src="c.svg" alt="C">', files={"c.svg": CHART.replace(b"2022", "\ue123".encode())}))

    (finding,) = document.findings
    assert (finding.rule, finding.found) == ("pdf.glyph", "no font for '\ue123' (U+E123) on page 2")


@pytest.mark.parametrize(("text", "code"), [("\u0e44\u0e17\u0e22", "U+0E44"), ("\u0645\u0631\u062d\u0628\u0627", "U+0645")])
def test_a_character_from_a_font_that_nobody_named_is_an_error_at_its_heading(text: str, code: str) -> None:
    (finding,) = print_page(page(f"<h2>Guests</h2><p>from {text}</p>")).findings

    assert (finding.rule, finding.severity, str(finding.place)) == ("pdf.font", "error", "the page, under 'Guests'")
    assert code in finding.found


def test_a_family_of_the_machine_is_not_named_by_naming_a_kind_of_family() -> None:
    files = {"style.css": b"html { font-family: serif }"}

    assert rules(print_page(page("<p>x</p>", files=files)).findings) == {"pdf.font"}


@pytest.mark.parametrize(
    "style",
    [
        "p { font: bold 9pt/1.4 Noto Serif }", "p { font-family: 'Noto  Serif', serif }",
        ":root { --text: 'Noto Serif' } p { font-family: var(--text) }", 'p { font:9pt"Noto Serif" }',
        "p { font: italic 62%/1 Arial, Noto Serif; color: red }", "p { font-family: NOTO SERIF !important }",
    ],
)  # fmt: skip
def test_a_family_is_named_in_every_way_css_has(style: str) -> None:
    base = dict(PAGE.assets)["style.css"].decode()

    assert print_page(page("<p>x</p>", files={"style.css": (base + style).encode()})).findings == ()


def test_a_family_named_in_the_page_or_in_a_drawing_counts() -> None:
    drawing = CHART.replace(b"Noto Sans", b"Noto Serif").replace(b"2022", b"Trade")
    body = '<p style="font-family: Noto Serif">x</p><img src="c.svg" alt="C">'

    assert print_page(page(body, files={"c.svg": drawing})).findings == ()


@pytest.mark.parametrize("font", [b"OTTO" + b"\xff" * 200, b"\0" * 50])
def test_a_broken_font_is_an_error(font: bytes) -> None:  # A22
    style = b'@font-face { font-family: Odd; src: url("odd.otf") } p { font-family: Odd, "Noto Sans" }'

    document = print_page(page("<p>x</p>", files={"style.css": style, "odd.otf": font}))

    assert "pdf.printer" in rules(document.findings, "error")
    assert any("Odd" in finding.found for finding in document.findings)


def test_a_link_to_nowhere_in_the_page_is_an_error() -> None:
    document = print_page(page('<p><a href="#nowhere">x</a></p>'))

    assert [finding.severity for finding in document.findings] == ["error"]
    assert "nowhere" in document.findings[0].found


def test_an_image_without_alternative_text_is_an_error() -> None:
    assert rules(print_page(page('<p><img src="logo.png"></p>')).findings, "error") == {"pdf.printer"}


def test_a_drawing_the_printer_cannot_draw_is_an_error() -> None:
    deep = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">' + b"<g>" * 3000 + b"</g>" * 3000 + b"</svg>"

    document = print_page(page('<img src="c.svg" alt="C">', files={"c.svg": deep}))

    assert any("c.svg" in finding.found and finding.severity == "error" for finding in document.findings)


@pytest.mark.parametrize("date", ["", "today", "2026-13-01", "22.11.2026"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(RenderError, match="as the edition's date"):
        print_page(replace(PAGE, date=date))


def test_the_printers_log_goes_nowhere_else(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    print_page(page("<p style='colour: red'>\ue123</p>"))

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_names_with_spaces_folders_and_other_scripts_are_found() -> None:
    name = "charts/\u0433\u0440\u0430\u0444\u0438\u043a 1 #2.svg"
    link = "charts/%D0%B3%D1%80%D0%B0%D1%84%D0%B8%D0%BA%201%20%232.svg"

    assert print_page(page(f'<img src="{link}" alt="C">', files={name: CHART})).findings == ()


def test_a_sheet_in_a_folder_names_its_neighbours() -> None:
    files = {"css/a.css": b'@import "b.css"; p { background: url("../logo.png") }', "css/b.css": b"p { color: red }"}

    assert print_page(page("<p>x</p>", head='<link rel="stylesheet" href="css/a.css">', files=files)).findings == ()


def test_preload_leaves_fonts_for_one_page_only() -> None:
    pdf.preload()
    assert len(pdf._warm) == 1

    first, second = print_page(PAGE), print_page(PAGE)

    assert first == second
    assert pdf._warm == []


def test_a_printed_page_passes_the_inspection(printed: Document) -> None:
    assert inspect(printed, PAGE) == ()


def test_a_missing_file_is_placed_at_the_template_that_names_it() -> None:
    (finding,) = print_page(page('<p>x <img alt="x" src="emblem.png"></p>')).findings
    templates = {"page.html": b"<h1>T</h1>", "parts/head.html": b'<p>\n<img alt="x" src="emblem.png"></p>'}

    traced = press._traced(finding, templates)

    assert str(traced.place) == "templates/briefing/parts/head.html:2"
    assert traced.cure.startswith("Put it at templates/briefing/emblem.png")


def test_a_missing_file_that_no_template_names_in_so_many_words_stays_where_it_is() -> None:
    (finding,) = print_page(page('<p>x <img alt="x" src="emblem.png"></p>')).findings

    assert press._traced(finding, {"page.html": b'<img alt="x" src="{{ file }}">'}) == finding
