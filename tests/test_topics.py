"""Vocabulary, sources, series and topics: what is wrong in their files is said with line and cure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from generator.knowledge import Knowledge, learn
from generator.model import Finding
from generator.series import frame
from generator.workspace import Workspace

TOPIC = "data/library/topic.toml"


def read(project: Path) -> Knowledge:
    return learn(Workspace(project), ["library"], today=date(2025, 2, 3))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def found(project: Path, rule: str) -> Finding:
    findings = read(project).findings
    matching = [finding for finding in findings if finding.rule == rule]
    assert matching, [str(finding) for finding in findings]
    return matching[0]


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ('accent = "#0b5d7a"', 'accent = "blue"', "toml.value", "accent: 'blue'"),
        ('title = "City Library"', "", "toml.missing", "title: is missing"),
        ("order = 1", 'order = "first"', "toml.type", "order: 'first'"),
        ('series = "loans", label = "Loans" }]', 'series = "loan", label = "Loans" }]', "topic.series", "no series 'loan'"),
        ('basis = "own", label', 'basis = "won", label', "topic.basis", "no basis 'won'"),
        ('fact = "room.cost"', 'fact = "room.price"', "topic.fact", "no fact 'room.price'"),
        ('id = "readers"', 'id = "loans"', "topic.id-twice", "id 'loans' stands at line"),
        ('id = "readers"', 'id = "Read ers"', "toml.value", "'Read ers'"),
        ('lines = [{ series = "loans", label = "Loans" }]', "lines = []", "toml.value", "lines: is empty"),
        ('kind = "line"', 'kind = "line"\nsince = "last year"', "toml.value", "since: 'last year'"),
        ('kind = "line"', 'kind = "line"\nscale = "milion"', "toml.value", "scale: 'milion'"),
        ('kind = "line"', 'kind = "line"\nevents = [{ fact = "x", label = "y" }]', "topic.fact", "no fact 'x'"),
        ('fact = "room.cost"', "", "toml.missing", "key_figures[2].fact: is missing"),
    ],
)  # fmt: skip
def test_a_fault_of_topic_toml_is_named(project: Path, old: str, new: str, rule: str, said: str) -> None:
    edit(project / TOPIC, old, new)

    finding = found(project, rule)

    assert (finding.place.file, said in finding.found) == (TOPIC, True), str(finding)
    assert finding.place.line > 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "dataset"', 'kind = "databse"', "kind: 'databse'"),
        ('published = "2025-01-15"', 'published = "15.1.2025"', "published: '15.1.2025'"),
        ("accessed = 2025-02-03", 'accessed = "soon"', "accessed: 'soon'"),
        ('url = "https://stats.example/libraries"', 'url = "javascript:alert(1)"', "url: 'javascript:alert(1)'"),
        ('document = "report.txt"', 'document = "../report.txt"', "document: '../report.txt'"),
        ('sha256 = "', 'sha256 = "zz', "sha256: 'zz"),
        ('language = "en"', "", "language: is missing"),
    ],
)
def test_a_fault_of_sources_toml_is_named(project: Path, old: str, new: str, said: str) -> None:
    edit(project / "data/sources.toml", old, new)

    assert said in found(project, "toml.value").found


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ('measure = "flow"', 'measure = "flows"', "toml.value", "measure: 'flows'"),
        ('unit = "loan"', 'unit = "lone"', "toml.value", "unit: 'lone'"),
        ('metric = "loans"', 'metric = "lones"', "toml.value", "metric: 'lones'"),
    ],
)
def test_a_fault_of_a_sidecar_is_named(project: Path, old: str, new: str, rule: str, said: str) -> None:
    edit(project / "data/library/series/loans.toml", old, new)

    assert said in found(project, rule).found


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ("2021,25500,loan", "2021,25500,reader", "csv.unit", "unit 'reader'"),
        ("2021,25500,loan,,STATS", "2021,25500,loan,,STAT", "csv.source", "source 'STAT'"),
        ("2021,25500,loan,,", "2021,25500,loan,press-x,", "csv.basis", "basis 'press-x'"),
        ("2021,25500", "21,25500", "csv.period", "period '21'"),
        ("STATS,provisional", "STATS,prelim", "csv.choice", "status 'prelim'"),
        ("STATS,provisional", "fact:readers.2024,provisional", "series.value-and-fact", "value '43000' beside the fact"),
        ("2024,43000,loan,,STATS", "2024,,loan,,fact:no.such", "series.fact", "no fact 'no.such'"),
        ("2024,43000,loan,,STATS", "2024,,loan,,fact:room.cost", "series.fact", "fact 'room.cost' is in EUR"),
    ],
)
def test_a_fault_of_a_series_is_named(project: Path, old: str, new: str, rule: str, said: str) -> None:
    edit(project / "data/library/series/loans.csv", old, new)

    assert said in found(project, rule).found


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("{lones} * 2", "no series 'lones'"),
        ("{loans_growth} + 1", "go in a circle"),
        ("{loans} * ", "formula"),
        ("{loans} / 0", "formula of 'loans_growth'"),
    ],
)
def test_a_wrong_formula_of_a_series_is_named(project: Path, formula: str, said: str) -> None:
    path = project / "data/library/series/loans_growth.toml"
    edit(path, "round(({loans} / previous({loans}) - 1) * 100, 1)", formula)

    assert said in found(project, "series.formula").found


def test_a_derived_series_beside_a_table_is_refused(project: Path) -> None:
    (project / "data/library/series/loans_growth.csv").write_text("period,value\n")

    assert found(project, "series.formula-and-table").place.file.endswith("loans_growth.csv")


def test_a_derived_series_has_no_value_where_a_period_before_is_missing(project: Path) -> None:
    growth = next(item for item in read(project).topics[0].series if item.id == "loans_growth")

    assert [(row.period.text, row.value) for row in growth.observations] == [
        ("2020", Decimal("-55.0")), ("2021", Decimal("41.7")), ("2024", Decimal("4.2")),
    ]  # fmt: skip


def test_a_row_that_points_at_a_fact_takes_its_value_source_and_rank(project: Path) -> None:
    readers = next(item for item in read(project).topics[0].series if item.id == "readers")

    row = readers.observations[-1]

    assert (row.value, row.source, row.rank) == (Decimal(12500), "REPORT", "preferred")


def test_a_series_is_a_pandas_table_with_missing_values_missing(project: Path) -> None:
    loans = next(item for item in read(project).topics[0].series if item.id == "loans")

    table = frame(loans)

    assert list(table["period"]) == ["2019", "2020", "2021", "2022", "2023", "2024"]
    assert table["value"].isna().tolist() == [False, False, False, True, False, False]
    assert table["value"].sum() == 167750.0


def test_a_misspelt_key_of_briefing_toml_is_named(project: Path) -> None:
    edit(project / "briefing.toml", "tagline", "tagine")

    assert found(project, "toml.unknown").cure == "did you mean 'tagline'?"


@pytest.mark.parametrize("value", ["0", "-1", '"two"'])
def test_limits_are_whole_numbers_above_zero(project: Path, value: str) -> None:
    path = project / "briefing.toml"
    path.write_text(path.read_text() + f"\n[limits]\nseconds = {value}\n")

    assert [finding for finding in read(project).findings if "seconds" in finding.found]


def test_facts_know_how_they_are_used(project: Path) -> None:
    from generator.lists import list_facts

    uses = {row["id"]: row["use"] for row in list_facts(Workspace(project))}

    assert uses["readers.2024"] == "printed"
