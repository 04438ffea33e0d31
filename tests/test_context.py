"""The page's context: numbered in the order of the page, nothing printed without its source."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from bare import bare
from effort import calls_in

from generator.attachments import attach
from generator.context import Composed, Imprint, Material, attachments
from generator.context import compose as compose_signed
from generator.language import Words
from generator.model import (
    Candidate,
    ChartSpec,
    Checked,
    Conflict,
    Fact,
    KeyFigureSpec,
    LineSpec,
    Metric,
    Observation,
    Place,
    Series,
    Source,
    TableSpec,
    Topic,
    Unit,
    Vocabulary,
)
from generator.page import Drawn, PlannedChart, Plot
from generator.periods import parse_period
from generator.spread import previous
from generator.staleness import aged
from generator.text import parse, parse_titles
from generator.workspace import shipped_templates

VOCABULARY = Vocabulary(
    (Metric("trade", "Trade in goods"), Metric("readers", "Readers"), Metric("place", "Place")),
    (("both", "A and B"), ("left", "Town A")),
    (("a-side", "statistics of A"), ("b-side", "statistics of B")),
    (Unit("reader", "reader", "readers"),),
)
WORDS = Words("en", None, VOCABULARY)
SHA = "1a2b3c4d" + "0" * 56
SOURCES = {
    id_: Source(id_, f"Agency {id_}", f"Title {id_}", "web page", "2026-11-22", published="2023-02")
    for id_ in ("S1", "S2", "S3", "S4")
} | {"DOC": Source("DOC", "Agency DOC", "Title", "document", "2026-11-22", document="d.txt", sha256=SHA)}
IMPRINT = Imprint("2026-11-22.1", 1, "2026-11-22", "f" * 64, "briefing 0", "Issuer")
TEXT = "- A point.\n\n# One\n\nText.\n"


def compose(made: Material, imprint: Imprint) -> Composed:
    """Return a page as a reader sees it, without the signs of its numerals."""
    composed = compose_signed(made, imprint)
    return replace(composed, context=bare(composed.context))


def fact(id_: str, value: str = "5.08", period: str = "2022", **fields: object) -> Fact:
    given: dict[str, object] = {"unit": "USD", "scale": "billion", "source": "S1", "metric": "trade", "entity": "both"}
    return Fact(id_, period=parse_period(period), value=Decimal(value), **(given | fields))  # type: ignore[arg-type]


def row(period: str, value: str | None, source: str = "S2", **fields: object) -> Observation:
    amount = None if value is None else Decimal(value)
    return Observation(parse_period(period), amount, "reader", source=source, **fields)  # type: ignore[arg-type]


def readers(*rows: Observation, measure: str = "flow", id_: str = "readers", unit: str = "reader") -> Series:
    rows = tuple(replace(each, unit=unit) for each in rows)
    return Series(id_, "Readers", "readers", "both", unit, measure, rows)  # type: ignore[arg-type]


def chart(id_: str, title: str = "Title", series: str = "readers") -> ChartSpec:
    return ChartSpec(id_, "line", title, (LineSpec(series),), place=Place("data/x/topic.toml", 9))


def planned(id_: str, *sources: str, notes: tuple[str, ...] = ()) -> PlannedChart:
    plot = Plot(id_, "line", (), f"alt of {id_}", 170, 60, "#0b5d7a", (), ())
    return PlannedChart(plot, f"Title of {id_}", "Readers", notes, sources)


def material(*facts: Fact, text: str = TEXT, bottom_line: str = "Bottom.", **fields: object) -> Material:
    """Return a page's material; fields of the topic and of the material may both be given."""
    mine = {name: fields.pop(name) for name in ("key_figures", "charts", "tables", "series") if name in fields}
    planned_charts = fields.pop("planned", {})
    given: dict[str, object] = {"key_figures": (), "charts": (), "tables": (), "series": ()} | mine
    topic = Topic("x", "Title", bottom_line, "#0b5d7a", facts=facts, texts=(), **given)  # type: ignore[arg-type]
    script, findings = parse(text, "data/x/text.en.md")
    assert findings == ()
    titles, _ = parse_titles(topic, WORDS)
    return Material(
        topic=topic, words=WORDS, vocabulary=VOCABULARY, sources=SOURCES, script=script, titles=titles,
        charts=planned_charts, **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def page(*facts: Fact, **fields: object) -> Composed:
    composed = compose(material(*facts, **fields), IMPRINT)  # type: ignore[arg-type]
    assert composed.findings == ()
    return composed


def rules(*facts: Fact, **fields: object) -> list[tuple[str, int]]:
    found = compose(material(*facts, **fields), IMPRINT).findings  # type: ignore[arg-type]
    return [(finding.rule, finding.place.line) for finding in found]


@pytest.mark.parametrize(
    ("title", "fields", "language"),
    [
        ("Торговля выросла", {"language": "ru"}, "ru"),
        ("Trade has grown", {"language": "ru"}, ""),
        ("Trade has grown", {"language": "ru", "title_language": "en"}, ""),
        ("Le commerce a doublé", {"language": "ru", "title_language": "fr"}, "fr"),
        ("贸易增长", {"language": "zh-Hant"}, "zh-Hant"),
        ("Trade 5G 贸", {"language": "zh"}, ""),
        ("Der Handel wächst", {"language": "de"}, "de"),
        ("Trade has grown", {"language": "en-GB"}, ""),
        ("Торговля", {}, ""),
        ("2024", {"language": "ru"}, ""),
        ("Title", {"language": "qq"}, ""),
    ],
)  # fmt: skip
def test_a_title_in_another_language_than_the_pages_says_which(title: str, fields: dict[str, str], language: str) -> None:
    sources = SOURCES | {"S1": replace(SOURCES["S1"], title=title, **fields)}  # type: ignore[arg-type]
    made = replace(material(fact("a"), text='- {{ fact("a") }}\n\n# One\n'), sources=sources)

    (entry,) = compose(made, IMPRINT).context.sources

    assert entry.language == language


# --- numbers of sources, figures and tables -------------------------------------------------------


def test_sources_are_numbered_in_the_order_in_which_the_page_needs_them() -> None:
    facts = [fact(id_, source=source, period=year) for id_, source, year in
             (("a", "S4", "2019"), ("b", "S3", "2020"), ("c", "S2", "2021"), ("d", "S1", "2022"))]  # fmt: skip
    composed = page(
        *facts, bottom_line="{{ fact('d') }}",
        text='- {{ fact("c") }} and {{ fact("d") }}\n\n# One\n\n{{ fact("b") }}\n',
    )  # fmt: skip

    assert composed.sources == ("S1", "S2", "S3", "S4")
    assert [entry.number for entry in composed.context.sources] == [1, 2, 3, 4]
    assert composed.context.bottom_line == (
        '<span class="fact">US$5.08 billion<a class="mark" href="#source-1">[1]</a></span>'
    )


def test_a_second_mention_carries_no_mark_and_a_citation_only_one() -> None:
    context = page(fact("a"), text='- {{ amount("a") }} here {{ cite("a") }}.\n\n# One\n').context

    assert context.summary == (
        '<span class="fact">US$5.08 billion</span> here<a class="mark" href="#source-1">[1]</a>.',
    )


def test_what_a_fact_holds_is_printed_letter_by_letter() -> None:
    hostile = Fact("a", "place", "both", parse_period("2022"), "<img src=x> *b* {{ c }}", "text", source="S1")
    context = page(hostile, text='- In {{ fact("a") }}.\n\n# One\n').context

    assert context.summary[0].startswith("In &lt;img src=x&gt; *b* {{ c }}<a ")


def test_figures_are_numbered_lead_first_then_as_the_text_places_them() -> None:
    ids = ("lead", "second", "third")
    context = page(
        series=(readers(row("2020", "1")),), charts=tuple(chart(id_) for id_ in ids),
        planned={id_: planned(id_, "S2") for id_ in ids},
        text='- See {{ figure("second") }}.\n\n# One\n\n{{ chart("third") }}\n\n{{ chart("second") }}\n',
    ).context  # fmt: skip

    assert context.lead is not None
    assert (context.lead.number, context.lead.file) == (1, "charts/lead.svg")
    assert [block.chart.number for block in context.sections[0].blocks if block.chart] == [2, 3]
    assert context.summary[0] == 'See <a class="figure" href="#figure-second">Figure 3</a>.'


def test_a_chart_is_marked_with_the_sources_of_its_data_and_of_its_title() -> None:
    composed = page(
        fact("a"), series=(readers(row("2020", "1")),), charts=(chart("lead", "{{ fact('a') }}"),),
        planned={"lead": planned("lead", "S2", "S3")},
    )  # fmt: skip

    assert composed.context.lead is not None
    assert [(credit.name, credit.marks[0].number) for credit in composed.context.lead.credits] == [
        ("Agency S2", 1), ("Agency S3", 2), ("Agency S1", 3),
    ]  # fmt: skip


def test_each_producer_of_a_chart_stands_beside_its_own_marks_in_their_order() -> None:
    sources = SOURCES | {"S4": replace(SOURCES["S4"], producer="Agency S2")}
    made = material(
        fact("a", source="S3"), series=(readers(row("2020", "1")),), charts=(chart("lead"),),
        planned={"lead": planned("lead", "S2", "S3", "S4")}, bottom_line="{{ fact('a') }}",
    )  # fmt: skip
    lead = compose(replace(made, sources=sources), IMPRINT).context.lead

    assert lead is not None
    assert [(credit.name, [mark.number for mark in credit.marks]) for credit in lead.credits] == [
        ("Agency S3", [1]), ("Agency S2", [2, 3]),
    ]  # fmt: skip


def test_a_fact_in_a_charts_title_is_in_the_record() -> None:
    composed = page(
        fact("a"), fact("b", rank="preferred"), series=(readers(row("2020", "1")),),
        charts=(chart("lead", "{{ fact('a') }}"),), planned={"lead": planned("lead", "S2")},
    )  # fmt: skip

    assert "a" in composed.facts


def test_calls_in_a_charts_notes_are_answered() -> None:
    spec = replace(chart("lead"), notes=("No count in {{ period('a') }}.",))
    composed = page(
        fact("a"), series=(readers(row("2020", "1")),), charts=(spec,),
        planned={"lead": planned("lead", "S2", notes=("No count in 2022.", "From the data."))},
    )  # fmt: skip

    assert composed.context.lead is not None
    assert composed.context.lead.notes == ("No count in 2022.", "From the data.")


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{{ fact("b") }}', "call.fact"),
        ('{{ fact("old") }}', "call.deprecated"),
        ('{{ value("b", "latest") }}', "call.series"),
        ('{{ chart("b") }}', "context.chart"),
        ('{{ table("b") }}', "context.table"),
        ('{{ figure("b") }}', "call.chart"),
    ],
)
def test_a_name_nobody_declared_is_a_finding_at_its_line(text: str, rule: str) -> None:
    found = rules(
        fact("a"), fact("old", period="2020", rank="deprecated", reason="wrong"), text=f"- P.\n\n# One\n\n{text}\n"
    )

    assert (rule, 5) in found


