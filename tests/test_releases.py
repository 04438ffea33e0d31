"""Releases: when a publisher publishes its series are refreshed, and what hangs on them is made where it is due."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from office import ROOT, Office
from publisher import Publisher, data
from test_schedules import KNOWN
from wired import mirror, worldbank
from workspaces import edit

from generator.ledger import BUILT, DEAD, FAILED, HELD, UNCHANGED
from generator.reading import Findings
from generator.releases import connectors
from generator.schedules import Known, read_schedules
from generator.service import Report, Service, preview
from generator.slots import Schedule
from generator.status import read_status
from generator.timetable import lines, upcoming_lines
from generator.workspace import Workspace

RELEASE = '[releases.loans]\ncron = "30 * * * *"\nzone = "UTC"\n'
WATCH = '[schedules.watch]\ncron = "0 7 1 1 *"\nzone = "UTC"\nwhen = "material"\nmaterial = { "*" = "1%" }\n'
SERIES = ("north/north_loans", "south/south_loans")
FILE = '[connector]\nname = "file"\nsource = "NORTH"\npath = "data/sources/loans.csv"\n'
BANK = '[connector]\nname = "worldbank"\nsource = "SOUTH"\ncountry = "XYZ"\nindicator = "LIB.LOANS"\n'
ASKED = "/v2/country/XYZ/indicator/LIB.LOANS"
OLD = {year: year + 1 for year in range(2018, 2025)}
KNOWN_SERIES = Known(KNOWN.topics, KNOWN.languages, KNOWN.metrics, {"economy/gdp": "worldbank", "economy/trade": "comtrade"})


def publish(at: Office, **changed: int) -> None:
    """Let the publisher of the north say other numbers: `y2024=1`."""
    rows = {**OLD, **{int(year[1:]): value for year, value in changed.items()}}
    text = "period,value\n" + "".join(f"{year},{value}\n" for year, value in rows.items())
    (at.folder / "data/sources").mkdir(exist_ok=True)
    (at.folder / "data/sources/loans.csv").write_text(text, "utf-8")


def office(folder: Path, settings: str, publisher: Publisher | None = None) -> Office:
    """Return an office in which the north's series, and the south's where there is a publisher, are connected."""
    at = Office(folder / "w", settings + (mirror(publisher, BANK) if publisher else ""))
    for name, connector in (("north", FILE), ("south", BANK))[: 1 + bool(publisher)]:
        with (at.folder / f"data/{name}/series/{name}_loans.toml").open("a", encoding="utf-8") as file:
            file.write(connector)
    publish(at)
    at.turn()
    return at


def at_half_past(at: Office) -> Report:
    at.clock.pass_(minutes=30 - at.clock.now.minute if at.clock.now.minute < 30 else 90 - at.clock.now.minute)
    return at.turn()


def states(report: Report) -> dict[str, str]:
    return {f"{each.schedule}/{each.topic}": each.state for each in report.makings}


@pytest.mark.slow
def test_what_a_publisher_changed_is_fetched_at_its_time_and_what_is_due_by_it_is_made(tmp_path: Path, engine: str) -> None:
    at = office(tmp_path, RELEASE + WATCH + engine)
    first = at_half_past(at)
    publish(at, y2024=2030)

    small = at_half_past(at)
    publish(at, y2024=2600)
    large = at_half_past(at)

    assert states(first) == {"loans/@file": UNCHANGED, "watch/north": BUILT}, "the first edition is due in any case"
    assert states(small) == {"loans/@file": BUILT, "watch/north": HELD}
    assert states(large) == {"loans/@file": BUILT, "watch/north": BUILT}
    assert "2024,2600,reader,,NORTH" in (at.folder / "data/north/series/north_loans.csv").read_text("utf-8")
    assert "loans@2026-11-22T12:30Z @file: built  changed: north/north_loans" in list(lines(large))
    assert [each.reason for each in large.entries] == ["due", "due: release loans@2026-11-22T12:30Z"]
    at.clock.pass_(minutes=5)
    assert at.turn().makings == (), "once"


@pytest.mark.slow
def test_a_failing_publisher_backs_off_and_delays_no_other(tmp_path: Path, publisher: Publisher, engine: str) -> None:
    publisher.on(ASKED, data(b"<html>down for maintenance</html>"))
    at = office(tmp_path, RELEASE.replace("30 * * * *", "30 10 22 11 *") + WATCH + engine, publisher)

    report = at_half_past(at)
    status = read_status(Workspace(at.folder), at.clock())
    publisher.on(ASKED, data(worldbank({**OLD, 2024: 2150}, updated="2026-11-20")))
    waiting = at.turn()
    at.clock.pass_(minutes=2)
    later = at.turn()

    assert publisher.asked, "the fault did not fire"
    assert states(report) == {"loans/@file": UNCHANGED, "loans/@worldbank": FAILED, "watch/north": BUILT}
    (course,) = [each for each in status.courses if each.failing]
    assert course.topic == "@worldbank"
    assert course.failure is not None
    assert "south/south_loans: failed: " in course.failure.error
    assert waiting.makings == ()
    assert {f"{each.topic}@{each.attempt}": each.state for each in later.makings} == {
        "@worldbank@2": BUILT, "south@1": BUILT,
    }, [each.error for each in later.makings]  # fmt: skip


@pytest.mark.slow
def test_e02_a_release_that_nobody_was_there_for_is_made_up_for_once(tmp_path: Path) -> None:
    at = office(tmp_path, RELEASE + WATCH)
    at.clock.pass_(days=7)

    report = at.turn()

    assert states(report) == {"loans/@file": UNCHANGED, "watch/north": BUILT}
    assert [(each.state, each.count) for each in report.entries if each.schedule == "loans"] == [("left out", 167), ("done", 1)]


@pytest.mark.slow
def test_what_somebody_must_decide_is_told_once_and_gone_on_with_after_the_decision(tmp_path: Path, engine: str) -> None:
    told = tmp_path / "told"
    alert = f'alert = ["sh", "-c", "cat >> {told}"]\n'
    at = office(tmp_path, RELEASE.replace("30 * * * *", "30 10 22 11 *") + WATCH + (engine or "[engine]\n") + alert)
    publish(at, y2024=20_250)

    held = at_half_past(at)
    at.clock.pass_(days=1)
    quiet = at.turn()
    publish(at)
    edit(at.folder / "data/north/series/north_loans.csv", "2024,2025,reader,,NORTH,,", "2024,2025,reader,,NORTH,,looked at")
    at.clock.pass_(minutes=1)
    after = at.turn()

    assert states(held) == {"loans/@file": DEAD}
    assert "north/north_loans: held back: " in held.makings[0].error
    assert quiet.makings == ()
    assert json.loads(told.read_text("utf-8"))["topic"] == "@file"
    assert states(after) == {"loans/@file": UNCHANGED, "watch/north": BUILT}


@pytest.mark.slow
def test_a_release_goes_to_lists_that_it_is_material_for(tmp_path: Path) -> None:
    shelf = '[channels.shelf]\nkind = "memory"\n[[lists]]\nname = "city"\nchannel = "shelf"\nrecipients = ["a@x"]\n'
    at = office(tmp_path, RELEASE + WATCH.replace("[schedules.watch]", '[schedules.watch]\nlists = ["city"]') + shelf)
    at_half_past(at)
    publish(at, y2024=2600)

    report = at_half_past(at)

    (allotment,) = report.allotments
    assert "north_loans 2024 was 2025 reader and is 2600 reader (28.4%)" in allotment.reason
    assert [each.state for each in report.deliveries] == ["sent"]


@pytest.mark.slow
def test_an_edited_table_of_dates_counts_from_the_next_turn(tmp_path: Path) -> None:
    release = RELEASE.replace('cron = "30 * * * *"', 'file = "data/releases.csv"\ntime = "10:40"\nseries = ["north/north_loans"]')
    table = tmp_path / "w/data/releases.csv"
    at = office(tmp_path, "")
    table.write_text("date,series\n2027-01-01,\n", "utf-8")
    with (at.folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(release)
    at.turn()

    table.write_text("date,series\n2026-11-22,north/north_loans\n2027-01-01,\n", "utf-8")
    at.turn()
    at.clock.pass_(minutes=25)

    assert states(at.turn()) == {"loans/@file": UNCHANGED}


@pytest.mark.slow
def test_of_releases_of_one_minute_each_makes_a_slot_of_its_own_due(tmp_path: Path, engine: str) -> None:
    at = office(tmp_path, RELEASE + WATCH + WATCH.replace("watch]", "south]").replace('when = "', 'topics = ["south"]\nwhen = "', 1) + engine)

    def act(service: Service) -> None:
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda n: service.ledger.follow(("north",), f"due: release {n}", at.clock()), range(4)))
        found.extend(f"{each.schedule}@{each.slot}" for makings in made for each in makings)

    found: list[str] = []
    at.turn(act)

    assert sorted(found) == [f"watch@2026-11-22T10:2{minute}Z" for minute in range(4)]


@pytest.mark.slow
def test_a_release_whose_series_is_gone_says_so(tmp_path: Path) -> None:
    at = office(tmp_path, RELEASE)
    edit(at.folder / "data/north/series/north_loans.toml", FILE, "")

    (making,) = at_half_past(at).makings

    assert (making.topic, making.state) == ("@", DEAD)
    assert making.error == "none of its series has a [connector] any more"


def test_a_release_chooses_its_series_by_name_or_by_connector(tmp_path: Path, publisher: Publisher) -> None:
    at = office(tmp_path, "", publisher)

    def chosen(**more: object) -> tuple[str, ...]:
        return connectors(Workspace(at.folder), Schedule("r", "UTC", kind="release", **more))  # type: ignore[arg-type]

    assert chosen() == ("@file", "@worldbank")
    assert chosen(connector="file") == ("@file",)
    assert chosen(series=("south/south_loans",)) == ("@worldbank",)


def test_the_outlook_tells_what_a_release_refreshes(tmp_path: Path) -> None:
    at = office(tmp_path, RELEASE)

    said = list(upcoming_lines(preview(Workspace(at.folder), at.clock())))

    assert said[:2] == [
        "loans@2026-11-22T10:30Z  2026-11-22 10:30 UTC",
        "  refreshes every connected series; then the schedules of their topics that have a condition",
    ]


def read(folder: Path, text: str, table: str = "") -> tuple[tuple[Schedule, ...], list[str]]:
    (folder / "briefing.toml").write_text(f'issuer = "x"\n{text}', "utf-8")
    if table:
        (folder / "dates.csv").write_text(table, "utf-8")
    findings = Findings()
    return read_schedules(Workspace(folder), KNOWN_SERIES, findings), [str(finding) for finding in findings]


DATES = '[releases.gdp]\nfile = "dates.csv"\ntime = "09:30"\nzone = "Asia/Shanghai"\nseries = ["economy/gdp"]\n'


def test_a_table_of_dates_is_read_and_serves_several_releases(tmp_path: Path) -> None:
    table = "date,time,series,title\n2026-12-18,,economy/gdp,GDP\n2026-12-20,11:00,economy/trade,Trade\n2027-01-18,,,All\n"
    text = DATES + DATES.replace("gdp]", "trade]").replace("economy/gdp", "economy/trade")

    (gdp, trade), problems = read(tmp_path, text, table)

    assert problems == []
    assert gdp.at == (datetime(2026, 12, 18, 9, 30), datetime(2027, 1, 18, 9, 30))  # noqa: DTZ001 - of the wall
    assert trade.at == (datetime(2026, 12, 20, 11), datetime(2027, 1, 18, 9, 30))  # noqa: DTZ001
    assert (gdp.kind, gdp.series, gdp.when, gdp.catch_up) == ("release", ("economy/gdp",), "always", "latest")


@pytest.mark.parametrize(
    ("text", "table", "words"),
    [
        (DATES, "date\n2026-13-01\n", "dates.csv:2: error: the date '2026-13-01'; expected a day"),
        (DATES, "date,time\n2026-12-01,25:00\n", "dates.csv:2: error: the time '25:00'; expected hours and minutes"),
        (DATES.replace('time = "09:30"\n', ""), "date\n2026-12-01\n", "dates.csv:2: error: no time, and the release has none"),
        (DATES, "date,series\n2026-12-01,economy/gpd\n", "Did you mean 'economy/gdp'?"),
        (DATES, "date,series\n2026-12-01,economy/trade\n", "briefing.toml:3: error: releases.gdp.file: no date in dates.csv is for it"),
        (DATES, "day\n2026-12-01\n", "dates.csv:1: error: "),
        (DATES.replace("09:30", "9.30"), "date\n2026-12-01\n", "briefing.toml:4: error: releases.gdp.time: '9.30'"),
        (DATES.replace("dates.csv", "none.csv"), "", "none.csv"),
        (DATES + 'cron = "0 9 * * *"\n', "date\n2026-12-01\n", "cron and file beside each other; expected one of the three"),
        (DATES.replace('file = "dates.csv"\n', ""), "", "neither `cron` nor `at` nor `file`"),
        (RELEASE + 'time = "09:30"\n', "", "releases.loans.time: without a table of dates"),
        (RELEASE + 'series = ["economy/gpd"]\n', "", "briefing.toml:5: error: releases.loans.series: no serie"),
        (RELEASE + 'connector = "worldbnk"\n', "", "Did you mean 'worldbank'?"),
        (RELEASE + 'connector = "worldbank"\nseries = ["economy/gdp"]\n', "", "beside `series`"),
        (RELEASE + 'holiday = "skip"\n', "", "without a calendar"),
        (RELEASE + 'topics = ["economy"]\n', "", "topics: is unknown"),
        (RELEASE.replace("30 * * * *", "31 2 *"), "", "3 fields instead of five"),
        (RELEASE.replace("UTC", "Mars"), "", "no time zone 'Mars'"),
        (RELEASE + "[schedules.loans]\n" + RELEASE.partition("\n")[2], "", "'loans' is a schedule too"),
        ("releases = 7\n", "", "a table [releases]"),
    ],
)
def test_what_is_wrong_with_a_release_is_told_with_its_line_and_it_is_left_out(
    tmp_path: Path, text: str, table: str, words: str
) -> None:
    releases, problems = read(tmp_path, text, table)

    assert any(words in problem for problem in problems), problems
    assert [each for each in releases if each.kind == "release"] == []


def test_the_examples_of_the_documentation_are_sound(tmp_path: Path) -> None:
    docs = (ROOT / "docs/schedules.md").read_text("utf-8")
    (example,) = [text for text in re.findall(r"```toml\n(.*?)```", docs, re.DOTALL) if "[releases." in text]
    (table,) = re.findall(r"```csv\n(.*?)```", docs, re.DOTALL)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/releases.csv").write_text(table, "utf-8")

    releases, problems = read(tmp_path, example)

    assert problems == []
    assert [each.name for each in releases] == ["gdp", "trade"]
    assert all(f"| `{key}`" in docs for key in ("cron", "at", "file", "time", "series", "connector"))
