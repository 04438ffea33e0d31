"""Faults of schedulers, clocks and settings. Every test shows that its fault fired.

| fault | where it is tried |
|---|---|
| E01 two schedulers at once | test_service `test_e01_…` (four runs), test_web_operation `test_e01_…` (two servers, two runs); here: a leader that was stopped is fenced |
| E02 down for a week | test_service, test_agenda `test_e02_…` (three weeks, every rule) |
| E03 the hour that summer time skips | test_slots `test_e03_…`; here: by the machine's own clock, beside a zone without summer time |
| E04 the hour that it repeats | test_slots `test_e04_…`; here: likewise |
| E05 clock jumps at run time | test_service `test_e05_…`; here: by the machine's own clock, and under a worker |
| E06 a run longer than the interval | test_agenda `test_e06_…` |
| E07 poison job | test_service `test_e07_…` (bad data); here: one that kills its process each time |
| E08 broken and edited settings | test_service, test_schedules `test_e08_…` |
| E09 the scheduler dies in silence | test_web_operation `test_e09_…` |
| E10 soak of kills | here |
| E11 model check | test_ledger |
| E12 a slow job starves others | here |
| E13 1970, 2038, leap day | test_service, test_agenda, test_slots `test_e13_…` |
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import HOURLY, ROOT, Office, briefing
from patience import PATIENCE, await_true
from workspaces import PaperShop

from generator import archive
from generator.agenda import decide
from generator.ledger import BUILT, FAILED, UNCHANGED
from generator.service import Service
from generator.workspace import Workspace

HEAD = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\n"
LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime*.so.1"))), None)
"""Where Debian's package faketime puts its library: the one without threads first."""
NIGHTLY = """
[schedules.berlin]
cron = "30 2 * * *"
zone = "Europe/Berlin"
[schedules.minsk]
cron = "30 2 * * *"
zone = "Europe/Minsk"
"""


