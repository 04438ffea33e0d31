"""The state of the engine as operators and their machines see it: status, metrics, journal, signals."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from office import HOURLY, ROOT, Office, briefing, due_now
from patience import await_true
from prometheus_client.parser import text_string_to_metric_families
from workspaces import edit

from generator.errors import OutsideError
from generator.journal import LOGGER, Journal, JsonLines
from generator.ledger import BUILT, DEAD, FAILED, Making
from generator.metrics import exposition
from generator.service import Service
from generator.slots import stamp
from generator.status import Status, read_status, readiness
from generator.tallies import BOUNDS
from generator.timetable import status_lines, status_values
from generator.web.settings import PORT
from generator.workspace import Workspace

DOCS = (ROOT / "docs/operation.md").read_text("utf-8")


def status_of(office: Office) -> Status:
    return read_status(Workspace(office.folder), office.clock())


def samples(status: Status) -> dict[tuple[str, ...], float]:
    """Return the metrics as Prometheus reads them, by name and labels."""
    families = text_string_to_metric_families(exposition(status).decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_before_the_first_turn_all_is_ready_and_nothing_known(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)

    status = status_of(office)

    assert (status.problems, status.failing, status.schedules, status.courses) == ((), False, (), ())
    assert next(status_lines(status)).startswith("ready; last turn never; 0 slots open")


@pytest.mark.slow
def test_a_good_and_a_failing_topic_are_told_with_edition_cause_and_next_slot(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()
    office.clock.pass_(minutes=40)
    office.turn()
    edit(office.folder / "data/north/text.en.md", "Points", "Points 99")
    office.clock.pass_(hours=1)
    office.turn()

    status = status_of(office)

    north, south = status.courses
    assert (north.failing, south.failing, status.failing) == (True, False, True)
    # The last good edition stays, and is told beside the failure.
    assert north.edition is not None
    assert (north.edition.slot, north.edition.editions) == ("2026-11-22T11:00Z", {"en": "2025-02-03.1"})
    assert north.failure is not None
    assert "99" in north.failure.error
    assert [coming.slot and coming.slot.id for coming in status.schedules] == ["2026-11-22T13:00Z"]
    said = "\n".join(status_lines(status))
    assert re.search(r"hourly/north +good 2026-11-22T11:00Z +2025-02-03\.1 +FAILED 2026-11-22T12:00Z, attempt 1, next .*data/north/text\.en\.md:\d+: error: a typed number, '99'", said)
    assert "next 2026-11-22 16:00 Europe/Minsk" in said
    values = json.loads(json.dumps(status_values(status)))
    assert [topic["failing"] for topic in values["topics"]] == [True, False]


@pytest.mark.slow
def test_a_failure_that_was_made_good_is_remembered_as_past(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    edit(office.folder / "data/north/text.en.md", "Points", "Points 99")
    office.turn()
    office.clock.pass_(minutes=40)
    office.turn()
    edit(office.folder / "data/north/text.en.md", "Points 99", "Points")
    office.clock.pass_(hours=1)
    office.turn()

    status = status_of(office)

    assert not status.failing
    assert "failed before, 2026-11-22T11:00Z, attempt 1" in "\n".join(status_lines(status))


@pytest.mark.slow
def test_metrics_count_what_happened_over_all_processes(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()
    for _ in range(3):
        office.clock.pass_(hours=1)
        office.turn()

    told = samples(status_of(office))

    assert told["briefing_makings_total", "built"] == 2
    assert told["briefing_makings_total", "unchanged"] == 4
    assert told["briefing_making_seconds_count", "built"] == 2
    assert told["briefing_making_seconds_sum", "built"] > 0
    assert told["briefing_last_good_timestamp_seconds", "hourly", "north"] == office.clock().timestamp()
    assert told["briefing_next_slot_timestamp_seconds", "hourly"] == office.clock().timestamp() + 40 * 60
    assert (told["briefing_queue_makings",], told["briefing_ready",], told["briefing_slot_late", "hourly"]) == (0, 1, 0)


def test_a_duration_is_counted_in_its_class_once(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)

    def note(service: Service) -> None:
        for slot, seconds in (("a", 0.05), ("b", 1.0), ("c", 9999.0)):
            service.ledger.plan("hourly", slot, ["north"], office.clock())
            made = Making("hourly", slot, "north", BUILT, seconds=seconds, changed=stamp(office.clock()))
            service.ledger.note(made)
            service.ledger.note(made)

    office.turn(note)
    told = samples(status_of(office))

    buckets = [told["briefing_making_seconds_bucket", f"{bound:g}" if bound != BOUNDS[-1] else "+Inf", "built"] for bound in BOUNDS]
    assert buckets == [1, 1, 2, 2, 2, 2, 2, 2, 2, 3]


def test_a_slot_that_nobody_decides_on_is_late(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.turn()

    office.clock.pass_(minutes=45)
    assert not status_of(office).failing
    office.clock.pass_(minutes=10)

    assert samples(status_of(office))["briefing_slot_late", "hourly"] == 1
    assert "LATE" in "\n".join(status_lines(status_of(office)))


@pytest.mark.slow
def test_a_dead_topic_counts_one_alert(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY.replace("0 * * * *", "0 14 22 11 *"))
    edit(office.folder / "data/north/text.en.md", "Points", "Points 99")
    office.turn()
    for _ in range(8):
        office.clock.pass_(hours=2)
        office.turn()

    status = status_of(office)

    assert status.courses[0].failure is not None
    assert (status.courses[0].failure.state, status.alerts, status.untold) == (DEAD, 1, 0)
    assert samples(status)["briefing_failed_attempts", "hourly", "north"] == 5


def test_what_keeps_work_from_being_done_is_told_with_its_cure(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.turn()
    assert readiness(Workspace(office.folder)) == ()
    (office.folder / ".briefing/engine.sqlite").write_bytes(b"")

    (said,) = readiness(Workspace(office.folder))

    assert "the state database is damaged" in said
    assert "cure: " in said
    status = status_of(office)
    assert (status.problems, samples(status)["briefing_ready",]) == ((said,), 0)


def test_a_full_disk_and_a_wrong_table_are_told_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path / "w", HOURLY + '[engine]\ndatabase = "mysql://x/y"\n')
    monkeypatch.setattr("generator.status._ENOUGH_BYTES", 1 << 62)

    full, wrong = readiness(Workspace(office.folder))

    assert "bytes are free" in full
    assert "mysql" in wrong


def test_a_database_that_does_not_answer_is_told_and_not_waited_for(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY + '[engine]\ndatabase = "postgresql://x@127.0.0.1:1/y"\n')

    (said,) = readiness(Workspace(office.folder))

    assert "127.0.0.1" in said


# --- the journal ------------------------------------------------------------------------------------


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, logger = Kept(), logging.getLogger(LOGGER)
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.mark.slow
def test_every_event_of_a_making_bears_its_run_schedule_slot_topic_and_attempt(tmp_path: Path, kept: Kept) -> None:
    office = Office(tmp_path / "w", HOURLY)
    edit(office.folder / "data/south/text.en.md", "Points", "Points 99")
    office.turn()
    office.clock.pass_(minutes=40)
    office.turn()

    north = [line for line in kept.lines if line.get("topic") == "north"]
    assert {(line["run"], line["schedule"], line["slot"], line["attempt"]) for line in north} == {
        (north[0]["run"], "hourly", "2026-11-22T11:00Z", 1)
    }
    assert str(north[0]["run"]).endswith("-1@2026-11-22T11:00:00Z")
    assert [line["event"] for line in north if "step" in line][:2] == ["Step 1 - Read", "Step 2 - Check"]
    (built,) = [line for line in north if line["event"] == "making built"]
    assert built["editions"] == {"en": "2025-02-03.1"}
    (failed,) = [line for line in kept.lines if line["event"] == "making failed"]
    assert (failed["level"], failed["topic"], "99" in str(failed["error"])) == ("warning", "south", True)
    assert kept.lines[-1]["event"] == "turn ended"


def test_what_a_library_logs_is_a_line_of_json_too() -> None:
    error = OutsideError("line one\nline two")
    record = logging.LogRecord("dbos", logging.ERROR, "x.py", 1, "it %s", ("broke\n{",), (OutsideError, error, None))

    line = json.loads(JsonLines().format(record))

    assert (line["by"], line["event"], line["level"]) == ("dbos", "it broke\n{", "error")
    assert "line two" in line["trouble"]
    assert "\n" not in JsonLines().format(record)


def test_journals_add_ids_and_share_none() -> None:
    first = Journal().about(run="a")

    assert (dict(first.ids), dict(first.about(topic="b").ids), dict(Journal().ids)) == ({"run": "a"}, {"run": "a", "topic": "b"}, {})


# --- the commands -----------------------------------------------------------------------------------


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


@pytest.mark.slow
def test_the_command_ends_with_1_where_somebody_has_to_look(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.turn()
    office.clock.pass_(hours=-5)

    code, out, err = finished(briefing(office.folder, "status"))

    assert (code, "LATE" in out, err) == (1, True, "")
    code, out, _ = finished(briefing(office.folder, "status", "--metrics"))
    assert code == 0
    assert "# TYPE briefing_makings counter" in out or "# TYPE briefing_makings_total counter" in out
    code, _, err = finished(briefing(office.folder, "status", "--metrics", "--json"))
    assert (code, "Give one of them" in err) == (2, True)


@pytest.mark.slow
def test_a_run_with_a_journal_in_json_writes_nothing_else(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    due_now(office)
    edit(office.folder / "data/north/text.en.md", "Points", "Points 99")
    edit(office.folder / "data/south/text.en.md", "Points", "Points 99")
    edit(office.folder / "briefing.toml", "Minsk", "Minks")

    code, out, err = finished(briefing(office.folder, "run", "--log", "json", "--json"))

    lines = [json.loads(line) for line in err.splitlines()]
    assert (code, {making["state"] for making in json.loads(out)["makings"]}) == (1, {FAILED})
    assert "Minks" in next(line for line in lines if line["event"] == "problem")["error"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_d12_a_signal_lets_an_edition_be_finished_begins_no_other_and_is_told_by_the_exit_code(
    tmp_path: Path, number: signal.Signals
) -> None:
    office = Office(tmp_path / "w", "workers = 1\n" + HOURLY, topics=("north", "south", "east", "west"))
    due_now(office)

    process = briefing(office.folder, "run")
    reports = office.folder / "reports"
    await_true(lambda: bool(list((office.folder / ".briefing/locks").glob("*.lock"))) or process.poll() is not None)
    process.send_signal(number)
    code, _, err = finished(process)

    assert code == 128 + number, err
    assert not list(reports.glob("*/.*.part"))
    code, _, err = finished(briefing(office.folder, "run"))
    assert code == 0, err
    assert sorted(len(list(folder.iterdir())) for folder in reports.iterdir()) == [1, 1, 1, 1]


@pytest.mark.slow
def test_d12_a_second_signal_ends_at_once_and_a_stop_delays_only(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    due_now(office)
    process = briefing(office.folder, "worker", "--every", "1")
    await_true(lambda: bool(list((office.folder / ".briefing/locks").glob("*.lock"))))

    process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    code, _, err = finished(process)

    assert code == 130, err
    code, _, err = finished(briefing(office.folder, "run"))
    assert code == 0, err
    assert [len(list(folder.iterdir())) for folder in (office.folder / "reports").iterdir()] == [1, 1]


@pytest.mark.slow
def test_d12_a_log_that_nobody_reads_stops_no_work(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    due_now(office)
    process = briefing(office.folder, "run")
    assert process.stderr is not None
    assert process.stdout is not None
    process.stderr.close()
    process.stdout.close()

    assert process.wait(600) == 0
    assert len(list((office.folder / "reports").glob("*/*/record.json"))) == 2


# --- the documentation ------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)


def test_the_documentation_names_every_metric_with_its_kind(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.turn()

    kinds = dict(re.findall(r"# TYPE (\w+) (\w+)", exposition(status_of(office)).decode()))

    assert kinds
    assert dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", DOCS, re.MULTILINE)) == kinds


def test_the_alert_rules_of_the_documentation_speak_of_metrics_that_there_are() -> None:
    (rules,) = [block for block in blocks("yaml") if "groups:" in block]
    known = set(re.findall(r"^\| `(\w+)` \|", DOCS, re.MULTILINE))

    alerts = [rule for group in yaml.safe_load(rules)["groups"] for rule in group["rules"]]

    assert len(alerts) >= 4
    for rule in alerts:
        assert set(re.findall(r"briefing_\w+", rule["expr"])) <= known, rule
        assert {"alert", "expr", "annotations"} <= set(rule)


def test_the_probes_of_the_documentation_ask_what_is_served() -> None:
    (probes,) = [block for block in blocks("yaml") if "Probe:" in block]

    asked = {name: probe["httpGet"] for name, probe in yaml.safe_load(probes).items()}

    assert asked == {
        "livenessProbe": {"path": "/health", "port": PORT},
        "readinessProbe": {"path": "/ready", "port": PORT},
    }


def test_systemd_takes_the_unit_of_the_documentation(tmp_path: Path) -> None:
    (unit,) = [block for block in blocks("ini") if "briefing worker" in block]
    assert "ExecStart=/srv/briefings/.venv/bin/briefing worker" in unit
    path = tmp_path / "briefing-worker.service"
    # The program is not at that place here, and no user of that name.
    path.write_text(re.sub(r"(?m)^User=.*$", "User=root", unit).replace("/srv/briefings/.venv/bin/briefing", "/bin/true")
                    .replace("/srv/briefings", str(tmp_path)), "utf-8")  # fmt: skip

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], check=False, capture_output=True, text=True,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip

    about_it = [line for line in result.stderr.splitlines() if "briefing-worker" in line]
    assert (result.returncode, about_it) == (0, []), result.stderr
    path.write_text(path.read_text("utf-8").replace("Restart=", "Restrat="), "utf-8")
    wrong = subprocess.run(["systemd-analyze", "verify", "--man=no", path], check=False, capture_output=True, text=True)
    assert "Restrat" in wrong.stderr, "systemd-analyze says nothing of a wrong key"


def test_the_journal_line_of_the_documentation_has_the_fields_it_names() -> None:
    (line,) = blocks("json")
    assert {"at", "level", "event", "run", "schedule", "slot", "topic", "attempt"} <= set(json.loads(line))
    for name in json.loads(line):
        assert f"`{name}`" in DOCS, name


def test_the_time_in_which_a_slot_becomes_late_is_told() -> None:
    from generator.status import LATE

    assert f"{LATE // timedelta(minutes=1)} minutes" in DOCS
