"""No source, no number: every numeral of a printed page is traced, and one that nobody signed for stops the page."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from pages import FACT, PAGE, TRACES, page, rules

from generator import pipeline
from generator.exhibit import Exhibit, show_edition
from generator.page import Document, Page, Trace
from generator.pdf import print_page
from generator.pipeline import Request
from generator.preflight import inspect
from generator.workspace import Workspace

DIGITS = re.compile(r"\d+")
SIGNED = TRACES.sign("2022", FACT)


def styled(body: str, css: str, **files: bytes) -> Page:
    """Return a page with a style sheet of its own over the sample's."""
    margins = b'@page { @top-left { font-family: "Noto Sans" } @top-right { font-family: "Noto Sans" } }\n'
    return page(body, files={"style.css": dict(PAGE.assets)["style.css"] + margins + css.encode()} | files)


def traced(document: Document) -> list[tuple[int, str, str]]:
    return [(each.page, each.text, each.trace.kind) for each in document.numerals]


def words_by_page(pdf: bytes | Path) -> list[str]:
    """Return the text of each page as poppler reads it, which knows nothing of us."""
    if isinstance(pdf, Path):
        run = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True)
    else:
        run = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode().split("\f")


def assert_whole(document: Document) -> None:
    """Assert that nothing was found, and that the trace holds exactly the numerals that poppler reads."""
    # Some layouts are narrow: what stands in a margin is traced too.
    found = (*document.findings, *inspect(document, PAGE))
    assert [str(each) for each in found if each.severity == "error"] == []
    for number, text in enumerate(words_by_page(document.pdf), 1):
        told = (each.text for each in document.numerals if each.page == number)
        assert Counter("".join(DIGITS.findall(" ".join(told)))) == Counter("".join(DIGITS.findall(text))), number


# --- what is traced -------------------------------------------------------------------------------


def test_text_margins_and_drawings_are_traced_on_their_pages() -> None:
    document = print_page(PAGE)

    assert_whole(document)
    assert Counter(kind for _, _, kind in traced(document)) == {"fact": 7, "page-number": 1}


def test_a_head_that_a_table_repeats_is_traced_on_each_page() -> None:
    rows = "".join(f"<tr><td>row</td><td>{number}</td></tr>" for number in range(100, 180))
    document = print_page(page(f"<table><thead><tr><th>2022</th><th>In 2023</th></tr></thead>{rows}</table>"))

    assert document.pages > 1
    assert_whole(document)


@pytest.mark.slow
@pytest.mark.parametrize(
    "css",
    [
        "p { column-count: 2 }",
        "p { display: flex; flex-direction: row-reverse }",
        "p { position: absolute; top: 4cm }",
        "p { float: right; width: 3cm }",
        "p { display: inline-block } body { text-align: justify }",
        "p { text-transform: uppercase }",
        "p { text-transform: full-width }",
        "p::first-letter { font-size: 30pt }",
        "p::first-line { font-weight: bold }",
        "p { overflow-wrap: anywhere; width: 8mm }",
        "p { hyphens: auto; width: 2cm }",
        "p { direction: rtl }",
        "p { letter-spacing: 4pt }",
        "p { visibility: hidden }",
        "p { display: none }",
        "p { font-variant-numeric: oldstyle-nums; font-feature-settings: 'frac' }",
        "p { transform: rotate(10deg) }",
        "p { display: grid; grid-template-columns: 1fr 1fr }",
        "@page { size: 5cm 5cm; margin: 12mm 4mm }",
        "p { float: footnote } ::footnote-marker { content: counter(footnote) ' ' } ::footnote-call { content: '(' counter(footnote) ')' }",
        "p { position: running(a) } @page { @top-right { content: element(a) } }",
    ],
)
def test_however_it_is_laid_out_a_numeral_is_traced(css: str) -> None:
    body = "<div>20 before</div><p>1993 Trade of 5,080,000 in 2022 <b>and 7</b> 1993 and 2022 of 12345678901234567890</p><div>9 behind</div>"

    assert_whole(print_page(styled(body, css)))


