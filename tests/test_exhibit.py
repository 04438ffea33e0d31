"""`briefing show`: an edition's record in brief, and every numeral with the fact, value and source it comes from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator import pipeline
from generator.errors import ArchiveError, UsageError
from generator.exhibit import show_edition
from generator.traces import KINDS
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PROJECT = Path(__file__).resolve().parent / "project"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with one edition; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    (outcome,) = pipeline.build(Workspace(folder), pipeline.Request())
    assert outcome.state == "built", outcome
    return folder


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_an_edition_is_shown_in_brief(built: Path) -> None:
    exhibit = show_edition(Workspace(built), "library")

    lines = exhibit.lines
    assert lines[0] == f"library/{exhibit.edition.id}: edition 1 of {exhibit.edition.date}, whole"
    assert lines[1].startswith(f"  en: library-{exhibit.edition.id}.en.pdf, 3 pages, ")
    assert "  prints 6 facts, 3 series, 3 sources" in lines
    assert any(line.startswith(f"  en: {len(exhibit.numbers)} numerals: ") and " fact" in line for line in lines)


@pytest.mark.parametrize("name", ["library", "library/{id}", "reports/library/{id}/"])
def test_an_edition_is_named_by_its_topic_or_its_folder(built: Path, name: str) -> None:
    newest = show_edition(Workspace(built), "library").edition

    assert show_edition(Workspace(built), name.format(id=newest.id)).edition == newest


def test_every_number_tells_its_fact_value_and_source(built: Path) -> None:
    numbers = show_edition(Workspace(built), "library").numbers

    told = {(each.numeral, each.kind, each.of, each.value, each.sources) for each in numbers if each.page == 1}
    assert ("12,500", "fact", "readers.2024", "12500 reader", ("REPORT",)) in told
    assert ("43,000", "observation", "loans 2024", "43000 loan", ("STATS",)) in told
    assert ("2024", "observation-period", "loans 2024", "2024", ("STATS",)) in told
    assert {each.kind for each in numbers} <= KINDS.keys()
    assert all(each.meaning for each in numbers)


def test_a_computed_fact_tells_its_formula(built: Path) -> None:
    numbers = show_edition(Workspace(built), "library").numbers

    (computed,) = {each.value for each in numbers if (each.kind, each.of) == ("fact", "readers.per.euro")}
    assert computed == "about 0.962 times = round({readers.2024} / {readers.2024.press}, 3)"


def test_a_page_that_the_edition_has_not_is_refused_with_its_last(built: Path) -> None:
    result = run("show", "library", "--page", "99", cwd=built)

    assert (result.returncode, result.stdout) == (2, "")
    assert "no page 99" in result.stderr
    assert "The last page with a number is" in result.stderr


def test_the_command_lists_the_numbers_of_a_page(built: Path) -> None:
    result = run("show", "library", "--page", "1", cwd=built)

    assert result.returncode == 0, result.stderr
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["LANGUAGE", "PAGE", "NUMERAL", "KIND", "OF", "VALUE", "SOURCES", "LAYOUT"]
    assert any(row.split()[:5] == ["en", "1", "12,500", "fact", "readers.2024"] and row.split()[-2:] == ["REPORT", "full"] for row in rows)
    assert all(row.split()[1] == "1" for row in rows)


def test_the_command_answers_machines(built: Path) -> None:
    record = json.loads(run("show", "library", "--json", cwd=built).stdout)
    numbers = json.loads(run("show", "library", "--numbers", "--json", cwd=built).stdout)

    assert (record["topic"], record["damage"], record["trace"]["name"]) == ("library", "", "trace.json")
    assert {"language", "page", "numeral", "kind", "of", "value", "sources", "area", "layout"} == set(numbers[0])
    assert {number["page"] for number in numbers} == {1, 2, 3}


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [("libary", "no edition of 'libary'", "Did you mean 'library'"), ("library/2000-01-01.1", "no edition '2000-01-01.1'", "Did you mean '2025-02-03.1'")],
)
def test_a_wrong_name_is_answered_with_the_right_one(built: Path, name: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        show_edition(Workspace(built), name)

    assert hint in caught.value.hint


def test_without_an_archive_the_user_is_told_to_build(project: Path) -> None:
    with pytest.raises(UsageError) as caught:
        show_edition(Workspace(project), "library")

    assert caught.value.hint == "Build one: briefing build."


def test_a_changed_trace_is_damage(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    (path,) = folder.glob("reports/library/*/trace.json")
    path.write_text(path.read_text("utf-8").replace('"12,500"', '"12,501"'), "utf-8")

    result = run("show", "library", cwd=folder)

    assert result.returncode == 1
    assert "trace.json has changed" in result.stdout


def test_a_trace_that_cannot_be_read_is_told(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    (path,) = folder.glob("reports/library/*/trace.json")
    path.write_text("{}", "utf-8")

    with pytest.raises(ArchiveError, match="the trace cannot be read"):
        show_edition(Workspace(folder), "library")


def test_an_edition_of_before_has_no_trace_and_is_shown(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    (path,) = folder.glob("reports/library/*/record.json")
    record = json.loads(path.read_text("utf-8"))
    del record["trace"]
    path.write_text(json.dumps(record), "utf-8")

    exhibit = show_edition(Workspace(folder), "library")

    assert (exhibit.numbers, exhibit.damage) == ((), "")
    assert "  no trace of its numerals: it was made before they were kept" in exhibit.lines