def test_a_deprecated_fact_is_no_key_figure() -> None:
    spec = KeyFigureSpec("Trade", fact="old", place=Place("data/x/topic.toml", 3))

    assert ("call.deprecated", 3) in rules(fact("old", rank="deprecated", reason="wrong"), key_figures=(spec,))


def test_charts_and_tables_that_are_not_placed_are_told() -> None:
    table = TableSpec("t", "T", (LineSpec("readers"),), place=Place("data/x/topic.toml", 12))
    found = rules(series=(readers(row("2020", "1")),), charts=(chart("lead"), chart("other")), tables=(table,))

    assert found == [("context.unplaced", 9), ("context.unplaced", 12)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{{ chart("lead") }}', "chart 'lead' stands on the first page, as the first of topic.toml"),
        ('{{ chart("b") }}\n\n{{ chart("b") }}', "chart 'b' is placed twice"),
    ],
)
def test_a_chart_placed_twice_is_told(text: str, said: str) -> None:
    found = compose(
        material(
            series=(readers(row("2020", "1")),), charts=(chart("lead"), chart("b")),
            planned={"lead": planned("lead", "S2"), "b": planned("b", "S2")}, text=f"- P.\n\n# One\n\n{text}\n",
        ), IMPRINT,
    ).findings  # fmt: skip

    assert [(finding.rule, finding.found) for finding in found if finding.severity == "error"] == [("context.twice", said)]


