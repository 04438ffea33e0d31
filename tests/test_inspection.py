"""The whole workspace looked through: a large one, invented, is sound, and ten times more is ten times the work."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from effort import calls_in
from large_workspace import Size, write

from generator.inspection import look_through
from generator.workspace import Workspace

TODAY = date(2025, 3, 1)


@pytest.mark.slow
def test_every_fact_of_the_large_workspace_stands_and_every_anchor_is_looked_up(tmp_path: Path) -> None:
    write(tmp_path, Size(1000, 40))

    findings, counts = look_through(Workspace(tmp_path), TODAY)

    assert {finding.rule for finding in findings} <= {"coverage.open"}
    assert (counts["errors"], counts["warnings"]) == (0, 0)
    assert (counts["topics"], counts["facts"]) == (2, 1000)
    assert counts["checked in their documents"] + counts["derived"] == 1000
    assert counts["derived"] < 50


def test_a_document_of_the_large_workspace_that_loses_its_words_is_told(tmp_path: Path) -> None:
    write(tmp_path, Size(100, 10))
    path = tmp_path / "data/area0/facts.csv"
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    for row in rows[1:]:
        if row[10]:
            row[10] = "x" + row[10]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)

    findings, _ = look_through(Workspace(tmp_path), TODAY)

    told = [finding for finding in findings if finding.rule == "evidence.anchor-not-found"]
    assert len(told) == sum(bool(row[10]) for row in rows[1:])


def test_the_large_workspace_is_the_same_on_every_machine(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write(tmp_path / name, Size(200, 20))

    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]

    assert len(files) > 20
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes() for file in files)


@cache
def effort(size: Size) -> int:
    with TemporaryDirectory() as folder:
        workspace = write(Path(folder) / "large", size)
        return calls_in(lambda: look_through(Workspace(workspace), TODAY))


@pytest.mark.slow
def test_a_fact_more_is_the_same_work_however_many_there_are() -> None:
    effort(Size(130, 10))  # what is loaded or compiled once is so now
    one, two, four = (effort(Size(520 * times, 15 * times)) for times in (1, 2, 4))

    assert (four - two) / 2 <= 1.1 * (two - one)


@pytest.mark.slow
def test_ten_times_the_text_is_at_most_eleven_times_the_work() -> None:
    effort(Size(130, 10))

    assert effort(Size(65, 10, 10)) <= 11 * effort(Size(65, 10))
