"""Prose: Markdown in which every number is a call; every problem at once, each with its line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.language import Words
from generator.model import ChartSpec, Fact, Finding, KeyFigureSpec, LineSpec, Place, Topic, Vocabulary
from generator.page import Call, Passage, Phrase, Script
from generator.periods import parse_period
from generator.prose import Known
from generator.text import parse, parse_inline, parse_titles

FILE = "data/trade/text.en.md"
FACTS = (
    Fact("trade.2022", "trade", "both", parse_period("2022"), Decimal("5.08"), "USD", "billion"),
    Fact("old.2022", "trade", "both", parse_period("2022"), Decimal("5.08"), "USD", "billion", rank="deprecated"),
)
HEAD = "- One point.\n\n# Trade\n\n"


def read(body: str, *, head: str = HEAD) -> tuple[Script, tuple[Finding, ...]]:
    return parse(head + body, FILE, Known(FACTS))


def clean(body: str) -> Script:
    script, findings = read(body)
    assert findings == ()
    return script


def html(body: str) -> str:
    """Return the HTML of the only block, with each call shown as its name in braces."""
    (block,) = clean(body).sections[0].blocks
    assert isinstance(block, Passage)
    return "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in block.parts)


def problems(body: str, *, head: str = HEAD) -> list[tuple[str, int]]:
    return [(finding.rule, finding.place.line) for finding in read(body, head=head)[1]]


# --- what is allowed ------------------------------------------------------------------------------


def test_summary_and_sections_are_told_apart() -> None:
    script, findings = parse("- A {{ fact('a') }}.\n- *B*.\n\n# One\n\nText.\n\n# Two\n\nMore.\n", FILE)

    assert findings == ()
    assert script.summary[0].parts == ("A ", Call("fact", ("a",), Place(FILE, 1)), ".")
    assert script.summary[1].parts == ("<em>B</em>.",)
    assert [section.title.parts for section in script.sections] == [("One",), ("Two",)]


def test_charts_and_tables_alone_in_a_paragraph_are_blocks_in_their_order() -> None:
    blocks = clean('Before.\n\n{{ chart("a") }}\n\n{{ table("b") }}\n\nAfter.\n').sections[0].blocks

    assert [block.name if isinstance(block, Call) else "text" for block in blocks] == ["text", "chart", "table", "text"]


def test_a_call_knows_its_line() -> None:
    script = clean('One.\n\nTwo\nand {{ fact("trade.2022") }}.\n')
    (block,) = script.sections[0].blocks

    assert isinstance(block, Passage)
    assert block.parts[1] == Call("fact", ("trade.2022",), Place(FILE, 8))


def test_a_call_may_stand_in_emphasis_in_a_heading_and_in_a_link() -> None:
    assert html('**{{ fact("a") }}** and [{{ name("5G") }}](https://example.org/2022)') == (
        '<p><strong>{fact}</strong> and <a href="https://example.org/2022">{name}</a></p>'
    )
    assert clean('## In {{ period("a") }}\n').sections[0].blocks[0].parts[0] == "<h3>In "  # type: ignore[union-attr]


def test_a_fact_is_put_in_after_markdown_so_stars_in_it_stay_stars() -> None:
    assert html('*{{ name("a*b") }}* {{ name("<b>") }}') == "<p><em>{name}</em> {name}</p>"


def test_text_is_escaped() -> None:
    assert html("a < b & c > d") == "<p>a &lt; b &amp; c &gt; d</p>"


def test_indented_text_is_text() -> None:
    assert "<code" not in html("    indented by accident")


def test_a_remark_is_left_out_and_its_digits_are_nobodys() -> None:
    assert html("Text{# 2022: ask the ministry #} goes on.") == "<p>Text goes on.</p>"


def test_a_list_is_tight_even_where_empty_lines_stand_in_it() -> None:
    assert html("- one\n\n- two\n") == "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"


def test_section_ids_are_plain_unique_and_there_for_every_script() -> None:
    script, _ = parse("- P.\n\n# Über Trade!\n\n# Über trade\n\n# 贸易\n\n# Торговля\n", FILE)

    assert [section.id for section in script.sections] == [
        "section-uber-trade", "section-uber-trade-2", "section-3", "section-4",
    ]  # fmt: skip


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('{{ fct("a") }}', "text.call"),
        ("{{ fact() }}", "text.arguments"),
        ('{{ fact("a", "b") }}', "text.arguments"),
        ('{{ value("gdp") }}', "text.arguments"),
        ("{{ fact(a) }}", "text.expression"),
        ("{{ fact(3) }}", "text.expression"),
        ('{{ fact(id="a") }}', "text.expression"),
        ('{{ fact("a" ~ "b") }}', "text.expression"),
        ('{{ fact("a") | upper }}', "text.expression"),
        ('{{ fact("a").x }}', "text.expression"),
        ("{{ a.b }}", "text.expression"),
        ("{{ ''.__class__.__mro__ }}", "text.expression"),
        ("{{ }}", "text.expression"),
        ('{{ fact("a") }', "text.braces"),
        ("{{ open", "text.braces"),
        ("closed }}", "text.braces"),
        ("{% if x %}", "text.statement"),
        ("{% raw %}", "text.statement"),
        ("{% include 'x' %}", "text.statement"),
        ('{{ name("2022") }}', "text.name"),
        ('A {{ chart("a") }} inside', "text.placed"),
        ('- {{ table("a") }}', "text.placed"),
        ('> {{ chart("a") }}', "text.placed"),
        ("# Title with {{ chart('a') }}", "text.placed"),
        ("<b>bold</b>", "text.html"),
        ("<script>alert</script>", "text.html"),
        ("<!-- remark -->", "text.html"),
        ("<div\nclass=x>", "text.html"),
        ("![alt](https://example.org/x.png)", "text.image"),
        ("### Deep", "text.heading"),
        ('[x](https://e.org/{{ fact("a") }})', "text.lost"),
        ("bidi \u202e text", "text.character"),
        ("bell \x07", "text.character"),
        ("half \ud800", "text.character"),
        ("private \U000f0000", "text.character"),
        ("not a character \ufffe", "text.character"),
        ('It grew to { value("growth", "latest") } again', "text.bare"),
        ("It grew to {fact('growth')}", "text.bare"),
        ('It grew to fact("growth")', "text.bare"),
        ("| Year | Loans |\n|---|---|\n| a | b |", "text.table"),
        ("Year | Loans\n--- | ---\na | b", "text.table"),
    ],
)
def test_what_is_not_prose_is_refused_on_its_line(body: str, rule: str) -> None:
    assert (rule, 5) in problems(body)


@pytest.mark.parametrize(
    "typed", ["In 2022", "5.08 billion", "half: ½", "x²", "Ⅻ", "٣", "&#49;", "`7`", "**1**", "[9](https://e.org)", "5G"]
)
def test_a_typed_number_is_refused_in_any_script_and_disguise(typed: str) -> None:
    assert problems(typed) == [("text.number", 5)]


def test_a_point_of_a_list_is_one_paragraph() -> None:
    assert problems("- one\n\n  two") == [("text.list", 7)]


def test_digits_in_an_address_are_no_numbers_of_the_text() -> None:
    assert problems("[x](https://example.org/2022)") == []


def test_a_typed_number_is_answered_with_the_facts_that_would_serve_and_never_a_deprecated_one() -> None:
    _, (amount, year) = read("It was 5.1 billion.\nIn 2022.")

    assert (amount.place.line, amount.found) == (5, "a typed number, '5.1 billion'")
    assert amount.cure == 'Call it instead: {{ fact("trade.2022") }} (5.08 billion USD, 2022).'
    assert (year.place.line, year.found) == (6, "a typed number, '2022'")
    assert year.cure == 'Call it instead: {{ period("trade.2022") }} (the period of 5.08 billion USD, 2022).'


def test_a_typed_number_that_no_fact_holds_is_answered_with_what_to_do() -> None:
    assert "Add a fact" in read("It was 77.")[1][0].cure


@pytest.mark.parametrize("address", ["javascript:alert(x)", "file:///etc/passwd", "data:text/html,x", "//host", "page"])
def test_a_link_that_is_no_web_or_mail_address_is_printed_as_text_with_a_warning(address: str) -> None:
    script, (finding,) = read(f"[x]({address})")

    assert (finding.rule, finding.severity) == ("text.link", "warning")
    assert "href" not in str(script.sections[0].blocks)


@pytest.mark.parametrize(
    ("head", "line"),
    [("", 0), ("A paragraph.\n", 1), ("- a\n\nA paragraph.\n", 3), ("> quoted\n", 1), ("- a\n  - b\n", 2)],
)
def test_before_the_first_heading_stands_a_list_and_nothing_else(head: str, line: int) -> None:
    assert ("text.summary", line) in problems("\n# Trade\n\nText.\n", head=head)


def test_all_problems_are_told_at_once_in_the_order_of_lines() -> None:
    found = problems('{{ fct("a") }}\n\n2022\n\n{% if %}\n\n<b>\n\n{{ fact( }}\n')

    assert found == [
        ("text.call", 5), ("text.number", 7), ("text.statement", 9), ("text.html", 11), ("text.expression", 13),
    ]  # fmt: skip


def test_a_misspelt_call_is_answered_with_the_right_one() -> None:
    assert "Did you mean 'fact'" in read('{{ fct("a") }}')[1][0].cure


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader_or_leaves_a_private_character(text: str) -> None:
    script, _ = parse(text, FILE)

    passages = [*script.summary, *(block for section in script.sections for block in section.blocks)]
    shown = "".join(
        part for passage in passages if isinstance(passage, Passage) for part in passage.parts if isinstance(part, str)
    )
    assert "<script" not in shown
    assert not any(ord(letter) >= 0xF0000 for letter in shown)


# --- titles ---------------------------------------------------------------------------------------


def test_a_title_is_plain_text_with_calls_and_no_markdown() -> None:
    phrase, findings = parse_inline("A *b* <i> {{ fact('a') }}", Place("data/trade/topic.toml", 7))

    assert findings == ()
    assert phrase == Phrase(("A *b* <i> ", Call("fact", ("a",), Place("data/trade/topic.toml", 7))))


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("Up in 2022", "text.number"),
        ("{{ fct('a') }}", "text.call"),
        ("{{ chart('a') }}", "text.placed"),
        ("{{", "text.braces"),
    ],
)
def test_a_problem_in_a_title_stands_at_the_titles_line(source: str, rule: str) -> None:
    _, (finding,) = parse_inline(source, Place("data/trade/topic.toml", 7))

    assert (finding.rule, finding.place) == (rule, Place("data/trade/topic.toml", 7))


def test_every_title_label_and_note_of_a_topic_is_read_with_its_place() -> None:
    chart = ChartSpec(
        "c",
        "line",
        "Chart",
        (LineSpec("s", label="Line 3", place=Place("t", 5)),),
        notes=("Note 4",),
        place=Place("t", 4),
    )
    figure = KeyFigureSpec("Label 2", place=Place("t", 2))
    topic = Topic("x", "Title", "Bottom 1", "#000000", (figure,), (chart,), (), (), (), (), place=Place("t", 1))

    phrases, findings = parse_titles(topic, Words("en", None, Vocabulary((), (), (), ())))

    assert set(phrases) == {"Title", "Bottom 1", "Label 2", "Chart", "Line 3", "Note 4"}
    assert [finding.place.line for finding in findings] == [1, 2, 4, 5]
