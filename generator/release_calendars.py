"""The release calendars of `briefing.toml`: when which publisher publishes, read strictly.

Place in the pipeline: a part of the stage `schedules`. In: a table `[releases.<name>]` and the table of dates that it
may name; out: a `Schedule` of the kind "release" with every problem found. docs/schedules.md describes each key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time
from typing import get_args

from .model import Place
from .reading import Table
from .slots import Calendar, Holiday, Schedule
from .tables import Row, read_rows
from .timings import all_known, check_name, check_time, choice, moments, named, sentence, zone
from .workspace import Workspace

COLUMNS = ("time", "series", "title")
"""Columns that a table of dates may have beside `date`."""
_CLOCK = re.compile(r"(\d\d):(\d\d)\Z", re.ASCII)
_WAYS = ("cron", "at", "file")


def read_release(
    name: str, table: Table, calendars: Mapping[str, Calendar], series: Mapping[str, str], workspace: Workspace
) -> tuple[Schedule, bool]:
    """Return a release and whether nothing is wrong with it; `series` holds the connector of each that has one."""
    before = len(table.findings)
    check_name(name, table)
    ways = [way for way in _WAYS if way in table.data]
    if len(ways) != 1:
        found = f"{' and '.join(ways)} beside each other" if ways else "neither `cron` nor `at` nor `file`"
        table.refuse(ways[0] if ways else "cron", found, expected="one of the three", cure="Say once when it is.")
    connected = "a series with a [connector], as topic/series"
    mine = all_known(table, "series", tuple(series), connected, "all that are connected")
    calendar = named(table, "calendar", tuple(calendars)) if "calendar" in table.data else ""
    connector = table.text("connector", "")
    if connector and connector not in series.values():
        cure = sentence(connector, sorted(set(series.values())))
        table.refuse("connector", f"no series of '{connector}'", expected="a connector that series have", cure=cure)
    clock = _clock(table)
    release = Schedule(
        name=name,
        zone=zone(table),
        cron=table.text("cron", ""),
        at=tuple(_read_dates(table, mine, series, clock, workspace)) if "file" in table.data else moments(table),
        calendar=calendars.get(calendar),
        holiday=choice(table, "holiday", get_args(Holiday), "after"),
        kind="release",
        series=mine,
        connector=connector,
        place=table.place(),
    )
    _check_together(release, table)
    table.done()
    if len(table.findings) == before:
        check_time(release, table)
    return release, len(table.findings) == before


def _check_together(release: Schedule, table: Table) -> None:
    """Refuse keys that say nothing without another, or twice."""

    def refuse(key: str, found: str, expected: str) -> None:
        table.refuse(key, found, expected=expected, cure="Add the one or remove the other.")

    if "time" in table.data and "file" not in table.data:
        refuse("time", "without a table of dates", "`file` beside it")
    if "holiday" in table.data and "calendar" not in table.data:
        refuse("holiday", "without a calendar", "`calendar` beside it")
    if release.series and release.connector:
        refuse("connector", "beside `series`", "one of `series` and `connector`")


def _clock(table: Table) -> time | None:
    """Return the time of day of dates that have none of their own; None where none is given."""
    text = table.text("time", "")
    found = _time(text)
    if text and found is None:
        table.refuse("time", f"'{text}'", expected='hours and minutes: "09:30"', cure="Correct it.")
    return found


def _time(text: str) -> time | None:
    match = _CLOCK.match(text)
    try:
        return time(int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def _read_dates(
    table: Table, mine: Collection[str], series: Collection[str], clock: time | None, workspace: Workspace
) -> Iterator[datetime]:
    """Yield the moments of the table of dates: rows that name no series, or one of the release's."""
    file = table.text("file", "")
    text = workspace.text(file, table.findings)
    if text is None:
        return
    before, count = len(table.findings), 0
    for row in read_rows(text, file, ("date",), COLUMNS, table.findings):
        named_ = row["series"].split()
        moment = _moment(row, clock, table)
        for name in named_:
            if name not in series:
                cure = sentence(name, tuple(series))
                table.findings.add(
                    row.place, "release.series", f"no connected series '{name}'", expected="topic/series", cure=cure
                )
        if moment is not None and (not named_ or not mine or set(named_) & set(mine)):
            count += 1
            yield moment
    if not count and len(table.findings) == before:
        expected = "a row without a series, or with one of the release's"
        table.refuse("file", f"no date in {file} is for it", expected=expected, cure="Add its dates, or correct them.")


def _moment(row: Row, clock: time | None, table: Table) -> datetime | None:
    """Return when a row's release is, by the clock on the wall."""
    try:
        day = date.fromisoformat(row["date"])
    except ValueError:
        _refuse(row.place, f"the date '{row['date']}'", "a day: 2026-12-18", table)
        return None
    at = _time(row["time"]) if row["time"] else clock
    if at is None:
        found = f"the time '{row['time']}'" if row["time"] else "no time, and the release has none"
        _refuse(row.place, found, 'hours and minutes: "09:30"', table)
        return None
    return datetime.combine(day, at)


def _refuse(place: Place, found: str, expected: str, table: Table) -> None:
    table.findings.add(place, "release.date", found, expected=expected, cure="Correct it.")
