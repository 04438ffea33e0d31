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
        ('subtitle = "Readers and loans"', "subtitle = 1", "toml.type", "subtitle: 1"),
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
        ('language = "en"', 'language = "english"', "language: 'english'"),
        ('language = "en"', 'language = "en"\ntitle_language = "e"', "title_language: 'e'"),
    ],
)
def test_a_fault_of_sources_toml_is_named(project: Path, old: str, new: str, said: str) -> None:
    edit(project / "data/sources.toml", old, new)

    assert said in found(project, "toml.value").found


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ('measure = "flow"', 'measure = "flows"', "toml.value", "measure: 'flows'"),
        ('unit = "loan"', 'unit = "lone"', "series.unit", "unit: 'lone'"),
        ('metric = "loans"', 'metric = "lones"', "series.metric", "metric: 'lones'"),
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
        ("{loans", "formula of 'loans_growth'"),
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

    assert found(project, "toml.unknown").cure == "Did you mean 'tagline'?"


@pytest.mark.parametrize("value", ["0", "-1", '"two"'])
def test_limits_are_whole_numbers_above_zero(project: Path, value: str) -> None:
    path = project / "briefing.toml"
    path.write_text(path.read_text() + f"\n[limits]\nseconds = {value}\n")

    assert [finding for finding in read(project).findings if "seconds" in finding.found]