def test_a_source_nobody_declared_is_told() -> None:
    assert rules(fact("a", source="S9")) == [("marks.source", 0)]


# --- key figures ----------------------------------------------------------------------------------


def key(*rows: Observation, measure: str = "flow", unit: str = "reader", basis: str = "") -> tuple[str, str, str]:
    """Return value, period and change of a key figure that shows a series' newest observation."""
    spec = KeyFigureSpec("Readers", series="readers", basis=basis)
    (figure,) = page(series=(readers(*rows, measure=measure, unit=unit),), key_figures=(spec,)).context.key_figures
    return figure.value, figure.period, figure.change


def test_a_key_figure_shows_the_newest_observation_and_its_change_on_the_year_before() -> None:
    assert key(row("2021", "100"), row("2022", "133")) == ("133 readers", "2022", "+33.0% on 2021")


def test_a_key_figures_qualifier_stands_beside_its_value() -> None:
    spec = KeyFigureSpec("Trade", fact="a")
    (figure,) = page(fact("a", qualifier="more than", period="2022-H1"), key_figures=(spec,)).context.key_figures

    assert (figure.before, figure.value, figure.after) == ("more than", "US$5.08 billion", "")
    assert figure.period == "first half of 2022"


def test_a_percentage_changes_by_percentage_points() -> None:
    assert key(row("2021", "4.1"), row("2022", "4.0"), unit="percent")[2] == "\u22120.1 percentage points on 2021"


def test_a_half_year_is_compared_with_the_same_half_a_year_before() -> None:
    rows = (row("2021-H1", "10"), row("2021-H2", "90"), row("2022-H1", "20"))

    assert key(*rows)[2] == "+100% on the first half of 2021"


def test_a_stock_is_compared_with_the_count_nearest_to_a_year_before() -> None:
    rows = (row("2023-03-31", "100"), row("2025-02-11", "144"), row("2026-01-29", "171"))

    assert key(*rows, measure="stock")[2] == "+18.8% on 11 February 2025"


@pytest.mark.parametrize(
    "rows",
    [
        (row("2022", "5"),),
        (row("2020", "4"), row("2022", "5")),
        (row("2021", "4", basis="a-side"), row("2022", "5", basis="b-side")),
        (row("2021", "4", qualifier="more than"), row("2022", "5")),
        (row("2021", "4"), row("2022", "5", qualifier="about")),
        (row("2021", "4", rank="deprecated"), row("2022", "5")),
        (row("2021", None), row("2022", "5")),
        (row("2021", "0"), row("2022", "5")),
        (row("2021-H1", "4"), row("2022", "5")),
        (row("2021-03-01", "4"), row("2022-01-01", "5")),
    ],
    ids=["alone", "gap", "basis", "vague before", "vague now", "set aside", "missing", "zero", "half", "flow by day"],
)
def test_what_cannot_be_compared_shows_no_change(rows: tuple[Observation, ...]) -> None:
    assert key(*rows)[2] == ""