def at(start: str, office: Office, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a machine whose clock starts at another time, and goes on from there."""
    assert LIBRARY, "apt-get install faketime"
    library = LIBRARY.with_name("libfaketimeMT.so.1")
    clock = {"TZ": "UTC", "LD_PRELOAD": str(library), "FAKETIME": f"@{start}"}
    return subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(office.folder), *arguments],
        check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT), **clock}, cwd=ROOT,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "berlin", "minsk"),
    [
        # Clocks go forward in Berlin at 01:00 universal time, from two to three: half past two is not there.
        ("2026-03-28 22:00:00", ["2026-03-29 03:00", "2026-03-30 02:30"], ["2026-03-29 02:30", "2026-03-30 02:30"]),
        # They go back at 01:00 from three to two: half past two comes twice and is due the first time.
        ("2026-10-24 22:00:00", ["2026-10-25 02:30", "2026-10-26 02:30"], ["2026-10-25 02:30", "2026-10-26 02:30"]),
    ],
    ids=["e03", "e04"],
)
def test_e03_e04_by_the_machines_clock_each_night_has_one_slot_in_both_zones(
    tmp_path: Path, now: str, berlin: list[str], minsk: list[str]
) -> None:
    office = Office(tmp_path / "w", NIGHTLY)

    result = at(now, office, "run", "--dry-run")

    assert result.returncode == 0, result.stderr
    assert re.findall(r"^berlin@\S+ +(\S+ \S+) Europe/Berlin", result.stdout, re.MULTILINE)[:2] == berlin
    assert re.findall(r"^minsk@\S+ +(\S+ \S+) Europe/Minsk", result.stdout, re.MULTILINE)[:2] == minsk
    assert ("03:00 Europe/Berlin  " in result.stdout) == (now < "2026-04"), "the shift is not told"


@pytest.mark.slow
def test_e03_e04_both_nights_are_worked_through_with_one_edition_a_zone_and_night(tmp_path: Path) -> None:
    for first in ("2026-03-29", "2026-10-25"):
        office = Office(tmp_path / first, NIGHTLY, topics=("north",))
        office.clock.now = datetime.fromisoformat(f"{first}T00:00+00:00") - timedelta(hours=4)
        office.turn()
        made = []
        for _ in range(24 * 12):
            office.clock.pass_(minutes=5)
            with Service(Workspace(office.folder), office.clock) as service:
                service.works._shop = office.shop  # type: ignore[assignment]
                if service.ledger.due(office.clock()):
                    made += [making.id for making in service.turn().makings]

        assert len(made) == len(set(made))
        assert sorted(id_.partition("@")[0] for id_ in made) == ["berlin", "minsk"], made


@pytest.mark.slow
def test_e05_e13_a_machines_clock_that_went_back_or_was_never_set_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY, topics=("north",))

    first, back, never = (
        at(time, office, "run") for time in ("2026-11-22 10:20:00", "2026-11-20 10:20:00", "1970-01-01 00:00:10")
    )

    assert [first.returncode, back.returncode, never.returncode] == [0, 1, 3], (first.stderr, back.stderr, never.stderr)
    assert re.search(r"the clock went back by (1 day, 23|2 days)", back.stderr), back.stderr
    assert "it shows 1970-01-01" in never.stderr


@pytest.mark.slow
def test_e05_a_clock_that_jumps_under_a_worker_makes_nothing_twice_and_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY, topics=("north",))
    start, reports = office.clock.now, []

    def turned(report: object) -> None:
        reports.append(report)
        jumps = {1: timedelta(hours=3), 2: timedelta(days=-2), 3: timedelta(hours=3, minutes=5), 5: timedelta(hours=4)}
        office.clock.now = start + jumps.get(len(reports), office.clock.now - start)
        if len(reports) == 7:
            stop.set()

    stop = threading.Event()
    with Service(Workspace(office.folder), office.clock) as service:
        service.works._shop = office.shop  # type: ignore[assignment]
        service.work(0.01, stop, turned)

    made = [making.id for report in reports for making in report.makings]
    # What was left out under the wrong clock is due again; what was made is not.
    assert made == [f"hourly@2026-11-22T{hour}:00Z/north/1" for hour in (13, 12, 14)]
    assert [bool(report.problems) for report in reports] == [False, False, True, False, False, False, False]
    assert "the clock went back by 2 days" in reports[2].problems[0]
    assert office.shop.made == ["north.en"]


@pytest.mark.slow
def test_e01_a_leader_that_slept_through_a_decision_writes_nothing_of_its_own(tmp_path: Path, engine: str) -> None:
    office = Office(tmp_path / "w", HOURLY + engine)
    office.turn()
    office.clock.pass_(minutes=40)
    with Service(Workspace(office.folder), office.clock) as sleeper:
        seen = sleeper.ledger.due(office.clock())
        assert len(seen) == 1
        report = office.turn()
        assert office.states(report) == {"north": BUILT, "south": BUILT}

        office.clock.pass_(minutes=90)
        late = sleeper.ledger.decide(seen[0], decide(seen[0].schedule, seen[0].memory, office.clock()), office.clock())

        assert late is False
        assert len(sleeper.ledger.entries()) == 1
        assert sleeper.ledger.open_slots() == ()


class SlowShop(PaperShop):
    """A workshop in which the topic that is begun first is made for as long as any other one is not."""

    def __init__(self, topics: int) -> None:
        super().__init__()
        self.left, self.begun, self.lock, self.rest_done = topics, 0, threading.Lock(), threading.Event()

    def make(self, draft: Any, *rest: object) -> Any:
        with self.lock:
            self.begun += 1
            slow = self.begun == 1
        if slow:
            assert self.rest_done.wait(PATIENCE), "the others wait for the slow one"
        made = super().make(draft, *rest)
        with self.lock:
            self.left -= 1
            if self.left == 1:
                self.rest_done.set()
        return made


@pytest.mark.slow
def test_e12_a_topic_that_takes_for_ever_keeps_no_other_waiting(tmp_path: Path) -> None:
    topics = tuple(f"branch{letter}" for letter in "abcdefghijklm")
    office = Office(tmp_path / "w", "workers = 1\n" + HOURLY, topics=topics)
    office.turn()
    office.shop = shop = SlowShop(len(topics))
    office.clock.pass_(minutes=40)

    report = office.turn()

    assert office.states(report) == dict.fromkeys(topics, BUILT)
    assert shop.rest_done.is_set(), "no topic was slow"
    assert (shop.begun, len(set(shop.made))) == (13, 13), "none was tried twice"


POISON = HEAD + textwrap.dedent("""
    import ctypes, os
    from pathlib import Path
    from office import Clock
    from workspaces import PaperShop
    from generator.service import Service
    from generator.workspace import Workspace
    class Poison(PaperShop):
        def make(self, draft, *rest):
            if draft.topic.id == "north":
                ctypes.string_at(0)
            return super().make(draft, *rest)
    with Service(Workspace(Path(sys.argv[1])), Clock(sys.argv[2])) as service:
        service.works._shop = Poison()
        service.turn()
""")


@pytest.mark.slow
def test_e07_a_topic_that_kills_its_process_each_time_is_given_up_and_delays_no_other(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY.replace("0 * * * *", "0 14 22 11 *"))
    office.turn()
    office.clock.pass_(minutes=40)
    now = office.clock().strftime("%Y-%m-%dT%H:%M")
    died = 0
    for _ in range(20):
        code = subprocess.run(
            [sys.executable, "-c", POISON, str(office.folder), now], check=False, capture_output=True
        ).returncode
        if code == 0:
            break
        assert code == -signal.SIGSEGV
        died += 1

    with Service(Workspace(office.folder), office.clock) as service:
        north, south = service.ledger.latest()
    assert died >= 2, "the fault never fired"
    assert (north.state, "given up: its process died each time" in north.error) == (FAILED, True)
    assert south.state in (BUILT, UNCHANGED)


@pytest.mark.slow
def test_e10_kills_in_a_row_lose_nothing_and_double_nothing(tmp_path: Path, engine: str) -> None:
    topics = tuple(f"branch{letter}" for letter in "abcdef")
    office = Office(tmp_path / "w", HOURLY + engine, topics=topics)
    office.clock.now = datetime.now(UTC) - timedelta(days=1)
    office.turn()
    reports = office.folder / "reports"

    killed = 0
    for number in range(12):
        process = briefing(office.folder, "run")
        # Later and later: with the first locks, with each further edition.
        await_true(
            lambda number=number, process=process: process.poll() is not None  # type: ignore[misc]
            or (len(list(reports.glob("*/*/record.json"))) >= number // 2
            and any((office.folder / ".briefing/locks").glob("*.lock")))
        )
        if process.poll() is None:
            process.kill()
            killed += 1
        process.communicate()
    last = briefing(office.folder, "run")
    out, err = last.communicate(timeout=600)

    assert killed >= 3, "the kills came too late"
    assert last.returncode == 0, (out, err)
    assert sorted(path.name for path in reports.iterdir()) == sorted(topics)
    for topic in topics:
        (edition,) = archive.editions(reports, topic)
        assert archive.damage(reports, edition) == ""
    with Service(Workspace(office.folder), office.clock) as service:
        assert {making.state for making in service.ledger.latest()} <= {BUILT, UNCHANGED}
        assert service.ledger.open_slots() == ()
