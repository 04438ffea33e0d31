"""Refresh as its user meets it: what is fetched, checked, shown, and only then written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from publisher import Publisher, data, drip, fail, hang, publishing, tagged
from wired import (
    CONNECTOR,
    INDICATOR,
    LOANS,
    STORED,
    files,
    outside,
    reading,
    recalled,
    run,
    wire,
    worldbank,
)

from generator.errors import ArchiveError, OutsideError, UsageError, WorkspaceError
from generator.fetching import Allowance, Fetcher
from generator.inquiry import World
from generator.knowledge import learn
from generator.network import Gate
from generator.refresh import Renewal
from generator.renewals import complaints
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
CHANGED = {**STORED, "2025": 45000, "2023": 41300}
TABLE = """\
period,value,unit,basis,source,status,note,known
2019,40000,loan,,STATS,,,2025-02-03
2020,18000,loan,,STATS,,closed for four months,2025-02-03
2021,25500,loan,,STATS,,,2025-02-03
2022,,loan,,STATS,,not published,2025-02-03
2023,41250,loan,,STATS,,,2025-02-03
2023,41300,loan,,STATS,,,2026-07-13
2024,43000,loan,,STATS,provisional,,2025-02-03
2024,43000,loan,,STATS,,,2026-07-13
2025,45000,loan,,STATS,,,2026-07-13
"""


def command(
    *arguments: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def wired(project: Path, publisher: Publisher) -> Path:
    publisher.on(INDICATOR, data(worldbank(CHANGED)))
    return wire(project, publisher)


def test_a_publishers_day_that_has_not_come_is_not_kept(wired: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, data(worldbank(CHANGED, updated="2099-01-01")))
    (first,) = run(wired)

    publisher.on(INDICATOR, data(worldbank({**CHANGED, "2024": 43500}, updated="2026-11-20")))
    (second,) = run(wired)

    assert "updated" not in (wired / f"{LOANS}.origin.toml").read_text().partition("[[refresh]]")[2].partition("[[")[0]
    assert (first.state, second.state) == ("changed", "changed"), "a slip of the publisher's pen makes no later answer old"


def test_what_a_publisher_corrects_on_the_same_day_takes_the_place_of_its_first_word(
    wired: Path, publisher: Publisher
) -> None:
    for value in (43100, 43200, 43300):
        publisher.on(INDICATOR, data(worldbank({**CHANGED, "2024": value})))
        (renewal,) = run(wired)

        assert (renewal.state, renewal.written) == ("changed", True), renewal.findings

    rows = [line for line in (wired / f"{LOANS}.csv").read_text().splitlines() if line.startswith("2024")]
    assert rows == [
        "2024,43000,loan,,STATS,provisional,,2025-02-03",
        "2024,43100,loan,,STATS,,,2026-07-13",
        "2024,43300,loan,,STATS,,,2026-11-22",
    ]


def test_a_value_that_comes_and_goes_within_a_day_leaves_one_row(wired: Path, publisher: Publisher) -> None:
    for values in (CHANGED, {**CHANGED, "2025": 45500}, {**CHANGED, "2025": None}, CHANGED):
        publisher.on(INDICATOR, data(worldbank(values)))
        (renewal,) = run(wired, "loans", accept=True)

        assert renewal.written, renewal.findings

    rows = [line for line in (wired / f"{LOANS}.csv").read_text().splitlines() if line.startswith("2025")]
    assert rows == ["2025,45000,loan,,STATS,,,2026-07-13", "2025,45000,loan,,STATS,,,2026-11-22"]


# --- what is written, and shown ---------------------------------------------------------------------------


def test_new_and_revised_values_are_written_with_their_origin(wired: Path, publisher: Publisher) -> None:
    (renewal,) = run(wired)

    assert (renewal.state, renewal.written, renewal.exit_code) == ("changed", True, 0)
    assert (wired / f"{LOANS}.csv").read_text() == TABLE
    origin = (wired / f"{LOANS}.origin.toml").read_text()
    assert f'address = "{publisher.url}{INDICATOR}?format=json&per_page=1000"' in origin
    assert "known = 2026-07-13\nfetched = 2026-11-22\n" in origin
    assert learn(Workspace(wired), ["library"], today=date(2026, 11, 22)).findings == []


def test_the_command_prints_the_difference_and_nothing_else(wired: Path) -> None:
    result = command("refresh", cwd=wired)

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "library/loans: changed: 1 new, 1 revised, 1 status (as published on 2026-07-13)",
        "  revised   2023  41250 -> 41300  (+0.12 %)",
        "  status    2024  provisional -> normal",
        "  new       2025  45000",
    ]
    assert "Fetching library/loans: http://127.0.0.1" in result.stderr


def test_a_dry_run_shows_the_same_and_writes_nothing(wired: Path) -> None:
    before = files(wired)

    result = command("refresh", "--dry-run", cwd=wired)

    assert result.returncode == 0
    assert result.stdout.startswith("library/loans: would change: 1 new, 1 revised, 1 status")
    assert "  revised   2023  41250 -> 41300" in result.stdout
    assert files(wired) == before


def test_machines_get_numbers_that_lose_no_digit(wired: Path) -> None:
    result = command("refresh", "loans", "--json", cwd=wired)

    (found,) = json.loads(result.stdout)
    assert (found["series"], found["state"], found["written"]) == ("library/loans", "changed", True)
    assert found["changes"][0] == {
        "kind": "revised", "period": "2023", "old": "41250", "new": "41300", "old_status": "normal",
        "new_status": "normal", "ruling": "",
    }  # fmt: skip
    assert found["origin"]["fetched"]
    assert len(found["origin"]["answers"][0][1]) == 64


def test_what_brings_nothing_new_writes_nothing(wired: Path) -> None:
    run(wired)
    before = files(wired)

    (again,) = run(wired)

    assert (again.state, again.written) == ("unchanged", False)
    assert files(wired) == before


def test_an_answer_that_still_holds_is_not_sent_again(wired: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, tagged(worldbank(CHANGED), '"july"'))
    run(wired)
    sent = publisher.sent

    (again,) = run(wired)

    assert publisher.asked[-1].headers["if-none-match"] == '"july"'
    assert (again.state, publisher.sent) == ("unchanged", sent)


def test_a_series_without_a_table_gets_one(wired: Path) -> None:
    (wired / f"{LOANS}.csv").unlink()

    run(wired)

    assert (wired / f"{LOANS}.csv").read_text().splitlines()[:2] == [
        "period,value,unit,basis,source,status,note,known", "2019,40000,loan,,STATS,,,2026-07-13",
    ]  # fmt: skip


def test_a_look_back_is_built_from_what_was_known_then(wired: Path) -> None:
    run(wired)

    def loans(as_of: str) -> dict[str, str]:
        (topic,) = learn(Workspace(wired), ["library"], today=date(2026, 11, 22), as_of=date.fromisoformat(as_of)).topics
        (series,) = [each for each in topic.series if each.id == "loans"]
        return {row.period.text: str(row.value) for row in series.observations}

    assert loans("2026-07-12")["2023"] == "41250"
    assert "2025" not in loans("2026-07-12")
    assert (loans("2026-07-13")["2023"], loans("2026-07-13")["2025"]) == ("41300", "45000")


# --- what is held back or fails: what is stored stays --------------------------------------------------------


@pytest.mark.slow
def test_doubts_hold_an_answer_back_until_it_is_accepted_by_name(wired: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, data(worldbank({**STORED, "2023": 412500})))
    before = files(wired)

    result = command("refresh", cwd=wired)

    assert result.returncode == 1
    assert result.stdout.startswith("library/loans: held back, nothing is written; what is stored stays: 1 revised")
    assert "1 value moved by a power of ten, 2023: 41250 -> 412500" in result.stderr
    assert files(wired) == before

    accepted = command("refresh", "library/loans", "--accept", cwd=wired)

    assert accepted.returncode == 0
    assert "2023,412500,loan,,STATS,,,2026-07-13" in (wired / f"{LOANS}.csv").read_text()


def test_a_fault_cannot_be_accepted(project: Path) -> None:
    wire(project)
    before = files(project)

    (renewal,) = run(project, "loans", world=recalled(project, reading({"2023": None})), accept=True)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert files(project) == before


def test_a_publisher_that_fails_is_3_and_holds_up_no_other(wired: Path, publisher: Publisher) -> None:
    wire(wired, connector=CONNECTOR.replace("LIB.LOANS", "LIB.READERS") + 'basis = "own"\n', stem="data/library/series/readers")
    publisher.on(INDICATOR.replace("LOANS", "READERS"), fail(404, b"gone"))
    readers = (wired / "data/library/series/readers.csv").read_bytes()

    result = command("refresh", cwd=wired)

    assert result.returncode == 3
    assert "library/loans: changed" in result.stdout
    assert "library/readers: failed, nothing is written; what is stored stays" in result.stdout
    assert "LIB.READERS?format=json&per_page=1000: HTTP 404: gone" in result.stderr
    assert (wired / "data/library/series/readers.csv").read_bytes() == readers
    assert "2025,45000" in (wired / f"{LOANS}.csv").read_text()


def test_a_publisher_that_failed_twice_is_left_alone(wired: Path, publisher: Publisher) -> None:
    for number in range(4):
        for ending in ("csv", "toml"):
            text = (wired / f"{LOANS}.{ending}").read_text()
            (wired / f"{LOANS}{number}.{ending}").write_text(text)
    publisher.on(INDICATOR, fail(404))

    found = run(wired)

    assert [each.exit_code for each in found] == [3] * 5
    assert len(publisher.asked) == 2
    assert "not asked: its publisher failed 2 times" in found[-1].error
    (complaint,) = complaints(found)
    assert complaint.startswith(f"{publisher.host}: HTTP 404; 5 series keep what is stored: library/loans, library/loans0, ")


def test_failures_that_differ_are_told_one_by_one() -> None:
    found = (
        Renewal("a/one", "failed", error="x/one: HTTP 404\n  cure: Check it.", publisher="x", reason="HTTP 404"),
        Renewal("a/two", "failed", error="x/two: HTTP 500", publisher="x", reason="HTTP 500"),
        Renewal("a/three", "failed", error="not asked", publisher="x"),
        Renewal("a/four", "failed", error="y/four: HTTP 500", publisher="y", reason="HTTP 500"),
        Renewal("a/five", "failed", error="its files must be corrected first"),
        Renewal("a/six", "unchanged"),
    )

    assert list(complaints(found)) == [
        "a/one: x/one: HTTP 404\n  cure: Check it.",
        "x: HTTP 500; 2 series keep what is stored: a/two, a/three",
        "a/four: y/four: HTTP 500",
        "a/five: its files must be corrected first",
    ]


def test_a_hanging_publisher_is_left_at_the_deadline(wired: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, hang())
    fetcher = Fetcher(wired / ".briefing", Gate(frozenset({publisher.host})), Allowance(seconds=0.3))

    (renewal,) = run(wired, world=World(fetcher, date(2026, 11, 22), {}))

    assert "the time was up while waiting for the answer" in renewal.error
    assert len(publisher.asked) == 1


def test_a_damaged_table_must_be_corrected_first(wired: Path, publisher: Publisher) -> None:
    table = wired / f"{LOANS}.csv"
    table.write_text(table.read_text().replace("41250", "41,250"))
    before = files(wired)

    result = command("refresh", cwd=wired)

    assert result.returncode == 1
    assert f"{LOANS}.csv:6: error: 8 fields, the head has 7" in result.stderr
    assert (files(wired), publisher.asked) == (before, [])


# --- wrong use ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "said", "cure"),
    [(("lons",), "no connected series 'lons'", "Did you mean 'loans'?"),
     (("readers",), "series 'readers' names no connector", "docs/connectors.md"),
     (("other/loans",), "names no connector", "Add [connector]")],
)  # fmt: skip
def test_a_name_that_is_no_connected_series_is_wrong_use(
    project: Path, names: tuple[str, ...], said: str, cure: str
) -> None:
    wire(project)

    with pytest.raises(UsageError) as caught:
        run(project, *names)

    assert said in caught.value.message
    assert cure in caught.value.hint


def test_accepting_needs_names(project: Path) -> None:
    with pytest.raises(UsageError, match="--accept needs the names of series"):
        run(wire(project), accept=True)


def test_a_name_in_two_topics_must_say_which(project: Path) -> None:
    wire(project)
    shutil.copytree(project / "data/library", project / "data/museum")

    with pytest.raises(UsageError, match="series 'loans' is in several topics") as caught:
        run(project, "loans")

    assert caught.value.hint == "Say which: library/loans or museum/loans."


def test_common_files_that_are_wrong_stop_everything(project: Path) -> None:
    (wire(project) / "data/sources.toml").write_text("[STATS]\n")

    with pytest.raises(WorkspaceError, match="producer"):
        run(project)


@pytest.mark.parametrize(
    ("line", "said", "cure"),
    [
        ('name = "worldbanc"', "connector.name: 'worldbanc'", "Did you mean 'worldbank'?"),
        ('source = "STAT"', "connector.source: 'STAT'", "Did you mean 'STATS'?"),
        ('basis = "owm"', "connector.basis: 'owm'", "Did you mean 'own'?"),
        ('replaces = ["COPY"]', "connector.replaces: 'COPY'", "One of"),
        ('since = "last year"', "connector.since: 'last year'", "Write it like"),
        ('scale = "milion"', "connector.scale: 'milion'", "Did you mean 'million'?"),
        ('periods = ["week"]', "connector.periods: 'week'", "One of"),
        ('country = "../admin"', "connector.country: '../admin'", "Correct it."),
        ('countri = "XYZ"', "connector.countri: is unknown", "Did you mean 'country'?"),
    ],
)
def test_a_connector_that_is_wrong_is_told_by_check_with_its_line(
    project: Path, line: str, said: str, cure: str
) -> None:
    key = line.partition(" ")[0]
    kept = [each for each in CONNECTOR.splitlines() if not each.startswith(f"{key} ")]
    wire(project, connector="\n".join([*kept, line, ""]))

    findings = learn(Workspace(project), ["library"], today=date(2026, 1, 1)).findings

    (finding,) = findings.errors
    assert finding.found == said
    assert finding.place.file == f"{LOANS}.toml"
    assert cure in finding.cure
    assert run(project)[0].exit_code == 1


def test_a_derived_series_has_no_publisher(project: Path) -> None:
    wire(project, stem="data/library/series/loans_growth")

    findings = learn(Workspace(project), ["library"], today=date(2026, 1, 1)).findings

    assert [each.rule for each in findings] == ["series.formula-and-connector"]


# --- two at once, and an end by force -------------------------------------------------------------------------


def test_two_refreshes_do_not_meet(project: Path) -> None:
    from generator import archive

    wire(project)
    with (
        archive.locked(project / ".briefing", "refresh-worldbank", "refreshing"),
        pytest.raises(ArchiveError, match="is refreshing in this workspace"),
    ):
        run(project)


def start(project: Path, *prefix: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "generator", "refresh"], cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_refresh_changes_nothing(wired: Path, publisher: Publisher, number: signal.Signals) -> None:
    publisher.on(INDICATOR, drip(worldbank(CHANGED), 0.05))
    before = files(wired)
    process = start(wired)
    while not publisher.sent and process.poll() is None:
        time.sleep(0.02)

    process.send_signal(number)
    process.communicate()

    assert publisher.sent, "it never began"
    assert process.returncode != 0
    assert files(wired) == before


@pytest.mark.slow
def test_a_refresh_killed_at_any_rename_leaves_a_series_that_is_old_or_new(
    wired: Path, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.on(INDICATOR, tagged(worldbank(CHANGED), '"july"'))
    before = files(wired)
    # The answer is kept, so that the renames that follow are those of the series; strace counts them by thread.
    run(wired, dry_run=True)
    seen = []
    for number in range(1, 40):
        shutil.rmtree(wired / "data")
        for name, content in before.items():
            (wired / name).parent.mkdir(parents=True, exist_ok=True)
            (wired / name).write_bytes(content)
        kill = f"inject=rename,renameat,renameat2:signal=KILL:when={number}"
        killed = start(wired, "strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=/rename", "-e", kill)
        killed.communicate()
        after = files(wired)
        seen.append((f"{LOANS}.origin.toml" in after, after[f"{LOANS}.csv"] == TABLE.encode()))
        assert after[f"{LOANS}.csv"] in (before[f"{LOANS}.csv"], TABLE.encode())
        if not seen[-1][1]:
            knowledge = learn(Workspace(wired), ["library"], today=date(2026, 11, 22))
            assert knowledge.findings == []
            assert knowledge.sources_of(knowledge.topics[0])["STATS"].accessed == "2025-02-03"
        if killed.returncode == 0:
            break
        run(wired)
        assert (wired / f"{LOANS}.csv").read_text() == TABLE
        assert (wired / f"{LOANS}.origin.toml").read_text().count("[[refresh]]") == 1

    assert (True, False) in seen, f"no kill hit the moment between the two files: {seen}"
    assert seen[-1] == (True, True)


def test_a_publisher_that_gives_up_a_key_never_sees_another(project: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, data(worldbank(STORED)))

    run(wire(project, publisher), world=outside(project, BRIEFING_KEY_COMTRADE="s3cret"))

    assert all("s3cret" not in str(asked) for asked in publisher.asked)


def test_errors_in_memory_are_the_series_own(project: Path) -> None:
    (renewal,) = run(wire(project), world=recalled(project, OutsideError("the tape is torn", hint="Wind it back.")))

    assert renewal.error == "the tape is torn\n  cure: Wind it back."


def test_with_another_publisher_on_the_line_both_are_asked(wired: Path, publisher: Publisher) -> None:
    with publishing() as other:
        other.on(INDICATOR, data(worldbank(STORED)))
        publisher.on(INDICATOR, fail(302, Location=f"{other.url}{INDICATOR}"))
        settings = wired / "briefing.toml"
        settings.write_text(settings.read_text().replace("private = [", f'private = ["{other.host}", '))

        (renewal,) = run(wired)

    assert renewal.state == "changed"
    assert len(other.asked) == 1