def test_a_fact_as_key_figure_takes_its_change_from_the_series_on_its_own_basis() -> None:
    trade = Series("trade", "Trade", "trade", "both", "USD", "flow", (
        Observation(parse_period("2021"), Decimal(4_000_000_000), "USD", basis="a-side", source="S2"),
        Observation(parse_period("2021"), Decimal(1_000_000_000), "USD", basis="b-side", source="S3"),
    ))  # fmt: skip
    spec = KeyFigureSpec("Trade", fact="a", series="trade")
    (figure,) = page(fact("a", basis="a-side"), series=(trade,), key_figures=(spec,)).context.key_figures

    assert (figure.value, figure.change, figure.direction) == ("US$5.08 billion", "+27.0% on 2021", "up")


def test_a_key_figure_has_its_own_sparkline() -> None:
    specs = (KeyFigureSpec("One", fact="a"), KeyFigureSpec("Two", fact="a"))
    figures = page(fact("a"), key_figures=specs, sparks=(None, planned("spark-2"))).context.key_figures

    assert [(figure.spark, figure.spark_alt) for figure in figures] == [
        ("", ""),
        ("charts/spark-2.svg", "alt of spark-2"),
    ]


# --- tables ---------------------------------------------------------------------------------------


def table_of(*series: Series, scale: str = "", since: str = "", until: str = "") -> tuple[list[list[str]], Composed]:
    columns = tuple(LineSpec(each.id, label=f"Column {chr(65 + index)}") for index, each in enumerate(series))
    spec = TableSpec("t", "Table", columns, since=since, until=until, scale=scale)
    composed = page(series=series, tables=(spec,), text='- P.\n\n# One\n\n{{ table("t") }}\n')
    table = composed.context.sections[0].blocks[0].table
    assert table is not None
    return [list(table.head), *([cell.text for cell in cells] for cells in table.rows)], composed


def test_a_table_sets_series_side_by_side_and_says_what_is_missing() -> None:
    rows, composed = table_of(
        readers(row("2021", "1234"), row("2022", "7"), id_="r"), readers(row("2022", "4.25"), id_="s", unit="percent")
    )

    assert rows == [
        ["Period", "Column A (readers)", "Column B (percent)"],
        ["2021", "1,234", "\u2013"],
        ["2022", "7", "4.25"],
    ]
    table = composed.context.sections[0].blocks[0].table
    assert table is not None
    assert table.notes == ("\u2013: no figure found.",)


def test_a_tables_numbers_are_scaled_alike_and_the_unit_is_said_once() -> None:
    rows, composed = table_of(
        readers(row("2021", "3102081900"), row("2022", "-780700000"), unit="USD"), scale="million"
    )

    assert [cells[1] for cells in rows[1:]] == ["3,102", "\u2212781"]
    table = composed.context.sections[0].blocks[0].table
    assert table is not None
    assert table.subtitle == "Million US dollars"


@pytest.mark.parametrize(
    ("values", "scale", "subtitle", "printed"),
    [
        (("5790000000", "60800000"), "million", "亿美元", ["57.90", "0.61"]),
        (("34100000", "2000000"), "million", "万美元", ["3,410", "200"]),
        (("1330000", "936000"), "", "万美元", ["133.0", "93.6"]),
        (("1234567", "1"), "", "美元", ["1,234,567", "1"]),
    ],
)
def test_a_chinese_table_counts_in_scales_of_its_own_whatever_it_wishes(
    values: tuple[str, str], scale: str, subtitle: str, printed: list[str]
) -> None:
    series = readers(row("2021", values[0]), row("2022", values[1]), unit="USD")
    spec = TableSpec("t", "Table", (LineSpec(series.id),), scale=scale)
    words = Words("zh", (shipped_templates() / "locales/zh/LC_MESSAGES/briefing.po").read_bytes(), VOCABULARY)
    english = material(series=(series,), tables=(spec,), text='- P.\n\n# One\n\n{{ table("t") }}\n')

    composed = compose(replace(english, words=words), IMPRINT)

    table = composed.context.sections[0].blocks[0].table
    assert table is not None
    assert table.subtitle == subtitle
    assert [cells[1].text for cells in table.rows] == printed


def test_a_table_keeps_to_its_window_and_prints_the_best_ranked_value() -> None:
    rows, _ = table_of(
        readers(row("2019", "1"), row("2020", "2"), row("2020", "3", rank="preferred"), row("2021", "4")),
        since="2020", until="2020",
    )  # fmt: skip

    assert rows[1:] == [["2020", "3"]]


def test_cells_carry_marks_only_where_sources_differ() -> None:
    _, one = table_of(readers(row("2020", "1"), row("2021", "2")))
    _, two = table_of(readers(row("2020", "1", source="S3"), row("2021", "2", qualifier="about", status="estimated")))
    single, several = (each.context.sections[0].blocks[0].table for each in (one, two))

    assert single is not None
    assert several is not None
    assert [cells[1].marks for cells in single.rows] == [(), ()]
    assert [cells[1].marks[0].number for cells in several.rows] == [1, 2]
    assert several.rows[1][1].text == "about 2"
    assert (several.rows[1][1].flag, several.notes) == ("a", ("a: estimated.",))