@pytest.mark.parametrize(
    ("css", "kinds"),
    [
        ("h2::before { content: counter(section) '. '; counter-increment: section }", ["section-number"] * 2),
        ("body { counter-reset: h } h2::before { content: counter(h); counter-increment: h }", ["counter"] * 2),
        ("h2 { counter-increment: section } h2::after { content: counters(section, '.') }", ["section-number"] * 2),
        ("h2::before { content: attr(data-year) ' ' }", ["fact"]),
        ("h2 { string-set: head content() } @page { @top-left { content: string(head) } }", []),
        ("h2 { string-set: year attr(data-year) } @page { @top-left { content: string(year, first) } }", ["fact"]),
        ("@page { @top-left { content: counter(page) ' / ' counter(pages) } }", ["page-number", "page-count"]),
        ("@page { @top-left { content: counter(page, upper-roman) } }", []),
        ("h2 { display: list-item; list-style: decimal inside }", ["list-number"] * 2),
        ("h2 { display: list-item; list-style: decimal-leading-zero; margin-left: 1cm }", ["list-number"] * 2),
        ("a::after { content: target-counter(attr(href), page) }", ["page-number"]),
        ("a::after { content: target-text(attr(href)) }", []),
    ],
)
def test_what_a_style_sheet_counts_or_copies_is_the_pages_own(css: str, kinds: list[str]) -> None:
    text = f"<h2 id='a' data-year='{SIGNED}'>One</h2><h2>Two</h2><p><a href='#a'>see</a></p>"
    document = print_page(styled(text, f"@page {{ @bottom-center {{ content: none }} }} {css}"))

    assert_whole(document)
    assert [kind for _, _, kind in traced(document)] == kinds


def test_lists_of_prose_number_their_points() -> None:
    document = print_page(page("<ol><li>One of 2022</li><li>Two</li></ol>"))

    assert_whole(document)
    assert [kind for _, _, kind in traced(document)] == ["list-number", "fact", "list-number", "page-number"]


def test_a_declared_name_is_a_name_wherever_it_is_printed() -> None:
    document = print_page(replace(styled("<p>x</p>", "p::after { content: ' by 5G' }"), names=("5G",)))

    assert_whole(document)
    assert document.numerals[0].trace == Trace("name", "5G")


def test_an_address_that_breaks_over_lines_is_traced_whole() -> None:
    document = print_page(styled("<p>https://example.org/2024/1113/c90000-20241133.html</p>", "p { width: 14mm; overflow-wrap: anywhere }"))

    assert_whole(document)
    told = "".join(DIGITS.findall(" ".join(each.text for each in document.numerals if each.trace == FACT)))
    assert told == "20241113900002024" + "1133"


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("css", "number"),
    [
        ('p::after { content: "2024" }', "2024"),
        (':root { --x: "2024" } p::after { content: var(--x) }', "2024"),
        ("@page { @top-left { content: 'Founded 1993' } }", "1993"),
        ("@page { @top-left { content: counter(page) '7' } }", "17"),
        ("p { string-set: s 'in 1993' } @page { @top-left { content: string(s) } }", "1993"),
        ("p::before { content: attr(data-typed) }", "1993"),
        ("@counter-style x { system: cyclic; symbols: '1993' } h1::before { content: counter(a, x); counter-increment: a }", "1993"),
    ],
)  # fmt: skip
def test_a_number_that_a_style_sheet_types_is_refused_with_its_page(css: str, number: str) -> None:
    body = "<p data-typed='1993'>x</p><ul><li>a</li></ul>"

    document = print_page(styled(body, css))

    found = [finding for finding in document.findings if finding.rule == "pdf.number"]
    assert found, document.findings
    assert f"'{number}" in found[0].found
    assert "on page 1" in found[0].found


def test_a_number_that_a_sheet_types_is_told_at_its_line() -> None:
    document = print_page(styled("<p>x</p>", 'p::after {\n content: "of 2024" }'))

    (found,) = document.findings
    lines = dict(PAGE.assets)["style.css"].count(b"\n")
    assert (found.place.file, found.place.line, found.found) == ("templates/briefing/style.css", lines + 3, "the number '2024' in 'of 2024' on page 1")


