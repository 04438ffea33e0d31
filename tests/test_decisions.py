"""Decisions: what is accepted becomes facts that are checked, what is rejected is set aside, all of it or nothing."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_ingestion import REPORT, TODAY, ingest, tree

import generator
from generator.decisions import Decided
from generator.errors import UsageError, WorkspaceError
from generator.knowledge import learn
from generator.provenance import Description
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAID = Description("R25", "City Library", "Report", "2026-01-15", "", "en", "CC0")
Rows = dict[str, dict[str, str]]


def rows(root: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((root / "data/candidates.csv").read_text("utf-8-sig"))))


def edit(root: Path, **changes: dict[str, str]) -> None:
    """Write cells into the rows whose metric is named."""
    table = rows(root)
    for row in table:
        row.update(changes.get(row["metric"], {}))
    target = io.StringIO()
    writer = csv.DictWriter(target, table[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    (root / "data/candidates.csv").write_text(target.getvalue(), "utf-8")


def accept(root: Path) -> Decided:
    return generator.accept(Workspace(root), today=TODAY)


@pytest.fixture
def reviewed(project: Path, tmp_path: Path) -> Path:
    """Return a workspace with four candidates, two accepted, one rejected."""
    (tmp_path / "report-2025.txt").write_text(REPORT, "utf-8")
    ingest(project, tmp_path / "report-2025.txt", SAID)
    edit(
        project, readers={"accept": "yes", "basis": "own"}, reader_growth={"accept": "Y"},
        room_cost={"accept": "no", "reason": "Not about the reading room."},
    )  # fmt: skip
    return project


def problems(root: Path) -> list[str]:
    return [str(each) for each in learn(Workspace(root), ["library"], today=TODAY).findings if each.severity != "note"]


# --- what is moved --------------------------------------------------------------------------------


def test_what_is_accepted_becomes_facts_at_the_end_of_their_table(reviewed: Path) -> None:
    before = (reviewed / "data/library/facts.csv").read_bytes()

    decided = accept(reviewed)

    assert decided.facts == (("library", "readers.2025"), ("library", "reader.growth.2025"))
    assert (decided.rejected, decided.waiting, decided.findings) == (1, 1, ())
    after = (reviewed / "data/library/facts.csv").read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].decode().splitlines() == [
        'readers.2025,readers,library,2025,13100,,reader,,own,R25,"In 2025 the library had 13,100 readers",normal,,,,',
        "reader.growth.2025,reader_growth,library,2025,4.8,,percent,,,R25,up 4.8% on the year before,normal,,,,",
    ]
    assert problems(reviewed) == []


def test_what_is_rejected_is_set_aside_with_its_reason_and_the_rest_waits(reviewed: Path) -> None:
    before = (reviewed / "data/set-aside.csv").read_bytes()

    accept(reviewed)

    after = (reviewed / "data/set-aside.csv").read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].decode() == "R25,0.2 million euros,,Not about the reading room.\n"
    assert [(row["metric"], row["accept"]) for row in rows(reviewed)] == [("loans", "")]


def test_a_rejection_without_a_reason_has_one(reviewed: Path) -> None:
    edit(reviewed, room_cost={"reason": ""})

    accept(reviewed)

    assert (reviewed / "data/set-aside.csv").read_text("utf-8").endswith(",,Looked at and left out.\n")


def test_what_was_decided_is_never_proposed_again(reviewed: Path, tmp_path: Path) -> None:
    accept(reviewed)
    before = tree(reviewed)

    again = ingest(reviewed, tmp_path / "report-2025.txt")

    assert (again.candidates, again.waiting) == ((), 1)
    assert tree(reviewed) == before


def test_a_second_acceptance_changes_nothing(reviewed: Path) -> None:
    accept(reviewed)
    before = tree(reviewed)

    assert accept(reviewed) == Decided(waiting=1)
    assert tree(reviewed) == before


def test_when_all_is_decided_nothing_waits(reviewed: Path) -> None:
    edit(reviewed, loans={"accept": "no"})

    accept(reviewed)

    assert rows(reviewed) == []
    assert generator.list_candidates(Workspace(reviewed)) == ()
    assert accept(reviewed) == Decided()


def test_without_a_review_file_there_is_nothing_to_accept(project: Path) -> None:
    assert accept(project) == Decided()


def test_undecided_rows_keep_their_bytes(reviewed: Path) -> None:
    text = (reviewed / "data/candidates.csv").read_text("utf-8")
    kept = next(line for line in text.splitlines(keepends=True) if ",loans," in line)

    accept(reviewed)

    assert (reviewed / "data/candidates.csv").read_text("utf-8") == text.splitlines(keepends=True)[0] + kept


def test_a_table_keeps_its_columns_order_and_line_ends(reviewed: Path) -> None:
    facts = reviewed / "data/library/facts.csv"
    table = list(csv.reader(io.StringIO(facts.read_text("utf-8"))))
    target = io.StringIO()
    csv.writer(target, lineterminator="\r\n").writerows([row[::-1] for row in table])
    facts.write_bytes(target.getvalue().encode())

    accept(reviewed)

    assert facts.read_bytes().startswith(target.getvalue().encode())
    assert facts.read_bytes().endswith(b",percent,,4.8,2025,library,reader_growth,reader.growth.2025\r\n")
    assert problems(reviewed) == []


def test_an_id_is_the_reviewers_or_made_from_metric_and_period_and_free(reviewed: Path) -> None:
    edit(reviewed, readers={"id": "readers.now"}, reader_growth={"metric": "readers", "unit": "percent", "period": "2024"})

    assert accept(reviewed).facts == (("library", "readers.now"), ("library", "readers.2024.r25"))


def test_ids_that_are_taken_get_the_source_and_a_number(project: Path, tmp_path: Path) -> None:
    text = "Loans rose to 51,300 in 2025. In the same year 2025 the branch counted 4,100 loans, and its van 2,200 loans.\n"
    (tmp_path / "a.txt").write_text(text)
    ingest(project, tmp_path / "a.txt", SAID)
    edit(project, loans={"accept": "yes", "metric": "loans", "topic": "library", "entity": "library", "basis": "own"})
    table = rows(project)
    bases = ["own", "press", ""]
    text = (project / "data/candidates.csv").read_text("utf-8")
    for row, basis in zip(table, bases, strict=True):
        text = text.replace(row["anchor"], row["anchor"]).replace(f",own,{row['source']},{_cell(row['anchor'])}", f",{basis},{row['source']},{_cell(row['anchor'])}")
    (project / "data/candidates.csv").write_text(text.replace(",normal,,,,", ",normal,,Counted apart.,,"), "utf-8")

    ids = [id_ for _, id_ in accept(project).facts]

    assert ids == ["loans.2025", "loans.2025.r25", "loans.2025.r25.2"]


def _cell(text: str) -> str:
    return f'"{text}"' if "," in text else text


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"readers": {"metric": "raeders"}}, 2, "metric 'raeders'; expected an id that data/vocabulary.toml declares. Did you mean 'readers'?"),
        ({"readers": {"entity": ""}}, 2, "entity ''"),
        ({"readers": {"unit": ""}}, 2, "unit ''"),
        ({"readers": {"period": "last year"}}, 2, "period 'last year'"),
        ({"readers": {"value": "13,100"}}, 2, "value '13,100'"),
        ({"readers": {"value": "13200"}}, 2, "holds 2025, 13100 reader; expected 13200 reader"),
        ({"readers": {"unit": "loan"}}, 2, "expected 13100 loan"),
        ({"readers": {"anchor": "the library had 13,100 readers in 2025"}}, 2, "does not stand in report-2025.txt"),
        ({"readers": {"anchor": ""}}, 2, "has no anchor"),
        ({"readers": {"id": "readers.2024"}}, 2, "id 'readers.2024' stands at data/library/facts.csv:2 too"),
        ({"readers": {"id": "Readers 2025"}}, 2, "id 'Readers 2025'"),
        ({"readers": {"topic": ""}}, 2, "topic ''; expected a topic. One of: 'library'."),
        ({"readers": {"topic": "libary"}}, 2, "topic 'libary'; expected a topic. Did you mean 'library'?"),
        ({"readers": {"source": "R26"}}, 2, "source 'R26'"),
        ({"readers": {"accept": "maybe"}}, 2, "accept 'maybe'"),
        ({"readers": {"rank": "best"}}, 2, "rank 'best'"),
        ({"readers": {"period": "2024"}}, 2, "13100 reader (basis own) and ranks below 'readers.2024'"),
        ({"reader_growth": {"unit": "times"}}, 3, "holds 4.8 percent; expected 4.8 times"),
        ({"room_cost": {"anchor": "gone"}}, 5, "'0.2 million euros' is not where the anchor is"),
        ({"room_cost": {"source": "R26"}}, 5, "source 'R26'; expected an id of data/sources.toml"),
    ],
)  # fmt: skip
def test_every_problem_is_told_at_its_line_and_nothing_is_written(reviewed: Path, changes: Rows, place: int, message: str) -> None:
    edit(reviewed, **changes)
    before = tree(reviewed)

    with pytest.raises(WorkspaceError) as caught:
        accept(reviewed)

    told = [str(each) for each in caught.value.findings]
    assert any(each.startswith(f"data/candidates.csv:{place}: error: ") and message in each for each in told), told
    assert tree(reviewed) == before


def test_all_problems_are_told_at_once(reviewed: Path) -> None:
    edit(reviewed, readers={"metric": "raeders"}, reader_growth={"value": "48"}, room_cost={"anchor": "gone"})

    with pytest.raises(WorkspaceError) as caught:
        accept(reviewed)

    assert [each.place.line for each in caught.value.findings] == [2, 3, 5]


def test_a_contradiction_names_the_candidate_and_not_a_row_that_is_not_there(reviewed: Path) -> None:
    edit(reviewed, loans={"accept": "yes", "period": "2024"})

    with pytest.raises(WorkspaceError) as caught:
        accept(reviewed)

    (finding,) = caught.value.findings
    assert "'loans.2024' at data/candidates.csv:4 is 51300 loan" in finding.found
    assert finding.rule == "evidence.unruled"


def test_a_column_that_a_table_lacks_is_asked_for(reviewed: Path) -> None:
    facts = reviewed / "data/library/facts.csv"
    lines = [line.rpartition(",") for line in facts.read_text("utf-8").splitlines()]
    facts.write_text("".join(f"{head}\n" for head, _, _ in lines), "utf-8")
    edit(reviewed, readers={"ref": "7"})

    with pytest.raises(WorkspaceError, match=r"data/library/facts.csv has no column 'ref'"):
        accept(reviewed)


def test_without_the_document_nothing_is_accepted(reviewed: Path) -> None:
    (reviewed / "data/sources/report-2025.txt").unlink()
    before = tree(reviewed)

    with pytest.raises(WorkspaceError, match="the document of 'R25' is not at hand"):
        accept(reviewed)

    assert tree(reviewed) == before


def test_an_error_that_was_there_before_does_not_stop_others(reviewed: Path) -> None:
    facts = reviewed / "data/library/facts.csv"
    facts.write_text(facts.read_text("utf-8").replace("up 25% on the year before", "up 26% on the year before"), "utf-8")

    assert len(accept(reviewed).facts) == 2


def test_warnings_come_with_the_facts_and_stop_nothing(reviewed: Path) -> None:
    edit(reviewed, readers={"qualifier": "about"})

    decided = accept(reviewed)

    assert [(each.place.line, each.rule) for each in decided.findings] == [(2, "evidence.anchor-qualifier")]


# --- interrupted ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("call", [1, 2, 3])
def test_d01_whoever_is_killed_between_two_files_runs_the_command_again(reviewed: Path, tmp_path: Path, call: int) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(reviewed, whole)
    accept(whole)
    killed = (
        "import datetime, os, pathlib\nimport generator\nfrom generator.workspace import Workspace\n"
        "rename, count = pathlib.Path.replace, []\n"
        "def replace(self, target):\n"
        "    count.append(target)\n"
        f"    if len(count) == {call}: os._exit(137)\n"
        "    return rename(self, target)\n"
        "pathlib.Path.replace = replace\n"
        f"generator.accept(Workspace(pathlib.Path({str(reviewed)!r})), today=datetime.date(2026, 11, 22))"
    )

    run = subprocess.run([sys.executable, "-c", killed], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 137, run.stderr
    assert problems(reviewed) == []
    accept(reviewed)
    left = {name: total for name, total in tree(reviewed).items() if not name.endswith(".part")}
    assert left == tree(whole)


# --- from a program -------------------------------------------------------------------------------


def test_a_program_decides_as_a_person_does(project: Path, tmp_path: Path) -> None:
    (tmp_path / "report-2025.txt").write_text(REPORT, "utf-8")
    ingest(project, tmp_path / "report-2025.txt", SAID)
    workspace = Workspace(project)
    waiting = generator.list_candidates(workspace)
    text = (project / "data/candidates.csv").read_text("utf-8").splitlines(keepends=True)

    generator.decide(workspace, [replace(row, accept="yes", basis="own") for row in waiting if row.metric == "readers"])

    after = (project / "data/candidates.csv").read_text("utf-8").splitlines(keepends=True)
    assert [line for line in after if line in text] == [line for line in text if ",readers," not in line]
    assert [row.accept for row in generator.list_candidates(workspace)] == ["yes", "", "", ""]
    assert accept(project).facts == (("library", "readers.2025"),)


def test_a_decision_about_a_row_that_moved_is_refused(reviewed: Path) -> None:
    row = generator.list_candidates(Workspace(reviewed))[-1]
    accept(reviewed)

    with pytest.raises(UsageError, match=r"the candidate '0.2 million euros' is not there any more"):
        generator.decide(Workspace(reviewed), [replace(row, accept="yes")])
