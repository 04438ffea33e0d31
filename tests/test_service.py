"""Turns of the engine, on SQLite and on PostgreSQL: what is due is made once, and what fails is told and tried again."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dbos import DBOS
from office import HOURLY, Clock, Office, briefing, due_now
from workspaces import edit

from generator.errors import OutsideError
from generator.ledger import BUILT, DEAD, FAILED, HELD, UNCHANGED, Making
from generator.service import Service
from generator.slots import unstamp
from generator.workspace import Workspace


@pytest.mark.slow
def test_a_slot_is_made_when_it_is_due_and_once(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    assert office.turn().makings == ()

    office.clock.pass_(minutes=40)
    report = office.turn()

    assert [making.id for making in report.makings] == [f"hourly@2026-11-22T11:00Z/{topic}/1" for topic in ("north", "south")]
    assert office.states(report) == {"north": BUILT, "south": BUILT}
    assert sorted(office.shop.made) == ["north.en", "south.en"]
    office.clock.pass_(minutes=5)
    assert office.turn().makings == ()


@pytest.mark.slow
def test_an_unchanged_edition_stands_for_the_next_slot(tmp_path: Path, engine: str) -> None:
    changed = HOURLY.replace("hourly", "changed") + 'when = "changed"\nat_latest = 2\n'
    office = Office(tmp_path / "w", HOURLY + changed + engine)
    office.turn()
    office.clock.pass_(hours=1)
    office.turn()

    office.clock.pass_(hours=1)
    later = office.turn()

    assert {(making.schedule, making.state) for making in later.makings} == {("hourly", UNCHANGED), ("changed", HELD)}
    assert len(office.shop.made) == 2
    office.clock.pass_(days=2)
    assert {(making.schedule, making.state) for making in office.turn().makings} == {("hourly", UNCHANGED), ("changed", UNCHANGED)}


@pytest.mark.slow
def test_only_what_is_material_is_made(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + 'when = "material"\nmaterial = { north_readers = "5%" }\n' + engine)
    office.turn()
    office.clock.pass_(hours=1)
    assert office.states(office.turn()) == {"north": BUILT, "south": BUILT}

    edit(office.folder / "data/north/facts.csv", "2024,1001,", "2024,1021,")
    edit(office.folder / "data/south/facts.csv", "2024,1002,", "2024,9002,")
    office.clock.pass_(hours=1)
    assert office.states(office.turn()) == {"north": HELD, "south": HELD}

    # Measured against what the readers have, not against the last slot: two small steps are a large one.
    edit(office.folder / "data/north/facts.csv", "2024,1021,", "2024,1061,")
    office.clock.pass_(hours=1)
    assert office.states(office.turn()) == {"north": BUILT, "south": HELD}


@pytest.mark.slow
def test_e02_three_weeks_of_downtime_make_one_edition_and_record_every_slot(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()

    office.clock.pass_(days=21)
    report = office.turn()

    assert sorted(office.shop.made) == ["north.en", "south.en"]
    assert sum(entry.count for entry in report.entries) == 21 * 24
    assert [(entry.state, entry.count) for entry in report.entries] == [("left out", 503), ("done", 1)]


@pytest.mark.slow
def test_e05_a_clock_that_goes_back_is_told_with_its_size_and_nothing_is_made_twice(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()
    office.clock.pass_(days=2)
    made = [making.id for making in office.turn().makings]
    office.clock.pass_(days=-1)

    back = office.turn()
    assert "the clock went back by 1 day" in back.problems[0]
    for _ in range(5):
        office.clock.pass_(hours=6)
        made += [making.id for making in office.turn().makings]

    assert len(set(made)) == len(made)
    assert f"hourly@{made[0][7:24]}/north/1" in made


def test_e13_a_clock_before_the_program_is_refused(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.clock = Clock("1970-01-01T00:00")

    with pytest.raises(OutsideError, match="it shows 1970-01-01T00:00Z"):
        office.turn()


@pytest.mark.slow
def test_e07_a_failing_topic_backs_off_and_dies_with_one_alert_and_delays_no_other(tmp_path: Path, engine: str) -> None:
    told = tmp_path / "told"
    alert = f'alert = ["sh", "-c", "cat >> {told}"]\n'
    office = Office(tmp_path / "w", HOURLY.replace("0 * * * *", "0 14 22 11 *") + (engine or "[engine]\n") + alert)
    office.turn()
    edit(office.folder / "data/north/text.en.md", "Points", "Points 99")
    office.clock.pass_(hours=1)

    report = office.turn()
    assert office.states(report) == {"north": FAILED, "south": BUILT}
    assert "99" in report.makings[0].error
    waits = []
    while (failed := report.makings[0]).state == FAILED:
        before, office.clock.now = office.clock.now, unstamp(failed.next_try) - timedelta(minutes=1)
        assert office.turn().makings == ()
        office.clock.pass_(minutes=1)
        waits.append(int((office.clock.now - before).total_seconds() // 60))
        report = office.turn()

    assert [len(waits), report.makings[0].state, report.makings[0].attempt] == [4, DEAD, 5]
    assert all(wait <= longer <= 1.2 * wait for wait, longer in zip((1, 4, 16, 64), waits, strict=True)), waits
    office.clock.pass_(days=1)
    assert office.turn().makings == ()
    (line,) = told.read_text("utf-8").splitlines()
    assert json.loads(line)["topic"] == "north"

    edit(office.folder / "data/north/text.en.md", "Points 99", "Points")
    office.clock.pass_(minutes=1)
    assert office.states(office.turn()) == {"north": BUILT}


@pytest.mark.slow
def test_e08_a_broken_edit_keeps_the_last_good_schedules_and_is_told_each_turn(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()
    edit(office.folder / "briefing.toml", "0 * * * *", "0 * * *")

    office.clock.pass_(minutes=10)
    assert "4 fields instead of five" in office.turn().problems[0]
    office.clock.pass_(hours=1)
    report = office.turn()

    assert office.states(report) == {"north": BUILT, "south": BUILT}
    assert "4 fields instead of five" in report.problems[0]


@pytest.mark.slow
def test_e08_an_edited_schedule_counts_from_the_last_turn_and_a_removed_one_is_gone(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()
    edit(office.folder / "briefing.toml", "0 * * * *", "15 * * * *")
    office.clock.pass_(minutes=60)
    assert [making.slot for making in office.turn().makings] == ["2026-11-22T11:15Z"] * 2

    edit(office.folder / "briefing.toml", HOURLY.replace("0 * *", "15 * *"), "")
    office.clock.pass_(hours=3)
    report = office.turn()
    assert (report.makings, report.upcoming) == ((), ())


@pytest.mark.slow
def test_d14_the_engines_own_notes_are_forgotten_after_the_days_that_are_declared_and_the_ledger_stays(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + (engine or "[engine]\n") + "history = 2\n", topics=("north",))
    office.clock.now = datetime.now(UTC).replace(minute=20) - timedelta(hours=2)
    office.turn()
    office.clock.pass_(hours=1)
    office.turn()
    kept = notes(office)

    office.clock.pass_(days=3)
    report = office.turn()

    assert sorted(kept) == sorted(f"hourly@{slot}" + more for slot in [report_slot(office, 0)] for more in ("", "/north/1"))
    assert notes(office) == set(), "what has just been made is as old as DBOS's clock says, three days by ours"
    assert office.states(report) == {"north": UNCHANGED}
    with Service(Workspace(office.folder), office.clock) as service:
        assert [making.state for making in service.ledger.makings(BUILT, UNCHANGED)] == [BUILT, UNCHANGED]
    office.clock.pass_(minutes=5)
    assert office.turn().makings == (), "nothing is made again because it was forgotten"


@pytest.mark.slow
def test_d14_notes_on_what_is_waited_for_are_not_forgotten(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine, topics=("north",))
    office.turn()
    office.clock.pass_(minutes=40)
    office.turn()
    with Service(Workspace(office.folder), office.clock) as service, service.engine() as running:
        waiting = Making("hourly", "2026-11-22T11:00Z", "north", BUILT)
        service.ledger.makings = lambda *_states, **_more: (waiting,)  # type: ignore[method-assign]
        later = datetime.now(UTC) + timedelta(days=1)

        assert running.prune(service.ledger, later) == 1, "the slot is forgotten, its making is not"
    assert notes(office) == {waiting.id}


def notes(office: Office) -> set[str]:
    """Return the names of the workflows that DBOS knows of."""
    with Service(Workspace(office.folder), office.clock) as service, service.engine():
        return {each.workflow_id for each in DBOS.list_workflows()}


def report_slot(office: Office, number: int) -> str:
    with Service(Workspace(office.folder), office.clock) as service:
        return service.ledger.makings(BUILT, UNCHANGED)[number].slot


@pytest.mark.slow
def test_e01_four_processes_at_once_make_each_slot_once(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    due_now(office)

    processes = [briefing(office.folder, "run", "--json") for _ in range(4)]
    assert [process.poll() for process in processes] == [None] * 4, "they did not meet"
    answers = [process.communicate(timeout=600) for process in processes]

    assert [process.returncode for process in processes] == [0] * 4, answers
    assert [len(list((office.folder / "reports" / topic).iterdir())) for topic in ("north", "south")] == [1, 1]


@pytest.mark.slow
def test_a_worker_that_is_killed_has_its_share_finished_by_another_and_every_edition_exists_once(
    tmp_path: Path, engine: str
) -> None:
    topics = tuple(f"branch-{letter}" for letter in "abcdefghijkl")
    office = Office(tmp_path / "w", HOURLY + engine, topics=tuple(topic.replace("-", "") for topic in topics))
    due_now(office)
    reports = office.folder / "reports"

    workers = [briefing(office.folder, "worker", "--every", "2") for _ in range(2)]
    try:
        wait_for(lambda: len(list(reports.glob("*/*/record.json"))) >= 3, workers)
        workers[0].kill()
        workers[0].wait()
        assert len(list(reports.glob("*/*/record.json"))) < len(topics), "the kill came too late"
        wait_for(lambda: len(list(reports.glob("*/*/record.json"))) == len(topics), workers[1:])
        wait_for(lambda: not open_slots(office), workers[1:])
    finally:
        for worker in workers:
            worker.terminate()
        said = [worker.communicate(timeout=120) for worker in workers]

    assert workers[1].returncode == 143, said
    assert all(len(list(folder.iterdir())) == 1 for folder in reports.iterdir()), said
    with Service(Workspace(office.folder), office.clock) as service:
        latest = service.ledger.latest()
    assert sorted(making.topic for making in latest if making.state in (BUILT, UNCHANGED)) == sorted(
        topic.replace("-", "") for topic in topics
    )


def open_slots(office: Office) -> bool:
    with Service(Workspace(office.folder), office.clock) as service:
        return bool(service.ledger.open_slots())


def wait_for(condition: Callable[[], bool], workers: list[subprocess.Popen[str]]) -> None:
    for _ in range(1200):
        if condition():
            return
        assert all(worker.poll() is None for worker in workers), [worker.communicate() for worker in workers]
        time.sleep(0.25)
    raise AssertionError("it did not come")