def test_a_period_that_the_publisher_reports_as_missing_has_its_row() -> None:
    rows, composed = table_of(readers(row("2020", "1"), row("2021", None), row("2022", "3")))

    assert rows[1:] == [["2020", "1"], ["2021", "\u2013"], ["2022", "3"]]
    table = composed.context.sections[0].blocks[0].table
    assert table is not None
    assert table.notes == ("\u2013: no figure found.",)


def test_a_column_whose_label_says_the_unit_does_not_repeat_it() -> None:
    spec = TableSpec("t", "Table", (LineSpec("r", label="New readers"), LineSpec("s", label="Growth")))
    series = (readers(row("2022", "7"), id_="r"), readers(row("2022", "4.25"), id_="s", unit="percent"))
    composed = page(series=series, tables=(spec,), text='- P.\n\n# One\n\n{{ table("t") }}\n')

    table = composed.context.sections[0].blocks[0].table
    assert table is not None
    assert table.head == ("Period", "New readers", "Growth (percent)")


# --- the fact table -------------------------------------------------------------------------------


def rows_of(*facts: Fact, **fields: object) -> list[tuple[str, str, str, str, int]]:
    return [
        (each.label, each.detail, each.value, each.period, len(each.marks))
        for each in page(*facts, **fields).context.facts
    ]


def test_equal_values_of_several_sources_share_a_row_with_all_their_marks() -> None:
    assert rows_of(fact("a"), fact("b", source="S2"), fact("c", "5080", scale="million", source="S3")) == [
        ("Trade in goods", "", "US$5.08 billion", "2022", 3)
    ]


def test_only_the_best_ranked_of_one_question_is_printed() -> None:
    assert rows_of(
        fact("a", "5.1"), fact("b", rank="preferred"), fact("c", "9", rank="deprecated", reason="wrong")
    ) == [("Trade in goods", "", "US$5.08 billion", "2022", 1)]


def test_other_bases_periods_and_entities_are_other_questions() -> None:
    found = rows_of(
        fact("a", basis="a-side"), fact("b", "6", basis="b-side"), fact("c", "4", period="2021"), fact("d", "1", entity="left"),
    )  # fmt: skip

    assert [(detail, value) for _, detail, value, _, _ in found] == [
        ("A and B", "US$4 billion"),
        ("A and B; statistics of A", "US$5.08 billion"),
        ("A and B; statistics of B", "US$6 billion"),
        ("Town A", "US$1 billion"),
    ]


def test_a_calculated_fact_says_so_and_carries_the_marks_of_its_ingredients() -> None:
    found = rows_of(fact("a"), fact("b", source="S2", period="2021"), fact("c", "1.000", metric="readers", unit="times",
                    scale="", source="", formula="{a} / {b}"))  # fmt: skip

    assert found[-1] == ("Readers", "own calculation: US$5.08 billion (2022) ÷ US$5.08 billion (2021)", "1 times", "2022", 2)


def test_a_fact_of_another_topic_that_the_text_cites_is_in_the_table_too() -> None:
    other = fact("other", "7", metric="readers", period="2020")
    composed = page(fact("a"), facts=(fact("a"), other), text='- {{ fact("other") }}\n\n# One\n')

    assert [each.id for each in composed.context.facts] == ["a", "other"]
    assert set(composed.facts) == {"a", "other"}


def test_every_number_of_the_page_is_in_the_record() -> None:
    composed = page(
        fact("a"), fact("b", source="S2"), series=(readers(row("2020", "1")),),
        key_figures=(KeyFigureSpec("R", series="readers"),),
    )  # fmt: skip

    assert (composed.facts, composed.series) == (("a", "b"), ("readers",))


# --- disagreements --------------------------------------------------------------------------------


def side(value: str, rank: str = "normal", fact_id: str = "a", **fields: object) -> Candidate:
    given: dict[str, object] = {
        "text": "", "unit": "USD", "scale": "billion", "qualifier": "", "basis": "", "sources": ("S1",), "reason": "",
        "note": "", "series": "", "place": Place("f", 1),
    } | fields  # fmt: skip
    return Candidate(Decimal(value), rank=rank, fact=fact_id, **given)  # type: ignore[arg-type]


def disagreement(*sides: Candidate) -> tuple[list[tuple[str, bool, str]], str]:
    conflict = Conflict("trade", "both", parse_period("2022"), sides)
    (found,) = page(fact("x"), fact("y"), conflicts=(conflict,)).context.disagreements
    return [(claim.value, claim.preferred, claim.reason) for claim in found.claims], found.ruling


def test_a_ruling_names_the_value_that_is_printed_and_keeps_the_others_with_their_reasons() -> None:
    claims, ruling = disagreement(
        side("84400000000", "deprecated", "x", reason="off by ten, see S2"),
        side("8440000000", "preferred", "y", sources=("S2",)),
    )

    assert claims == [("US$8.44 billion", True, ""), ("US$84.4 billion", False, "off by ten, see [2]")]
    assert ruling == "This briefing prints US$8.44 billion."


def test_equal_ranks_are_not_ruled_on() -> None:
    claims, ruling = disagreement(side("1000000000", fact_id="x"), side("2000000000", fact_id="y"))

    assert [preferred for _, preferred, _ in claims] == [False, False]
    assert ruling.startswith("Not ruled on")


