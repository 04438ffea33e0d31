"""Templates: escaped, strict, closed to everything but the context; and the lint that needs no context."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from generator import template
from generator.errors import RenderError
from generator.language import Words
from generator.markup import context_fields
from generator.model import Vocabulary
from generator.page import (
    Block,
    Cell,
    Chart,
    Claim,
    Context,
    Credit,
    Disagreement,
    FactRow,
    KeyFigure,
    Mark,
    Section,
    SourceRow,
    Table,
)
from generator.template import around, asset, css_colour, css_number, fill, lint, safe_url, write
from generator.traces import plain as bare

SHIPPED = Path(__file__).resolve().parent.parent / "templates" / "briefing"
WORDS = Words("en", None, Vocabulary((), (), (), ()))
MARK = Mark(1, "S1")
HOSTILE = "<img src=x onerror=alert(1)>"
CHART = Chart("c", 1, "Chart title", "Unit", "charts/c.svg", "Alt text", ("Note.",), (Credit("Agency A", (MARK,)),), 170, 60)
TABLE = Table(
    "t",
    1,
    "Table title",
    ("Period", "Value"),
    ((Cell("2020"), Cell("7", numeric=True, marks=(MARK,))),),
    (),
    (Credit("Agency A", (MARK,)),),
)
CONTEXT = Context(
    language="en", issuer="Issuer", tagline="Tagline", contact="press@example.org", topic="x", accent="#0b5d7a",
    title="Title", subtitle="Subtitle", edition="2026-11-22.1", number=1, date="22 November 2026", iso_date="2026-11-22",
    bottom_line="Bottom <em>line</em>.",
    key_figures=(KeyFigure("Label", "US$5 billion", "2022", "+1% on 2021", "up", "charts/s.svg", "Spark alt", (MARK,)),),
    lead=CHART, summary=("A <em>point</em>.",),
    sections=(Section("section-one", "One", (Block(html="<p>Prose.</p>"), Block(chart=CHART), Block(table=TABLE))),),
    facts=(FactRow("a", "Fact label", "detail", "5", "2022", (MARK,)),),
    disagreements=(Disagreement("Label", "2022", (Claim("5", "basis", (MARK,), preferred=True, reason="why"),), "Ruling."),),
    sources=(SourceRow(1, "S1", "Producer", "Source title", "2023", "2026", "old", "https://example.org/x", "CC", "checked", "note"),),
    digest="f" * 64, program="briefing 0", as_of="30 June 2026",
)  # fmt: skip


def shipped() -> dict[str, bytes]:
    return {path.relative_to(SHIPPED).as_posix(): path.read_bytes() for path in SHIPPED.rglob("*") if path.is_file()}


def render(source: str, *, context: Context = CONTEXT, **parts: str) -> str:
    files = {"page.html": source} | {name.replace("__", "."): text for name, text in parts.items()}
    return write(context, {name: text.encode() for name, text in files.items()}, WORDS)


def hostile() -> Context:
    """Return a context whose every plain text is markup."""
    return Context(
        language="en", issuer=HOSTILE, tagline=HOSTILE, contact=HOSTILE, topic="x", accent="#0b5d7a", title=HOSTILE,
        subtitle=HOSTILE, edition=HOSTILE, number=1, date=HOSTILE, iso_date="2026-11-22", bottom_line="Bottom.",
        key_figures=(KeyFigure(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "up", "charts/s.svg", HOSTILE, (MARK,)),),
        lead=Chart("c", 1, HOSTILE, HOSTILE, "charts/c.svg", HOSTILE, (HOSTILE,), (Credit(HOSTILE, (MARK,)),), 170, 60),
        summary=("Point.",),
        sections=(Section("s", HOSTILE, (Block(table=Table("t", 1, HOSTILE, (HOSTILE, HOSTILE), ((Cell(HOSTILE), Cell(HOSTILE, flag=HOSTILE)),), (HOSTILE,), (Credit(HOSTILE, ()),), HOSTILE)),)),),
        facts=(FactRow("a", HOSTILE, HOSTILE, HOSTILE, HOSTILE, (MARK,)),),
        disagreements=(Disagreement(HOSTILE, HOSTILE, (Claim(HOSTILE, HOSTILE, (), preferred=False, reason=HOSTILE),), HOSTILE),),
        sources=(SourceRow(1, "S1", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)", HOSTILE, HOSTILE, HOSTILE),),
        digest="f" * 64, program=HOSTILE,
    )  # fmt: skip


# --- the shipped page -----------------------------------------------------------------------------


def test_the_shipped_templates_have_no_problems() -> None:
    assert lint(shipped()) == ()


def test_the_shipped_page_shows_every_part_of_the_context() -> None:
    html = write(CONTEXT, shipped(), WORDS)

    for text in (
        "Issuer", "Tagline", "press@example.org", "#0b5d7a", "<h1>Title</h1>", "Subtitle", "2026-11-22.1", "22 November 2026",
        "Bottom <em>line</em>.", "US$5 billion", "+1% on 2021", "charts/s.svg", "Spark alt", "Chart title", "charts/c.svg",
        "Alt text", "Note.", "Source: Agency A", "30 June 2026", "A <em>point</em>.", '<h2 id="section-one">One</h2>', "<p>Prose.</p>", "Table title",
        "Fact label", "detail", "Ruling.", "why", "basis", "Producer", "Source title", "https://example.org/x", "checked", "old",
        "note", "f" * 64, "briefing 0",
    ):  # fmt: skip
        assert text in html, text


def test_no_text_of_the_context_becomes_markup_on_the_shipped_page() -> None:
    html = write(hostile(), shipped(), WORDS)

    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") > 30
    assert 'href="javascript' not in html
    assert "javascript:alert(1)" in html


def test_the_shipped_page_keeps_what_pdf_ua_asks_for() -> None:
    html = write(CONTEXT, shipped(), WORDS)

    assert '<html lang="en"' in html
    assert re.search(r"<title>[^<]+</title>", html)
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", html))
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", html))
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert not re.search(r"<a [^>]*>\s*<img", html)


def test_every_mark_leads_to_an_entry_of_the_list_of_sources() -> None:
    html = write(CONTEXT, shipped(), WORDS)

    targets = set(re.findall(r'href="#(source-\d+)"', html))
    assert targets == {"source-1"}
    assert targets <= set(re.findall(r'id="([^"]+)"', html))


@pytest.mark.parametrize("credited", [CHART.credits, ()])
def test_a_chart_says_under_which_name_its_data_are_attached(credited: tuple[Credit, ...]) -> None:
    html = write(replace(CONTEXT, lead=replace(CHART, credits=credited)), shipped(), WORDS)

    assert '<a class="data" href="#about">Data: chart-c.csv, attached</a>' in bare(html)
    assert 'id="about"' in html


def test_several_sources_of_one_figure_stand_in_one_bracket() -> None:
    several = replace(CONTEXT.facts[0], marks=(MARK, Mark(2, "S2")))

    html = write(replace(CONTEXT, facts=(several,)), shipped(), WORDS)

    assert '<span class="mark">[<a href="#source-1">1</a>, <a href="#source-2">2</a>]</span>' in html


def test_a_page_without_the_optional_parts_is_whole() -> None:
    empty = Context(**{
        field.name: (() if isinstance(getattr(CONTEXT, field.name), tuple) else None if field.name == "lead"
                     else getattr(CONTEXT, field.name) if field.name in ("accent", "language", "title", "digest") else "")
        for field in fields(Context)
    })  # fmt: skip

    assert "<h1>Title</h1>" in write(empty, shipped(), WORDS)


def test_bold_values_are_explained_only_where_there_are_some() -> None:
    claim = Claim("5", "basis", (MARK,), preferred=False, reason="why")
    plain = replace(CONTEXT, disagreements=(Disagreement("Label", "2022", (claim,), "Ruling."),))

    assert "Values in bold" in write(CONTEXT, shipped(), WORDS)
    assert "Values in bold" not in write(plain, shipped(), WORDS)


def test_an_edition_as_of_a_day_says_so_in_masthead_and_colophon() -> None:
    html = bare(write(CONTEXT, shipped(), WORDS))

    assert html.count("published by 30 June 2026") == 2
    assert "published by" not in write(replace(CONTEXT, as_of=""), shipped(), WORDS)


def test_the_style_sheet_keeps_clear_of_what_pdf_a_and_time_forbid() -> None:
    css = (SHIPPED / "style.css").read_text("utf-8")

    assert "image-rendering: crisp-edges" in css
    assert not re.search(r"opacity|dotted|leader\(|url\(|@import", css)


def test_every_word_of_the_templates_is_a_constant_that_a_translator_can_find() -> None:
    for name, data in shipped().items():
        for call in re.findall(r"_\((.*?)\)\s*[|}]", data.decode()):
            assert isinstance(ast.literal_eval(call), str), f"{name}: {call}"


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["page__html", "part__html__j2", "part__j2", "part__svg", "part__xhtml", "part__txt"])
def test_escaping_is_on_for_every_name_of_a_file(name: str) -> None:
    source = "{{ issuer }}" if name == "page__html" else "{% include '" + name.replace("__", ".") + "' %}"

    assert "&lt;img" in render(source, context=hostile(), **({} if name == "page__html" else {name: "{{ issuer }}"}))


def test_only_the_documented_fields_are_html() -> None:
    html = render("{{ bottom_line }}{{ summary[0] }}{{ sections[0].blocks[0].html }}{{ title }}")

    assert html == "Bottom <em>line</em>.A <em>point</em>.<p>Prose.</p>Title"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("\n{{ titel }}", 2, "Did you mean 'title'"),
        ("\n\n{{ facts[0].lable }}", 3, "Did you mean 'label'"),
        ("{% if facts[0].totl %}x{% endif %}", 1, "FactRow has no 'totl'"),
        ("{% for f in fact %}{% endfor %}", 1, "Did you mean 'facts'"),
        ("{{ facts.index }}", 1, "'index' of a tuple"),
        ("{{ facts.items }}", 1, "'items' of a tuple"),
        ("{{ title.upper() }}", 1, "'upper' of a str"),
        ("{{ ''.__class__ }}", 1, "'__class__' of a str"),
        ("{{ lead['__class__'] }}", 1, "Chart has no '__class__'"),
        ("{{ lead.__init__.__globals__ }}", 1, "Chart has no '__init__'"),
        ("{{ _.__self__ }}", 1, "'__self__' of a method"),
        ("{{ '{0.__class__}'.format(lead) }}", 1, "'format' of a str"),
        ("{{ title|attr('__class__') }}", 1, "No filter named 'attr'"),
        ("{{ facts[9].label }}", 1, "9"),
        ("{{ range(3) }}", 1, "no 'range'"),
        ("{{ cycler() }}", 1, "no 'cycler'"),
        ("{{ self._TemplateReference__context }}", 1, "cannot be reached"),
        ("{{ accent|css_number }}", 1, "no number"),
        ("{{ title|css_colour }}", 1, "no colour"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("{{ 'a' + 1 }}", 1, "TypeError"),
        ("{{ 'a' * 10000000000 }}", 1, "'*' is not allowed"),
        ("{{ 9 ** 999999999 }}", 1, "'**' is not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "RecursionError"),
    ],
)
def test_a_wrong_name_or_value_stops_the_page_at_its_line(source: str, line: int, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(source)

    assert caught.value.where == f"templates/briefing/page.html:{line}"
    assert said in caught.value.message
    assert caught.value.hint


def test_a_mistake_in_a_part_is_told_at_the_part() -> None:
    with pytest.raises(RenderError) as caught:
        render(
            "{% from 'part.html' import m %}{{ m(lead) }}", part__html="{% macro m(c) %}\n{{ c.titel }}{% endmacro %}"
        )

    assert caught.value.where == "templates/briefing/part.html:2"


def test_what_the_program_brings_along_is_compiled_once_and_what_was_changed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = {path.relative_to(SHIPPED).as_posix(): path.read_bytes() for path in SHIPPED.rglob("*") if path.is_file()}
    template.preload()
    compiled: list[str | None] = []
    compile_ = template._Environment.compile

    def note(self: Any, source: Any, name: str | None = None, *more: Any, **options: Any) -> Any:
        compiled.append(name)
        return compile_(self, source, name, *more, **options)

    monkeypatch.setattr(template._Environment, "compile", note)
    first = write(CONTEXT, templates, WORDS)
    again = list(compiled)
    part = templates["parts/masthead.html"].replace(b"<h1>", b"<h1>My ")
    own = write(CONTEXT, {**templates, "parts/masthead.html": part}, WORDS)

    assert (again, compiled) == ([], ["parts/masthead.html"])
    assert own == first.replace("</div>\n<h1>", "</div>\n<h1>My ", 1) != first


def test_a_file_that_is_imported_is_told_what_it_does_not_see() -> None:
    with pytest.raises(RenderError, match="'title' of the context, which a file that is imported does not see"):
        render("{% from 'part.html' import m %}{{ m() }}", part__html="{% macro m() %}{{ title }}{% endmacro %}")


@pytest.mark.parametrize(
    ("source", "line"),
    [("x\n{{ title", 2), ("{% if title %}\n", 1), ("{{ title | nosuch }}", 1), ("\n{% nosuch %}", 2)],
)
def test_a_syntax_error_is_told_with_its_line_and_the_text_of_it(source: str, line: int) -> None:
    with pytest.raises(RenderError) as caught:
        render(source)

    assert caught.value.where == f"templates/briefing/page.html:{line}"
    assert source.splitlines()[line - 1].strip() in caught.value.hint


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "parts/../../x", "nosuch.html"])
def test_no_file_but_the_given_ones_can_be_included(name: str) -> None:
    with pytest.raises(RenderError, match="no template"):
        render("{% include '" + name + "' %}")


def test_a_workspace_without_a_page_is_told_so() -> None:
    with pytest.raises(RenderError, match=r"no template 'page\.html'"):
        write(CONTEXT, {}, WORDS)


def test_a_template_that_is_no_utf8_is_told_with_its_line() -> None:
    with pytest.raises(RenderError, match="not UTF-8") as caught:
        write(CONTEXT, {"page.html": b"a\nb\xff"}, WORDS)

    assert caught.value.where == "templates/briefing/page.html:2"


def test_words_of_a_template_are_translated() -> None:
    po = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Sources"\nmsgstr "<Источники>"\n'
    words = Words("ru", po.encode(), Vocabulary((), (), (), ()))

    assert write(CONTEXT, {"page.html": b"{{ _('Sources') }}"}, words) == "&lt;Источники&gt;"


# --- filters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["red", "#12345", "#1234567", "#12345g", "#0b5d7a; x: y", "#0b5d7a\n", ""])
def test_only_a_colour_is_a_colour(value: str) -> None:
    with pytest.raises(ValueError, match="no colour"):
        css_colour(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", None, 1e9])
def test_only_a_finite_number_is_a_number(value: object) -> None:
    with pytest.raises(ValueError, match="no number"):
        css_number(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["../x", "/etc/passwd", "http://host/x", "a//b", "a/../b", "", "a b", ".hidden"])
def test_only_a_file_of_the_page_is_an_asset(value: str) -> None:
    with pytest.raises(ValueError, match="no file of the page"):
        asset(value)


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "file:///x", "//host", "x", 'https://h/"x', "https://h/ x"]
)
def test_any_other_address_is_none(value: str) -> None:
    assert safe_url(value) == ""


def test_numbers_may_be_multiplied() -> None:
    assert render("{{ lead.width * 2 }}") == "340"


def test_what_is_right_passes_the_filters() -> None:
    assert css_colour("#0B5d7a") == "#0B5d7a"
    assert (css_number(170.0), css_number(60.25)) == ("170", "60.25")
    assert asset("charts/a-b_1.svg") == "charts/a-b_1.svg"
    assert [safe_url(url) for url in ("https://h/x?a=1&b", "HTTP://h", "mailto:a@b.c")] == [
        "https://h/x?a=1&b",
        "HTTP://h",
        "mailto:a@b.c",
    ]
    assert around("Page {page} of {pages}") == ["Page ", " of ", ""]
    assert fill("{b} of {a}, {c}", 1, "two") == "1 of two, {c}"


# --- lint -----------------------------------------------------------------------------------------


def rules(source: str, **parts: str) -> list[tuple[str, int]]:
    files = {"page.html": source} | {name.replace("__", "."): text for name, text in parts.items()}
    return [
        (finding.rule, finding.place.line) for finding in lint({name: text.encode() for name, text in files.items()})
    ]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("{{ title|safe }}", "template.safe"),
        ("{{ (title|upper)|safe }}", "template.safe"),
        ("{{ titel }}", "template.name"),
        ("{{ range(3) }}", "template.name"),
        ("{{ lead.titel }}", "template.field"),
        ("{{ title.upper() }}", "template.field"),
        ("{% include 'nosuch.html' %}", "template.file"),
        ("{% include title %}", "template.file"),
        ("{% extends '../page.html' %}", "template.file"),
        ("{% from 'nosuch.html' import x %}", "template.file"),
        ("{{ title", "template.syntax"),
        ("{{ title|default('x') }}", "template.filter"),
        ("{{ title|center(99999999999) }}", "template.filter"),
        ("{{ title|uper }}", "template.filter"),
        ("{% if titel is defined %}{% endif %}", "template.test"),
        ("<style>p { color: {{ accent }} }</style>", "template.unprotected"),
        ("<script>{{ title }}</script>", "template.unprotected"),
        ('<p style="color: {{ accent }}">', "template.unprotected"),
        ("<p style='{{ accent|upper }}'>", "template.unprotected"),
        ("<p class={{ title }}>", "template.unprotected"),
        ("<p {{ title }}>", "template.unprotected"),
        ('<p onclick="{{ title }}">', "template.unprotected"),
        ('<a href="{{ title }}">', "template.unprotected"),
        ("<img src='{{ lead.file }}'>", "template.unprotected"),
        ('<a title="a > b" href={{ title }}>', "template.unprotected"),
    ],
)
def test_the_lint_refuses_what_would_break_or_leak(source: str, rule: str) -> None:
    assert (rule, 2) in rules(f"\n{source}")


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ title }}</p>",
        "<p class=\"{{ title }}\" title='{{ title }}'>",
        '<html style="--accent: {{ accent|css_colour }}">',
        '<img src="{{ lead.file|asset }}" style="width: {{ lead.width|css_number }}mm">',
        '<a href="{{ sources[0].url|safe_url }}">',
        '<a href="#source-{{ sources[0].number }}">',
        "<style>p { color: red }</style><p>{{ title }}</p>",
        "<!-- <p class={{ '' }} --><p>{{ title }}</p>",
        "{% for fact in facts %}{{ loop.index }} {{ fact.label }}{% endfor %}",
        "{% macro m(a) %}{{ a.title }}{% endmacro %}{{ m(lead) }}",
        "a < b {{ title }}",
        "{{ _('Sources') }}",
    ],
)
def test_the_lint_lets_sound_templates_pass(source: str) -> None:
    assert rules(source) == []


def test_the_lint_tells_every_problem_of_every_file_at_once() -> None:
    assert rules("{{ titel }}\n{{ title|safe }}\n", part__html="<p style={{ title }}>\n{{ lead.x }}") == [
        ("template.name", 1), ("template.safe", 2), ("template.unprotected", 1), ("template.field", 2),
        ("template.unused", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "style", "found"),
    [
        ('<p>\n<img src="logo.png" alt="">', "", ("template.asset", "templates/briefing/page.html:3")),
        ('<link rel="stylesheet" href="stile.css">', "", ("template.asset", "templates/briefing/page.html:2")),
        ('<img src="https://example.org/a.png" alt="">', "", ("template.address", "templates/briefing/page.html:2")),
        ("<p style=\"background: url('paper.png')\">", "", ("template.asset", "templates/briefing/page.html:2")),
        ("", "p {\n background: url(paper.png) }", ("template.asset", "templates/briefing/style.css:2")),
        ("", "@import 'more.css';", ("template.asset", "templates/briefing/style.css:1")),
        ("", "@font-face { src: url(//fonts.example/f.woff2) }", ("template.address", "templates/briefing/style.css:1")),
    ],
)
def test_the_lint_finds_what_a_page_would_fetch_in_vain(source: str, style: str, found: tuple[str, str]) -> None:
    page = f'<link rel="stylesheet" href="style.css">\n{source}'

    findings = lint({"page.html": page.encode(), "style.css": style.encode()})

    assert [(finding.rule, str(finding.place)) for finding in findings] == [found]


@pytest.mark.parametrize(
    ("source", "style"),
    [
        ('<a href="https://example.org">there</a><img src="a/logo.png" alt="">', ""),
        ('<!-- <img src="old.png"> -->{# <img src="older.png"> #}<img src="a/logo.png" alt="">', ""),
        ("", "/* url(old.png) */ p { background: url('a/logo.png') } a { fill: url(#shade) }"),
        ('<img src="{{ lead.file|asset }}" alt="">', "p { background: url(a/logo.png) }"),
        ('<link rel="stylesheet" href="a/more.css">', ""),
    ],
)
def test_the_lint_lets_pass_what_the_page_brings_with_it(source: str, style: str) -> None:
    page = f'<link rel="stylesheet" href="style.css">{source}'
    files = {"page.html": page.encode(), "style.css": style.encode(), "a/logo.png": b"x"}
    files |= {"a/more.css": b"p { background: url(logo.png) }"} if "more" in source else {}

    assert lint(files) == ()


def test_a_file_that_nothing_uses_is_told_unless_it_came_with_the_program() -> None:
    files = {"page.html": b"<p>", "parts/mastheed.html": b"<p>", "parts/table.html": b"<p>", "charts.mplstyle": b""}

    (finding,) = lint(files, given=("parts/table.html",))

    assert (finding.rule, finding.place.file, finding.severity) == (
        "template.unused", "templates/briefing/parts/mastheed.html", "warning",
    )  # fmt: skip


def test_the_names_that_a_template_finds_are_the_contexts_fields() -> None:
    assert set(context_fields()) == {field.name for field in fields(Context)} | {"_"}


def test_the_lint_tells_where_a_template_is_no_utf8() -> None:
    (finding,) = lint({"page.html": b"a\nb\xff"})

    assert (finding.rule, finding.place.line) == ("template.encoding", 2)


def test_a_key_figure_says_how_old_it_is_and_one_past_its_shelf_life_stands_out() -> None:
    fresh, old = replace(CONTEXT.key_figures[0], age="3 months old"), replace(CONTEXT.key_figures[0], age="4 years old", dated=True)

    page = write(replace(CONTEXT, key_figures=(fresh, old)), shipped(), WORDS)

    assert '2022, <span class="age">3 months old</span>' in page
    assert '2022, <span class="age dated">4 years old</span>' in page


def test_a_line_of_prose_below_a_heading_stays_with_what_follows_it() -> None:
    short, chart = Block(html="<p>One line.</p>", short=True), Block(chart=CHART)
    sections = (Section("a", "A", (short, chart, short)), Section("b", "B", (replace(short, short=False), chart)))

    page = write(replace(CONTEXT, sections=sections), shipped(), WORDS)

    assert re.findall(r'<div class="(prose[^"]*)">', page) == ["prose leads", "prose", "prose"]