@pytest.mark.parametrize(
    "css",
    [
        "p { background: url(d.svg); width: 8cm; height: 4cm }",
        "p { border: 10mm solid; border-image: url(d.svg) 10; height: 4cm }",
        "p { list-style-image: url(d.svg); display: list-item; margin-left: 3cm }",
        "p { width: 20mm; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; block-ellipsis: '2024'; max-lines: 1 }",
    ],
)
def test_what_no_box_tells_is_found_in_the_pdf_itself(css: str) -> None:
    drawing = dict(PAGE.assets)["charts/trade.svg"].replace(b"2022", b"1993")
    document = print_page(page("<p>words and more words that are too long</p>", head=f"<style>{css}</style>", files={"d.svg": drawing}))

    shown = [digits for text in words_by_page(document.pdf) for digits in DIGITS.findall(text)]
    found = [*document.findings, *inspect(document, PAGE)]

    if "1993" in shown or "2024" in shown:
        assert any(each.rule in ("preflight.number", "pdf.number") for each in found), (shown, found)


def test_a_picture_of_the_workspace_with_a_number_in_it_is_refused() -> None:
    drawing = dict(PAGE.assets)["charts/trade.svg"].replace(b"2022", b"Founded 1993")

    document = print_page(page('<img src="logo.svg" alt="Logo">', files={"logo.svg": drawing}))

    assert [finding.found for finding in document.findings] == ["the number '1993' in 'Founded 1993' on page 1"]


def test_a_chart_that_shows_a_number_it_was_not_planned_with_is_refused() -> None:
    drawing = dict(PAGE.assets)["charts/trade.svg"].replace(b">2022<", b">2022, 2023<")

    document = print_page(page('<img src="charts/trade.svg" alt="C">', files={"charts/trade.svg": drawing}))

    assert [finding.found for finding in document.findings] == ["the number '2023' in '2022, 2023' on page 1"]


def test_the_inspection_reads_the_pdf_and_not_what_it_is_told() -> None:
    document = print_page(PAGE)

    (found,) = inspect(replace(document, numerals=document.numerals[1:]), PAGE)

    assert found.rule == "preflight.number"
    assert str(found.place) == "the PDF, page 1"


# --- whole editions -------------------------------------------------------------------------------


def made(workspace: Path, *languages: str) -> Exhibit:
    (outcome,) = pipeline.build(Workspace(workspace), Request(languages=languages))
    assert outcome.edition is not None, "\n".join(map(str, outcome.findings)) + outcome.error
    return show_edition(Workspace(workspace), outcome.topic)


def assert_accounted(exhibit: Exhibit, reports: Path, *, joined: bool = False) -> None:
    """Assert that poppler reads no other numerals on any page than the kept trace has for it.

    `joined`: numbers may stand side by side without a space, so that only their digits can be compared.
    """
    for language, name, *_ in exhibit.edition.files:
        for page_number, text in enumerate(words_by_page(reports / exhibit.edition.topic / exhibit.edition.id / name), 1):
            told = (each.numeral for each in exhibit.numbers if (each.language, each.page) == (language, page_number))
            here, there = DIGITS.findall(" ".join(told)), DIGITS.findall(text)
            if joined:
                here, there = list("".join(here)), list("".join(there))
            assert Counter(here) == Counter(there), (name, page_number)


@pytest.mark.slow
def test_every_numeral_of_a_built_edition_is_in_its_trace(project: Path) -> None:
    exhibit = made(project)

    assert_accounted(exhibit, project / "reports")
    by_kind = {number.kind: number for number in exhibit.numbers}
    assert (by_kind["fact"].of in {fact["id"] for fact in exhibit.record["facts"]}, by_kind["fact"].sources != ()) == (True, True)
    assert {"observation", "observation-period", "axis", "change", "age", "source", "check", "source-mark", "edition"} <= set(by_kind)
    values = {(number.numeral, number.of) for number in exhibit.numbers if number.kind == "observation"}
    assert ("43,000", "loans 2024") in values