def test_the_best_value_of_each_basis_is_said_to_be_printed() -> None:
    claims, ruling = disagreement(
        side("1000000000", "preferred", "x", basis="a-side"),
        side("2000000000", "normal", "y", basis="b-side"),
        side("3000000000", "deprecated", "y", basis="b-side"),
    )

    assert [preferred for _, preferred, _ in claims] == [True, True, False]
    assert ruling == "This briefing prints US$1 billion and US$2 billion, each on its own basis."


def test_every_value_that_is_printed_is_bold_even_where_that_is_all_of_them() -> None:
    claims, _ = disagreement(
        side("1000000000", fact_id="x", basis="a-side"), side("2000000000", fact_id="y", basis="b-side")
    )

    assert [preferred for _, preferred, _ in claims] == [True, True]


def test_the_values_of_one_disagreement_stand_in_one_scale() -> None:
    claims, _ = disagreement(
        side("3450000", fact_id="x", unit="reader", scale="million"),
        side("3600000", fact_id="", series="readers", unit="reader", scale=""),
    )

    assert [value for value, _, _ in claims] == ["3.45 million readers", "3.6 million readers"]


def test_where_all_are_set_aside_none_is_printed() -> None:
    assert (
        disagreement(side("1", "deprecated", "x"), side("2", "deprecated", "y"))[1]
        == "All of these values are set aside; none is printed."
    )


def test_dates_texts_and_rows_of_series_are_told_in_words() -> None:
    claims, _ = disagreement(
        replace(side("0", fact_id="", series="readers"), amount=None, text="2022-11-04"),
        replace(side("0", fact_id="x"), amount=None, text="before the war"),
        side("3487778700", fact_id="", series="readers", scale=""),
    )

    assert [value for value, _, _ in claims] == ["4 November 2022", "before the war", "US$3.49 billion"]


def test_ids_of_sources_in_a_remark_become_their_numbers() -> None:
    sources = SOURCES | {"P_X_2023": replace(SOURCES["S1"], id="P_X_2023")}
    conflict = Conflict(
        "trade", "both", parse_period("2022"), (side("1", note="as P_X_2023 says"), side("2", fact_id="y"))
    )
    made = replace(material(fact("a"), conflicts=(conflict,)), sources=sources)
    (found,) = compose(made, IMPRINT).context.disagreements

    assert found.claims[0].reason == "as [2] says"


def test_conflicts_of_other_topics_are_left_to_them() -> None:
    conflict = Conflict("trade", "both", parse_period("2022"), (side("1", fact_id="x"), side("2", fact_id="y")))

    assert page(fact("a"), conflicts=(conflict,)).context.disagreements == ()


# --- sources --------------------------------------------------------------------------------------


def test_a_source_tells_how_it_was_checked_and_how_old_it_is() -> None:
    composed = page(
        fact("a", source="DOC"), fact("b", source="S1", period="2021"), fact("c", source="S2", period="2026-09"),
        checked=(Checked("a", "now", "2026-11-22", SHA), Checked("b", "unchecked")),
    )  # fmt: skip
    entries = {entry.id: entry for entry in composed.context.sources}

    assert entries["DOC"].checked == "words found in the document on 22 November 2026 (sha256 1a2b3c4d\u2026)"
    assert entries["S1"].checked == "read as an excerpt; no document kept"
    assert entries["S1"].age == "newest figure: 2021, 4 years old"
    assert entries["DOC"].age == "newest figure: 2022, 3 years old"
    assert entries["S2"].age == "newest figure: September 2026, 1 month old"
    assert (entries["S1"].published, entries["S1"].accessed) == ("February 2023", "22 November 2026")


@pytest.mark.parametrize(
    ("on", "printed"), [("2026-11-20", "20 November"), ("2026-11-22", "22 November"), ("2027-01-05", "5 January")]
)
def test_a_check_is_told_with_its_own_day_even_where_the_edition_is_older(on: str, printed: str) -> None:
    (entry,) = page(fact("a", source="DOC"), checked=(Checked("a", "now", on, SHA),)).context.sources

    assert entry.checked == f"words found in the document on {printed} {on[:4]} (sha256 1a2b3c4d\u2026)"


def test_an_edition_as_of_a_day_says_so_and_tells_later_readings_as_they_were() -> None:
    made = material(fact("a", source="DOC"), fact("b", source="DOC"), checked=(Checked("a", "now", "2027-01-05", SHA),))
    context = compose(made, replace(IMPRINT, date="2025-08-25", as_of="2025-08-25")).context

    assert context.as_of == "25 August 2025"
    (entry,) = context.sources
    assert entry.accessed == "22 November 2026"
    assert entry.checked.startswith("words found in the document on 5 January 2027")


def test_a_check_made_while_an_edition_as_of_a_day_is_built_is_not_dated_by_that_day() -> None:
    made = material(fact("a", source="DOC"), checked=(Checked("a", "now", "2025-08-25", SHA),))
    (entry,) = compose(made, replace(IMPRINT, date="2025-08-25", as_of="2025-08-25")).context.sources

    assert entry.checked == "words found in the document (sha256 1a2b3c4d\u2026)"