def test_facts_know_how_they_are_used(project: Path) -> None:
    from generator.lists import list_facts

    uses = {row["id"]: row["use"] for row in list_facts(Workspace(project))}

    assert uses["readers.2024"] == "printed"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("normal", "estimated"), [("2024", "estimated")]),
        (("provisional", "normal"), [("2024", "provisional")]),
        (("low reliability", "estimated"), [("2024", "low reliability")]),
        (("break", "normal"), [("2024", "normal")]),
        (("normal", "break"), []),
    ],
)
def test_a_computed_growth_is_as_sure_as_its_inputs_and_none_across_a_break(
    project: Path, statuses: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    before, now = (f"{year},{value},loan,,STATS,{status},\n" for year, value, status in zip((2023, 2024), (4, 5), statuses, strict=True))
    head = "period,value,unit,basis,source,status,note\n"
    (project / "data/library/series/loans.csv").write_text(head + before + now, "utf-8")

    (growth,) = [each for each in read(project).topic("library").series if each.id == "loans_growth"]

    assert [(row.period.text, row.status) for row in growth.observations] == expected


def test_a_level_computed_at_a_break_is_a_break_and_a_qualified_input_makes_it_about(project: Path) -> None:
    edit(project / "data/library/series/loans_growth.toml", "round(({loans} / previous({loans}) - 1) * 100, 1)", "{loans} / {loans} * 100")
    edit(project / "data/library/series/loans.csv", "status,note\n2019,40000,loan,,STATS,,", "status,note,qualifier\n2019,40000,loan,,STATS,break,,more than")
    lines = (project / "data/library/series/loans.csv").read_text().split("\n")
    (project / "data/library/series/loans.csv").write_text("\n".join([*lines[:2], *(f"{line}," for line in lines[2:-1]), ""]))

    (growth,) = [each for each in read(project).topic("library").series if each.id == "loans_growth"]

    assert (growth.observations[0].status, growth.observations[0].qualifier) == ("break", "about")


def test_a_sum_without_document_is_refused(project: Path) -> None:
    edit(project / "data/sources.toml", 'document = "report.txt"\n', "")

    assert "stands without `document`" in found(project, "toml.value").found


@pytest.mark.parametrize(
    ("tag", "cure"), [("jp", "Did you mean 'ja'?"), ("esp", "Did you mean 'es'?"), ("french", "Did you mean 'fr'?"), ("xq", "No language has it.")]
)
def test_a_document_in_a_language_that_is_none_is_a_warning_with_the_one_meant(project: Path, tag: str, cure: str) -> None:
    edit(project / "data/sources.toml", 'language = "en"', f'language = "{tag}"')

    finding = found(project, "sources.language")

    assert (finding.severity, finding.cure) == ("warning", cure)
    assert f"language '{tag}'" in finding.found


def test_a_source_dated_after_the_day_of_the_check_is_an_error(project: Path) -> None:
    edit(project / "data/sources.toml", "accessed = 2025-02-01", "accessed = 2035-02-01")

    assert found(project, "sources.future").found == "accessed of 'REPORT' is 2035-02-01"
    earlier = learn(Workspace(project), ["library"], today=date(2025, 1, 1), as_of=date(2025, 1, 1))
    assert not [each for each in earlier.findings if each.rule == "sources.future"]


@pytest.mark.parametrize(
    ("file", "old", "new", "typed"),
    [
        ("vocabulary.toml", 'label = "Loans"', 'label = "Loans of 2024"', "2024"),
        ("vocabulary.toml", 'library = "City Library"', 'library = "Library 7"', "7"),
        ("vocabulary.toml", 'press = "press"', 'press = "3,000 papers"', "3,000"),
        ("library/series/loans.toml", 'label = "Loans"', 'label = "Loans 2010-2024"', "2010-2024"),
    ],
)
def test_a_number_typed_in_a_printed_label_is_an_error(project: Path, file: str, old: str, new: str, typed: str) -> None:
    edit(project / "data" / file, old, new)

    finding = found(project, "text.number")

    assert (finding.severity, finding.found.endswith(f"a typed number, '{typed}'")) == ("error", True)


def test_a_number_within_a_declared_name_is_no_typed_number(project: Path) -> None:
    vocabulary = project / "data/vocabulary.toml"
    edit(vocabulary, 'label = "Loans"', 'label = "Loans of X8151 over 5G after COVID-19"')
    edit(vocabulary, "[metrics.readers]", 'names = ["X8151", "5G", "COVID-19"]\n[metrics.readers]')

    assert list(read(project).findings) == []


def test_a_number_is_no_name(project: Path) -> None:
    edit(project / "data/vocabulary.toml", "[metrics.readers]", 'names = ["2024"]\n[metrics.readers]')

    finding = found(project, "vocabulary.name")

    assert (finding.found, finding.expected) == ("names: '2024'", "a name with letters")


@pytest.mark.parametrize(
    ("accent", "said"),
    [("#000", "'#000'"), ("#ffee00", "contrast of 1.20:1"), ("#777777", "contrast of 4.48:1")],
)
def test_an_accent_that_cannot_be_read_on_paper_is_refused(project: Path, accent: str, said: str) -> None:
    edit(project / TOPIC, "#0b5d7a", accent)

    assert any(said in each.found for each in read(project).findings)


@pytest.mark.parametrize(("name", "right"), [("My Clinics", "my-clinics"), ("Vélo & Été", "velo-ete")])
def test_a_folder_with_a_wrong_name_is_named_with_a_right_one(project: Path, name: str, right: str) -> None:
    (project / "data/library").rename(project / "data" / name)

    findings = learn(Workspace(project), [name], today=date(2025, 2, 3)).findings
    finding = next(each for each in findings if each.rule == "topic.folder")

    assert (finding.found, finding.cure) == (f"the folder is named '{name}'", f"Rename it {right}.")


def test_the_lock_of_an_office_program_is_no_stranger(project: Path) -> None:
    (project / "data/library/~$facts.xlsx").write_bytes(b"x")

    assert list(read(project).findings) == []


def test_the_cure_for_an_unknown_unit_is_a_key_that_toml_takes(project: Path) -> None:
    edit(project / "data/library/facts.csv", ",EUR,", ",°C,")

    assert '[units."°C"] with one = and other =' in found(project, "csv.unit").cure


@pytest.mark.parametrize(("sign", "unit"), [("%", "percent"), ("€", "EUR"), ("$", "USD"), ("percents", "percent")])
def test_a_sign_in_place_of_a_unit_brings_the_unit(project: Path, sign: str, unit: str) -> None:
    edit(project / "data/library/facts.csv", ",EUR,", f",{sign},")

    assert found(project, "csv.unit").cure.startswith(f"Did you mean '{unit}'? Or declare it in data/vocabulary.toml: [units.")


def test_an_unknown_unit_comes_with_those_there_are(project: Path) -> None:
    edit(project / "data/library/facts.csv", ",EUR,", ",clinic,")

    finding = found(project, "csv.unit")

    assert "percent, percentage point, times, year, date, text, reader, loan" in finding.expected
    assert "[units.clinic]" in finding.cure
