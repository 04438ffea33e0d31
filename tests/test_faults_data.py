"""FAULTS.csv, area data: each case provoked in a whole workspace, with the outcome it must have."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from generator.formula import FormulaError, evaluate, evaluate_series
from generator.knowledge import learn
from generator.model import Finding
from generator.periods import parse_period
from generator.workspace import Workspace

FACTS = "data/library/facts.csv"
LOANS = "data/library/series/loans.csv"


def problems(project: Path) -> list[Finding]:
    """Return what reading and checking find in a workspace."""
    return list(learn(Workspace(project), ["library"], today=date(2025, 2, 3)).findings)


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def only(found: list[Finding], rule: str) -> Finding:
    """Return the one finding of a rule."""
    matching = [finding for finding in found if finding.rule == rule]
    assert len(matching) == 1, [str(finding) for finding in found]
    return matching[0]


def test_the_untouched_workspace_has_no_problem(project: Path) -> None:
    assert problems(project) == []


def test_c01_byte_order_mark_and_mixed_line_ends_are_accepted(project: Path) -> None:
    path = project / LOANS
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\xef\xbb\xbf" + lines[0] + b"\r\n" + b"\n".join(lines[1:]))

    assert problems(project) == []


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-16", "it looks like utf-16"), ("latin-1", "it looks like latin-1")]
)
def test_c01_another_encoding_is_refused_with_offset_guess_and_cure(project: Path, encoding: str, said: str) -> None:
    path = project / LOANS
    path.write_bytes(path.read_text().replace("closed", "closé").encode(encoding))

    finding = only(problems(project), "file.encoding")

    assert said in finding.found
    assert "offset" in finding.found
    assert "iconv" in finding.cure


def test_c02_mojibake_is_named_with_line_and_column(project: Path) -> None:
    edit(project / LOANS, "closed", "cafÃ© closed")

    finding = only(problems(project), "file.mojibake")

    assert finding.place.line == 3
    assert "column" in finding.found


def test_c03_a_row_longer_than_the_head_is_an_error_with_its_line(project: Path) -> None:
    edit(project / LOANS, "2021,25500,loan,,STATS,,", "2021,25,500,loan,,STATS,,")

    finding = only(problems(project), "csv.row-length")

    assert (finding.place.file, finding.place.line) == (LOANS, 4)
    assert finding.found == "8 fields, the head has 7"


def test_c03_what_misses_the_fact_of_a_row_that_is_too_long_follows_from_it(project: Path) -> None:
    facts = project / "data/library/facts.csv"
    id_ = facts.read_text().splitlines()[1].partition(",")[0]
    edit(facts, f"{id_},", f"{id_},,")

    found = problems(project)

    assert only(found, "csv.row-length").found.startswith(f"fact '{id_}': 17 fields")
    assert not [each for each in found if f"no fact '{id_}'" in each.found]


def test_c04_a_short_row_is_an_error_with_its_line(project: Path) -> None:
    edit(project / LOANS, "2021,25500,loan,,STATS,,", "2021,25500")

    assert only(problems(project), "csv.row-length").place.line == 4


def test_c04_a_file_cut_in_the_middle_of_a_number_is_refused(project: Path) -> None:
    path = project / LOANS
    path.write_text(path.read_text().split("43000,loan")[0] + "43,loan,,STATS,provisional,")

    finding = only(problems(project), "csv.cut")

    assert finding.severity == "error"


def test_c05_a_column_that_stands_twice_is_named(project: Path) -> None:
    edit(project / LOANS, "period,value,unit,basis,source,status,note", "period,value,unit,value,source,status,note")

    assert "'value' stands 2 times" in only(problems(project), "csv.column-twice").found


def test_c05_two_rows_of_one_key_name_both_lines(project: Path) -> None:
    edit(project / LOANS, "2020,18000", "2019,18000")

    finding = only(problems(project), "series.row-twice")

    assert (finding.place.line, "line 2" in finding.found) == (3, True)


def test_c05_two_facts_of_one_id_name_both_lines(project: Path) -> None:
    edit(project / FACTS, "room.opening", "room.cost")

    assert f"{FACTS}:5" in only(problems(project), "facts.id-twice").found


@pytest.mark.parametrize("word", ["NA", "None", "null", "nan", "N/A"])
def test_c06_words_for_nothing_stay_text_and_are_no_missing_value(project: Path, word: str) -> None:
    edit(project / LOANS, "closed for four months", word)
    workspace = Workspace(project)

    known = learn(workspace, ["library"], today=date(2025, 2, 3))

    row = next(row for row in known.topics[0].series[0].observations if row.period.text == "2020")
    assert row.note == word


@pytest.mark.parametrize(
    "value", ["00123", "1e5", "2E3", '"1.234,56"', '"1,234"', "1 234", "+5", "NA", "None", "0x10", "１２３", "--5", "5."]
)
def test_c07_a_value_that_is_no_plain_number_is_refused_and_never_guessed(project: Path, value: str) -> None:
    edit(project / LOANS, "2021,25500", f"2021,{value}")

    finding = only(problems(project), "csv.number")

    assert (finding.place.line, value.strip('"') in finding.found) == (4, True)


def test_c07_a_large_whole_number_keeps_every_digit(project: Path) -> None:
    edit(project / LOANS, "2021,25500", "2021,9007199254740993")

    known = learn(Workspace(project), ["library"], today=date(2025, 2, 3))

    assert "9007199254740993" in {str(row.value) for row in known.topics[0].series[0].observations}


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999", "NaN"])
def test_c08_infinities_and_nan_never_enter(project: Path, value: str) -> None:
    edit(project / LOANS, "2021,25500", f"2021,{value}")

    assert only(problems(project), "csv.number").severity == "error"


def test_c08_the_sum_of_missing_values_is_missing_and_not_zero() -> None:
    year = parse_period("2022")

    assert evaluate_series("{a} + {b}", {"a": [(year, None)], "b": [(year, None)]}) == ((year, None),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<!DOCTYPE html>\n<title>502 Bad Gateway</title>\n", "HTML"),
        ('{"error": "rate limit"}\n', "JSON"),
        ("<?xml version='1.0'?><e/>\n", "HTML"),
    ],
)
def test_c10_an_error_page_in_place_of_data_is_recognised(project: Path, content: str, said: str) -> None:
    (project / LOANS).write_text(content)

    assert said in only(problems(project), "csv.not-csv").found


@pytest.mark.parametrize("content", ["", "\n\n", "period,value,unit,basis,source,status,note\n"])
def test_c11_an_empty_or_headless_table_is_an_error(project: Path, content: str) -> None:
    (project / LOANS).write_text(content)

    assert only(problems(project), "csv.empty").place.file == LOANS


@pytest.mark.parametrize("name", ["loans.xlsx", "loans.pkl", "loans.joblib", "loans.npy", "loans.parquet", "loans.xls"])
def test_c14_c18_workbooks_and_pickles_are_refused_unread(project: Path, name: str) -> None:
    trap = project / "pwned"
    payload = f"cos\nsystem\n(S'touch {trap}'\ntR."
    (project / "data/library" / name).write_text(payload)

    finding = only(problems(project), "topic.stranger")

    assert finding.place.file == f"data/library/{name}"
    assert not trap.exists()


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('touch pwned')",
        "{readers.2024}.__class__",
        "(lambda: 1)()",
        "[1, 2][0]",
        "{readers.2024} ** 999999999",
        "open('/etc/passwd')",
        "@pd.io.common.os.system('touch pwned')",
        "1 if 1 else 2",
    ],
)
def test_c19_a_formula_can_do_arithmetic_and_nothing_else(
    project: Path, formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)

    with pytest.raises(FormulaError):
        evaluate(formula, {})

    assert not (project / "pwned").exists()


@pytest.mark.parametrize(
    "trap",
    [
        lambda path: path.symlink_to("/etc/hostname"),
        Path.mkdir,
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
    ],
    ids=["link out of the workspace", "folder", "pipe", "device"],
)
def test_c20_only_regular_files_inside_the_workspace_are_read(project: Path, trap: Callable[[Path], None]) -> None:
    (project / LOANS).unlink()
    trap(project / LOANS)

    finding = only(problems(project), "file.outside")

    assert finding.place.file == LOANS


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\ufffe", "\u202e", "\u2066"])
def test_a20_a21_control_and_direction_characters_are_refused_at_load(project: Path, character: str) -> None:
    edit(project / LOANS, "closed", f"clo{character}sed")

    finding = only(problems(project), "file.character")

    assert f"U+{ord(character):04X}" in finding.found
    assert (finding.place.line, "column" in finding.found) == (3, True)


def test_every_problem_of_every_file_is_listed_at_once(project: Path) -> None:
    edit(project / LOANS, "2021,25500", "2021,many")
    edit(project / FACTS, "readers,library,2024,12500", "raeders,library,2024,12500")
    edit(project / "data/sources.toml", 'kind = "dataset"', 'kind = "databse"')
    edit(project / "data/vocabulary.toml", 'tolerance = "1%"', 'tolerence = "1%"')

    rules = {finding.rule for finding in problems(project)}

    assert {"csv.number", "csv.metric", "toml.value", "toml.unknown"} <= rules


def test_a_misspelt_metric_gets_the_nearest_one_as_cure(project: Path) -> None:
    edit(project / FACTS, "readers,library,2024,12500", "raeders,library,2024,12500")

    assert only(problems(project), "csv.metric").cure == "Did you mean 'readers'?"