def test_data_without_a_document_are_said_to_be_data() -> None:
    made = replace(material(fact("a")), sources={"S1": replace(SOURCES["S1"], kind="dataset")})
    (entry,) = compose(made, IMPRINT).context.sources

    assert entry.checked == "taken from published data; no document kept"


def test_a_chart_of_many_producers_counts_them_and_its_marks_name_them() -> None:
    composed = page(
        series=(readers(row("2020", "1")),), charts=(chart("lead"),),
        planned={"lead": planned("lead", "S1", "S2", "S3", "S4", "DOC")},
    )  # fmt: skip

    assert composed.context.lead is not None
    (credit,) = composed.context.lead.credits
    assert (credit.name, [mark.number for mark in credit.marks]) == ("5 publications", [1, 2, 3, 4, 5])


def test_a_document_that_is_not_at_hand_and_was_never_checked_is_said_to_be_unchecked() -> None:
    (entry,) = page(fact("a", source="DOC"), checked=(Checked("a", "unchecked"),)).context.sources

    assert entry.checked == "document not at hand; not checked"


def test_ten_times_the_facts_observations_and_sources_are_ten_times_the_work() -> None:
    def effort(number: int) -> int:
        sources = {f"N{each}": replace(SOURCES["S1"], id=f"N{each}") for each in range(number)}
        facts = [fact(f"f{each}", str(each), source=f"N{each}", period=str(1500 + each)) for each in range(number)]
        rows = [row(str(1500 + each), str(each), f"N{each}") for each in range(number)]
        checked = tuple(Checked(each.id, "now", "2026-11-22", SHA) for each in facts)
        made = material(*facts, series=(readers(*rows),), bottom_line="{{ value('readers', 'latest') }}", checked=checked)
        return calls_in(lambda: compose(replace(made, sources=sources), IMPRINT))

    effort(1)  # what is loaded once is so now

    assert effort(400) <= 11 * effort(40)


def test_the_same_material_makes_the_same_context() -> None:
    made = material(fact("a"), fact("b", source="S2"), series=(readers(row("2020", "1")),))

    assert compose(made, IMPRINT) == compose(made, IMPRINT)


# --- attachments ----------------------------------------------------------------------------------


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_the_data_of_each_chart_on_the_page_travel_with_it() -> None:
    data = (Drawn("Chinese statistics", "readers", (row("2020", "5.10", qualifier="about"), row("2021", None))), Drawn("=Other", "readers", ()))
    shown, unplaced = replace(planned("lead", "S2"), data=data), planned("spare", "S2")
    made = material(fact("a"), series=(readers(row("2020", "5")),), charts=(chart("lead"), chart("spare")), planned={"lead": shown, "spare": unplaced})

    *_, attached = attachments(made, compose(made, IMPRINT))

    assert (attached.name, attached.media_type, attached.description) == ("chart-lead.csv", "text/csv", "Title of lead")
    first, second = table(attached.data)
    assert (first["line"], first["series"], first["period"], first["value"], first["qualifier"]) == (
        "Chinese statistics", "readers", "2020", "5.10", "about",
    )  # fmt: skip
    assert second["value"] == ""


