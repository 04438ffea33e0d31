"""The engine inside `briefing serve`: schedules kept beside the requests, and what probes and operators are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from office import HOURLY, Clock, Office, briefing, due_now
from patience import await_true
from prometheus_client.parser import text_string_to_metric_families
from serving import Served, serving
from workspaces import edit

from generator.errors import OutsideError
from generator.service import Service
from generator.turning import STUCK, Turning
from generator.web.access import PROBE
from generator.web.operation import _verdict
from generator.workspace import Workspace


@pytest.mark.slow
def test_a_served_workspace_lives_and_is_ready(served: Served) -> None:
    for path in ("/health", "/ready"):
        answer = served.get(path)
        assert (answer.status, answer.text, answer["cache-control"]) == (200, "ok\n", "no-store"), path


@pytest.mark.slow
def test_what_keeps_work_from_being_done_makes_it_unready_but_not_dead(served: Served) -> None:
    edit(served.folder / "briefing.toml", "issuer", '[engine]\ndatabase = "mysql://x/y"\n[other]\nissuer')

    assert served.get("/health").status == 200
    answer = served.get("/ready")
    assert (answer.status, "mysql://x/y" in answer.text) == (503, True)
    assert "mysql://x/y" in served.get("/status").text
    metrics = {each.name: each for each in text_string_to_metric_families(served.get("/metrics").text)}
    assert metrics["briefing_ready"].samples[0].value == 0


def test_a_probe_without_a_token_is_told_no_reason() -> None:
    assert _verdict(["/srv/secret: broken"], PROBE).body == b"not ready\n"
    assert _verdict([], PROBE).body == b"ok\n"


@pytest.mark.slow
def test_serve_keeps_the_schedules_and_shows_what_came_of_them(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    due_now(office)
    edit(office.folder / "data/south/text.en.md", "Points", "Points 99")

    with serving(office.folder, BRIEFING_LOG="json") as served:
        await_true(lambda: '"event": "turn ended"' in served.log)
        assert served.get("/metrics").text.count('briefing_makings_total{outcome="') == 2
        page = served.get("/status", accept_language="ru").text
        values = served.get("/api/v1/status").json
        lines = [json.loads(line) for line in served.log.splitlines()]

    assert "Последний сбой" in page
    assert "сбой длится с" in page
    assert "data/south/text.en.md" in page
    assert [(topic["topic"], topic["failing"]) for topic in values["topics"]] == [("north", False), ("south", True)]
    assert len(values["upcoming"]) == 5
    assert {"making built", "making failed", "turn ended"} <= {line["event"] for line in lines}
    assert any(line.get("by") == "briefing.web" and "/metrics 200" in line["event"] for line in lines)


@pytest.mark.slow
def test_the_page_shows_of_each_slot_to_come_for_which_lists_it_is_and_what_would_come_of_it(tmp_path: Path) -> None:
    lists = '[channels.shelf]\nkind = "memory"\n[[lists]]\nname = "city"\nchannel = "shelf"\nrecipients = ["a@x"]\n'
    office = Office(tmp_path / "w", HOURLY + 'topics = ["north"]\nlists = ["city"]\n' + lists)
    office.turn()

    with serving(office.folder, "--no-schedules") as served:
        page = served.get("/status", accept_language="be").text
        values = served.get("/api/v1/status").json

    rows = re.findall(r"<td>north</td>\s*<td>city</td>\s*<td>(.*?)</td>", page)
    assert rows == ["заўсёды<br>будзе разаслана па спісе city (en): па гэтым спісе яшчэ не рассылалася ніводнага выпуску"] * 5
    assert "Спісы рассылкі" in page
    assert [each["lists"] for each in values["upcoming"]] == [["city"]] * 5


@pytest.mark.slow
def test_e01_two_servers_and_two_runs_at_once_make_each_slot_once(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    due_now(office)

    with serving(office.folder) as first, serving(office.folder) as second:
        runs = [briefing(office.folder, "run", "--json") for _ in range(2)]
        assert [run.poll() for run in runs] == [None, None], "they did not meet"
        said = [run.communicate(timeout=600) for run in runs]
        assert [run.returncode for run in runs] == [0, 0], said
        for served in (first, second):
            await_true(lambda served=served: all(topic["good"] for topic in served.get("/api/v1/status").json["topics"]) and
                       len(served.get("/api/v1/status").json["topics"]) == 2)  # fmt: skip
            assert served.get("/health").text == "ok\n"

    reports = office.folder / "reports"
    assert [len(list((reports / topic).iterdir())) for topic in ("north", "south")] == [1, 1]
    with Service(Workspace(office.folder), office.clock) as service:
        assert [making.attempt for making in service.ledger.latest()] == [1, 1]


@pytest.mark.slow
def test_e09_schedules_that_die_tell_the_process_and_are_told_as_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, died = Office(tmp_path / "w", HOURLY), []

    def broken(*_: object) -> None:
        raise ZeroDivisionError("in the loop")

    monkeypatch.setattr(Service, "turn", broken)
    with Turning(Workspace(office.folder), 1, office.clock, lambda: died.append(1)) as turning:
        await_true(lambda: bool(died))

        assert turning.trouble() == "the schedules died: ZeroDivisionError: in the loop"
        assert died == [1]


def test_e09_what_fails_outside_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, tried = Office(tmp_path / "w", HOURLY), []

    def away(*_: object) -> None:
        tried.append(1)
        raise OutsideError("the database is away")

    monkeypatch.setattr(Service, "__enter__", away)
    with Turning(Workspace(office.folder), 0.01, office.clock, lambda: tried.append(-1000)) as turning:
        await_true(lambda: sum(tried) >= 3)
        assert turning.trouble() == ""


def test_e09_a_loop_that_blocks_is_told_as_trouble(tmp_path: Path) -> None:
    turning = Turning(Workspace(tmp_path), 1, Clock("2026-11-22T10:00"), lambda: None)
    assert turning.trouble() == ""

    turning._pulse.at -= STUCK + 1

    assert "no sign of life for 601 s" in turning.trouble()


@pytest.mark.slow
def test_e09_a_server_whose_schedules_die_ends_with_3(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    script = (
        "from generator.service import Service\n"
        "Service.turn = lambda *_: 1 / 0\n"
        f"from generator.cli import main\nmain(['-C', {str(office.folder)!r}, 'serve', '--port', '0'])\n"
    )
    process = briefing(office.folder, script=script)

    _, said = process.communicate(timeout=600)

    assert process.returncode == 3, said
    assert "the schedules died: ZeroDivisionError" in said


@pytest.mark.slow
def test_the_documentation_names_the_addresses(served: Served) -> None:
    page = (Path(__file__).resolve().parent.parent / "docs/operation.md").read_text("utf-8")
    for path in ("/health", "/ready", "/metrics", "/status", "/api/v1/status"):
        assert f"`{path}`" in page
        assert served.get(path).status == 200, path