STRANGER = """<!DOCTYPE html><html lang="{{ language }}" style="--accent: {{ accent|css_colour }}"><head><title>{{ title }}</title><link rel="stylesheet" href="look.css"><link rel="stylesheet" href="style.css"></head>
<body><h1>{{ title|upper }}</h1><p>{{ bottom_line }}</p><p>{{ facts|length }} facts, {{ sources|length }} sources, {{ iso_date }}, {{ digest }}</p>
{% for row in facts %}<p>{{ loop.index }} / {{ loop.length }}: {{ row.id }} {{ row.value|capitalize }}
{% if loop.first or row.period != loop.previtem.period %}({{ row.period }}){% endif %}{% for mark in row.marks %}[{{ mark.number }}]{% endfor %}</p>{% endfor %}
{% for figure in key_figures %}<p>{{ figure.label ~ ": " ~ figure.value }}{% for word in [figure.period, figure.change]|select %}; {{ word }}{% endfor %}</p>{% endfor %}
{% if lead %}<h2 id="figure-{{ lead.id }}">{{ _('Figure {number}')|fill(lead.number) }} {{ lead.title }}</h2><img src="{{ lead.file|asset }}" alt="{{ lead.alt }}">{% endif %}
{% for section in sections %}<h2>{{ section.title }}</h2>{% for block in section.blocks %}{% if block.table %}<table><tr>{% for head in block.table.head %}<th>{{ head }}</th>{% endfor %}</tr>
{% for row in block.table.rows %}<tr>{% for cell in row %}<td>{{ cell.text }}</td>{% endfor %}</tr>{% endfor %}</table>{% elif block.chart %}<div id="figure-{{ block.chart.id }}">{{ block.chart.title }}</div>{% else %}{{ block.html }}{% endif %}{% endfor %}{% endfor %}
{% for source in sources|sort(attribute='producer') %}<p id="source-{{ source.number }}">{{ source.number }}. {{ [source.title, source.published, source.checked, source.age, source.url]|select|join('; ') }}</p>{% endfor %}
</body></html>"""


def estranged(project: Path, template: str, css: str = "") -> None:
    folder = project / "templates/briefing"
    folder.mkdir(parents=True, exist_ok=True)
    shipped = Path(__file__).resolve().parent.parent / "templates/briefing/style.css"
    (folder / "page.html").write_text(template, "utf-8")
    (folder / "style.css").write_text(shipped.read_text("utf-8") + css, "utf-8")


@pytest.mark.slow
def test_a_strangers_template_needs_no_word_about_traces(project: Path) -> None:
    estranged(project, STRANGER, "h2 { counter-increment: part } h2::before { content: counter(part) '. ' }")

    exhibit = made(project)

    assert_accounted(exhibit, project / "reports", joined=True)
    kinds = {number.kind for number in exhibit.numbers}
    assert {"count", "row-number", "id", "counter", "figure-number", "source-mark"} <= kinds


@pytest.mark.slow
@pytest.mark.parametrize(
    ("template", "css", "place", "number"),
    [
        ("<p>Founded in 1993</p>", "", "templates/briefing/page.html:2", "'1993'"),
        ("<p>{{ 40 + 2 }}</p>", "", "the page, under 'CITY LIBRARY'", "'42'"),
        ("<p>{{ facts|length * 3 }}</p>", "", "the page, under 'CITY LIBRARY'", "the number '"),
        ("<p>x</p>", 'h1::after { content: "2024" }', "templates/briefing/style.css", "'2024'"),
        ("<p>x</p>", "body { counter-reset: y 2023 } h1::after { content: counter(y); counter-increment: y }", "templates/briefing/style.css", "counter-reset with 2023"),
        ("<style>h1::after { content: '2024' }</style>", "", "templates/briefing/page.html:2", "'2024'"),
        ("<ol start='1993'><li>x</li></ol>", "", "templates/briefing/page.html:2", "<ol start='1993"),
        ("<ul><li value='1993' style='list-style: decimal'>x</li></ul>", "", "templates/briefing/page.html:2", "<li value='1993"),
    ],
)  # fmt: skip
def test_a_strangers_typed_number_stops_check_and_build(project: Path, template: str, css: str, place: str, number: str) -> None:
    estranged(project, STRANGER.replace("<p>{{ bottom_line }}</p>", template, 1), css)

    (outcome,) = pipeline.build(Workspace(project), Request())

    told = [finding for finding in outcome.findings if number in finding.found]
    assert (outcome.state, (project / "reports").exists()) == ("failed", False)
    assert told, [str(finding) for finding in outcome.findings]
    assert str(told[0].place).startswith(place), str(told[0])
    assert rules(tuple(told), "error") <= {"text.number", "template.number", "pdf.number", "pdf.start"}


@pytest.mark.slow
def test_the_same_inputs_make_the_same_trace(project: Path) -> None:
    first = made(project)
    kept = (project / "reports/library" / first.edition.id / "trace.json").read_bytes()
    for path in sorted((project / "reports").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    made(project)

    assert (project / "reports/library" / first.edition.id / "trace.json").read_bytes() == kept