def test_what_the_edition_shows_travels_with_it_and_nothing_else() -> None:
    made = material(fact("a"), fact("b", period="2021", rank="deprecated", reason="wrong"), series=(readers(row("2020", None)),),
                    key_figures=(KeyFigureSpec("A", fact="a", series="readers"),))  # fmt: skip
    facts, whole, series = attachments(made, compose(made, IMPRINT))

    assert [each.name for each in (facts, whole, series)] == ["facts.csv", "facts.json", "series.csv"]
    assert [(each["id"], each["value"], each["scale"]) for each in table(facts.data)] == [("a", "5.08", "billion")]
    assert [(each["period"], each["value"], each["source"]) for each in table(series.data)] == [("2020", "", "S2")]
    assert [each["id"] for each in json.loads(whole.data)["sources"]] == ["S1"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_a_text_that_a_spreadsheet_would_run_is_guarded_in_csv_and_left_alone_in_json(start: str) -> None:
    hostile = fact("a", note=f"{start}HYPERLINK(1)")
    facts, whole, _ = attach([hostile], [], [], [])

    assert table(facts.data)[0]["note"].startswith("'")
    assert json.loads(whole.data)["facts"][0]["note"] == f"{start}HYPERLINK(1)"


@pytest.mark.parametrize("value", ["-3", "-3.5", "5.08", "0"])
def test_a_number_is_never_guarded(value: str) -> None:
    facts, _, _ = attach([fact("a", value)], [], [], [])

    assert table(facts.data)[0]["value"] == value


def test_a_change_over_a_year_is_not_told_across_a_break() -> None:
    rows = [Observation(parse_period(year), Decimal(9), "EUR") for year in ("2021", "2022", "2023")]
    rows[1] = replace(rows[1], status="break")
    series = Series("s", "S", "m", "e", "EUR", "flow", tuple(rows))

    assert previous(series, parse_period("2022"), "EUR", "") is None
    assert previous(series, parse_period("2023"), "EUR", "") == rows[1]


# --- how old figures are, and what was computed ---------------------------------------------------

AGEING = replace(VOCABULARY, metrics=(Metric("trade", "Trade in goods", shelf_life=18), *VOCABULARY.metrics[1:]))
TOTAL = KeyFigureSpec("Trade", fact="a")


def aged_page(*facts: Fact, **fields: object) -> Composed:
    """Return a page with what has aged by the edition's date."""
    made = replace(material(*facts, **fields), vocabulary=AGEING)  # type: ignore[arg-type]
    ageing = aged(made.topic, AGEING, date(2026, 11, 22))
    return compose(replace(made, ageing=ageing), IMPRINT)


@pytest.mark.parametrize(
    ("period", "age", "is_dated"),
    [
        ("2026-11-01", "current", False),
        ("2026-09", "1 month old", False),
        ("2025", "10 months old", False),
        ("2024", "latest available, 22 months old", True),
        ("2020", "latest available, 5 years old", True),
    ],
)
def test_a_key_figure_with_a_shelf_life_says_how_old_it_is(period: str, age: str, *, is_dated: bool) -> None:
    (figure,) = aged_page(fact("a", period=period), key_figures=(TOTAL,)).context.key_figures

    assert (figure.age, figure.dated) == (age, is_dated)


def test_a_key_figure_past_its_shelf_life_beside_a_newer_one_does_not_call_itself_the_latest() -> None:
    facts = fact("a", period="2020"), fact("b", period="2026", basis="b-side")
    (figure,) = aged_page(*facts, key_figures=(TOTAL,)).context.key_figures

    assert (figure.age, figure.dated) == ("5 years old", True)


def test_what_has_no_shelf_life_does_not_age() -> None:
    (figure,) = aged_page(fact("a", metric="readers"), key_figures=(TOTAL,)).context.key_figures

    assert (figure.age, figure.dated) == ("", False)


def test_the_fact_table_says_which_figures_are_old_and_the_latest_there_are() -> None:
    rows = aged_page(fact("a", period="2019"), fact("b", period="2020")).context.facts

    assert [row.detail for row in rows] == ["", "latest available, 5 years old"]


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("{a} - {b}", "own calculation: US$5.08 billion − US$2 billion"),
        ("round({a} / {old}, 1)", "own calculation: US$5.08 billion (2022) ÷ US$1 billion (1992)"),
        ("round(({a} / {old} - 1) * 100)", "own calculation: (US$5.08 billion (2022) ÷ US$1 billion (1992) − 1) × 100"),
    ],
)
def test_an_own_calculation_shows_its_inputs(formula: str, printed: str) -> None:
    computed = fact("c", "3", metric="readers", source="", formula=formula)
    found = rows_of(fact("a"), fact("b", "2", source="S2", basis="b-side"), fact("old", "1", "1992"), computed)

    assert found[-1][1] == printed


def test_a_computed_claim_says_so_where_sources_disagree() -> None:
    sides = side("5000000000", fact_id="x"), side("6000000000", fact_id="y")
    conflict = Conflict("trade", "both", parse_period("2022"), sides)
    (found,) = page(fact("x", formula="{y} * 1"), fact("y"), conflicts=(conflict,)).context.disagreements

    assert [claim.basis.partition("; ")[2] or claim.basis for claim in found.claims] == ["own calculation", ""]


def test_a_table_and_a_chart_say_what_was_computed_and_carry_the_sources_of_its_inputs() -> None:
    inputs = readers(row("2021", "4"), row("2022", "6", "S3"))
    ratio = replace(readers(row("2021", "2", ""), row("2022", "3", ""), id_="ratio"), label="Ratio", formula="{readers} / 2")
    table = TableSpec("t", "Table", (LineSpec("ratio"),), place=Place("data/x/topic.toml", 9))
    text = '- A point.\n\n# One\n\n{{ table("t") }}\n'

    context = page(
        fact("a"), series=(inputs, ratio), tables=(table,), text=text,
        charts=(chart("c", series="ratio"),), planned={"c": planned("c")},
    ).context  # fmt: skip

    (shown,) = (block.table for section in context.sections for block in section.blocks if block.table)
    assert "Ratio: own calculation from Readers." in shown.notes
    assert context.lead is not None
    assert [mark.source for each in context.lead.credits for mark in each.marks] == ["S2", "S3"]


def test_a_claim_of_a_derived_series_says_that_it_was_computed_where_sources_disagree() -> None:
    computed = replace(readers(row("2022", "3", ""), id_="ratio"), metric="trade", entity="both", formula="{readers} / 2")
    sides = side("5000000000", fact_id="x"), side("6000000000", fact_id="", series="ratio", sources=())
    conflict = Conflict("trade", "both", parse_period("2022"), sides)

    (found,) = page(fact("x"), series=(computed,), conflicts=(conflict,)).context.disagreements

    assert [claim.basis for claim in found.claims] == ["", "own calculation"]


def test_prose_of_hardly_a_line_is_told_from_longer_prose_whatever_marks_it_bears() -> None:
    long = "Many words stand here, and more of them than one line of the page could ever hold, however narrow their letters may be."
    text = f'- A point.\n\n# One\n\n{{{{ fact("a") }}}} is all.\n\n# Two\n\n{long}\n'

    sections = page(fact("a"), text=text).context.sections

    assert [block.short for section in sections for block in section.blocks] == [True, False]
