"""`briefing diff`: two editions side by side, named or by their record files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from workspaces import PaperShop, branches, edit

import generator
from generator import pipeline
from generator.errors import ArchiveError, UsageError
from generator.pipeline import Request
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
FACTS = "data/north/facts.csv"


def build(folder: Path) -> None:
    moment = datetime(2025, 2, 5, 12, tzinfo=UTC)
    for outcome in pipeline.build(Workspace(folder), Request(), now=moment, shop=PaperShop()):  # type: ignore[arg-type]
        assert outcome.state != "failed", outcome


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with three editions of one topic and one of another; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("kept") / "w"
    branches(folder, ("north", "south"), ("en", "de"))
    build(folder)
    edit(folder / FACTS, "2024,1001,", "2024,1009,")
    edit(folder / "data/north/series/north_loans.csv", "2018,2019,", "2018,2010,")
    build(folder)
    edit(folder / "data/north/text.de.md", "Loans rose", "Loans fell")
    build(folder)
    return folder


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", "diff", *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_two_editions_are_told_apart_figure_by_figure(kept: Path) -> None:
    result = run("north/2025-02-03.1", "north/2025-02-03.2", cwd=kept)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "north/2025-02-03.1 -> north/2025-02-03.2",
        "Revised",
        "  Readers of north, 2024: 1,001 readers -> 1,009 readers  [north.readers]",
        "  Loans of north, 2018: 2,019 readers -> 2,010 readers  [north_loans 2018]",
    ]


def test_one_edition_is_compared_with_the_one_before_it(kept: Path) -> None:
    lines = run("north", cwd=kept).stdout.splitlines()

    assert lines == ["north/2025-02-03.2 -> north/2025-02-03.3", "No figure has changed; what differs is wording."]


def test_what_differs_is_told_backwards_and_in_a_language(kept: Path) -> None:
    lines = run("north/2025-02-03.3", "north/2025-02-03.1", "--lang", "de", cwd=kept).stdout.splitlines()

    assert lines[2] == "  Readers of north, 2024: 1.009 readers -> 1.001 readers  [north.readers]"


def test_machines_get_values_with_their_units_and_sources(kept: Path) -> None:
    told = json.loads(run("north/2025-02-03.1", "north/2025-02-03.2", "--json", cwd=kept).stdout)

    first = told["differences"][0]
    assert (told["topic"], told["before"], told["aspects"]) == ("north", "2025-02-03.1", ["text"])
    assert (first["kind"], first["before"][0]["value"], first["after"][0]["value"]) == ("revised", "1001", "1009")
    assert (first["after"][0]["unit"], first["after"][0]["source"]) == ("reader", "NORTH")


def test_records_from_anywhere_are_compared_and_the_topic_may_be_gone(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "w")
    for number in "12":
        record = tmp_path / "w/reports/north" / f"2025-02-03.{number}" / "record.json"
        record.rename(tmp_path / f"{number}.json")
    shutil.rmtree(tmp_path / "w/data/north")

    found = generator.diff(Workspace(tmp_path / "w"), str(tmp_path / "1.json"), str(tmp_path / "2.json"))

    assert [each.kind for each in found.differences] == ["revised", "revised"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nroth",), "Did you mean 'north'?"),
        (("north/2025-02-03.9",), "no edition '2025-02-03.9'"),
        (("north", "south"), "an edition of 'north' and one of 'south'"),
        (("south",), "no edition before it"),
        (("north/2025-02-03.1",), "no edition before it"),
        (("gone.json", "north"), "no file 'gone.json'"),
        (("north", "--lang", "fr"), "no page in 'fr'"),
        (("north/2025-02-03.2", "north", "--lang", "en"), "no page in 'en'"),
    ],
)
def test_wrong_use_ends_with_2_and_the_cure(kept: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments, cwd=kept)

    assert result.returncode == 2, result.stdout
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"topic": "north"}', "\x00", '{"topic": "north", "edition": "1", "date": "x"}'])
def test_what_is_no_record_is_refused(kept: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text, "utf-8")

    with pytest.raises(ArchiveError):
        generator.diff(Workspace(kept), str(tmp_path / "x.json"), "north")


def test_a_record_of_another_topic_is_refused(kept: Path) -> None:
    with pytest.raises(UsageError, match="of 'south'"):
        generator.diff(Workspace(kept), "south", "north")
