"""Schedules and calendars of `briefing.toml`, read strictly.

Place in the pipeline: a stage beside step 1 Read. In: the table of briefing.toml; out: `Schedule` values with every
problem found. A schedule with a problem is left out, and never guessed at. docs/schedules.md describes each key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import get_args

from .reading import Findings, Table
from .release_calendars import read_release
from .slots import WEEKDAYS, Calendar, CatchUp, Holiday, Schedule, When
from .timings import all_known, check_name, check_time, choice, moments, named, sentence, zone
from .workspace import SETTINGS, Workspace

EVERY_OTHER = "*"
_YEARLY = re.compile(r"(\d\d)-(\d\d)\Z", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a schedule may be: topics, languages of the workspace, metrics."""

    topics: tuple[str, ...]
    languages: tuple[str, ...]
    metrics: tuple[str, ...]
    series: Mapping[str, str] = field(default_factory=dict)
    """The connector of each series that has one, by `topic/series`."""


def read_schedules(workspace: Workspace, known: Known, findings: Findings) -> tuple[Schedule, ...]:
    """Return the schedules of a workspace that are sound, in their order; problems are collected."""
    table = workspace.table(SETTINGS, findings)
    if table is None:
        return ()
    calendars, wrong = {}, set()
    for name, child in table.table("calendars").named():
        before = len(findings)
        calendars[name] = _calendar(name, child)
        wrong |= {name} if len(findings) > before else set()
    lists = _cadences(table.data.get("lists"))
    schedules = tuple(
        _schedule(name, child, calendars, known, lists) for name, child in table.table("schedules").named()
    )
    schedules += tuple(_releases(workspace, table, calendars, known, {each.name for each, _ in schedules}))
    used = {schedule.calendar.name for schedule, _ in schedules if schedule.calendar}
    for name in sorted(calendars.keys() - used - wrong):
        # Where a schedule is wrong it may be the one that uses the calendar.
        if all(sound for _, sound in schedules):
            cure = "Name it in a schedule, or remove it."
            table.table("calendars").refuse(name, "no schedule uses it", expected="a calendar that is used", cure=cure)
    return tuple(each for each, sound in schedules if sound and not (each.calendar and each.calendar.name in wrong))


def release_files(workspace: Workspace) -> tuple[str, ...]:
    """Return the tables of dates that releases name: an edit of one is an edit of the schedules."""
    table = workspace.table(SETTINGS, Findings())
    releases = table.data.get("releases") if table else None
    tables = releases.values() if isinstance(releases, dict) else ()
    files = {each.get("file") for each in tables if isinstance(each, dict)}
    return tuple(sorted(file for file in files if isinstance(file, str)))


def _releases(
    workspace: Workspace, table: Table, calendars: Mapping[str, Calendar], known: Known, schedules: Collection[str]
) -> Iterator[tuple[Schedule, bool]]:
    """Yield the releases, each with whether nothing is wrong with it; their names are no schedule's."""
    releases = table.table("releases")
    for name, child in releases.named():
        release, sound = read_release(name, child, calendars, known.series, workspace)
        if name in schedules:
            expected = "a name that no schedule has: both stand in one ledger"
            releases.refuse(name, f"'{name}' is a schedule too", expected=expected, cure="Rename one.")
        yield release, sound and name not in schedules


def _schedule(
    name: str, table: Table, calendars: Mapping[str, Calendar], known: Known, lists: Mapping[str, str]
) -> tuple[Schedule, bool]:
    """Return a schedule and whether nothing is wrong with it."""
    before = len(table.findings)
    check_name(name, table)
    calendar = named(table, "calendar", tuple(calendars)) if "calendar" in table.data else ""
    schedule = Schedule(
        name=name,
        zone=zone(table),
        cron=table.text("cron", ""),
        at=moments(table),
        topics=all_known(table, "topics", known.topics),
        languages=all_known(table, "languages", known.languages),
        lists=_lists(table, lists),
        calendar=calendars.get(calendar),
        holiday=choice(table, "holiday", get_args(Holiday), "after"),
        catch_up=choice(table, "catch_up", get_args(CatchUp), "latest"),
        when=choice(table, "when", get_args(When), "always"),
        at_latest=_days(table),
        material=_thresholds(table.table("material"), known.metrics),
        strict=table.flag("strict", default=True),
        place=table.place(),
    )
    _check_together(schedule, table)
    table.done()
    if len(table.findings) == before:
        check_time(schedule, table)
    return schedule, len(table.findings) == before


def _cadences(lists: object) -> dict[str, str]:
    """Return the cadence of each list by its name; what else is wrong with lists is told where they are read."""
    tables = [each for each in lists if isinstance(each, dict)] if isinstance(lists, list) else []
    return {str(each["name"]): str(each.get("cadence", "manual")) for each in tables if "name" in each}


def _lists(table: Table, cadences: Mapping[str, str]) -> tuple[str, ...]:
    names = all_known(table, "lists", tuple(cadences), "the names of [[lists]]", "nobody")
    for name in names:
        cadence = cadences.get(name, "manual")
        if cadence != "manual":
            found = f"list '{name}' goes out by itself: its cadence is \"{cadence}\""
            cure = "Remove the list's cadence, or do not name it here."
            table.refuse("lists", found, expected="a list without a cadence, sent by this schedule", cure=cure)
    return names


def _days(table: Table) -> int | None:
    days = table.number("at_latest")
    if days is not None and days < 1:
        table.refuse("at_latest", f"{days}", expected="a number of days above zero", cure="Correct it.")
    return days


def _thresholds(table: Table, metrics: tuple[str, ...]) -> tuple[tuple[str, Decimal], ...]:
    found = []
    for metric in table.data:
        text = table.text(metric)
        match = _PERCENT.match(text)
        if not match:
            table.refuse(metric, f"'{text}'", expected='a percentage such as "5%"', cure="Correct it.")
        if metric not in (*metrics, EVERY_OTHER):
            expected = f'a metric of data/vocabulary.toml, or "{EVERY_OTHER}" for every other'
            table.refuse(metric, "no such metric", expected=expected, cure=sentence(metric, metrics))
        found.append((metric, Decimal(match[1]) / 100 if match else Decimal(0)))
    return tuple(found)


def _check_together(schedule: Schedule, table: Table) -> None:
    """Refuse keys that say nothing without another, and schedules that two keys or none would time."""

    def refuse(key: str, found: str, expected: str) -> None:
        table.refuse(key, found, expected=expected, cure="Add the one or remove the other.")

    if ("cron" in table.data) == ("at" in table.data):
        refuse("cron", "beside `at`" if "at" in table.data else "is missing, and so is `at`", "one of `cron` and `at`")
    if "holiday" in table.data and "calendar" not in table.data:
        refuse("holiday", "without a calendar", "`calendar` beside it")
    if "at_latest" in table.data and schedule.when == "always":
        refuse("at_latest", 'beside when = "always"', 'when = "changed" or "material"')
    if bool(schedule.material) != (schedule.when == "material"):
        refuse("material", f'{"" if schedule.material else "no thresholds "}with when = "{schedule.when}"',
               'thresholds in [….material] with when = "material", and with nothing else')  # fmt: skip


# --- calendars --------------------------------------------------------------------------------------


def _calendar(name: str, table: Table) -> Calendar:
    weekdays = table.texts("closed")
    for word in weekdays:
        if word not in WEEKDAYS:
            cure = sentence(word, WEEKDAYS)
            table.refuse("closed", f"'{word}'", expected="days of the week in lower case", cure=cure)
    days, yearly = _closed_days(table)
    calendar = Calendar(
        name,
        frozenset(WEEKDAYS.index(word) for word in weekdays if word in WEEKDAYS),
        days,
        yearly,
        frozenset(_dates(table, "open")),
    )
    if len(calendar.weekdays) == len(WEEKDAYS):
        table.refuse("closed", "every day of the week", expected="an open day", cure="Leave one open.")
    if calendar == replace(Calendar(name), open=calendar.open):
        table.refuse("days", "closes no day", expected="`closed` or `days`", cure="Write them, or remove the calendar.")
    table.done()
    return calendar


def _closed_days(table: Table) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
    """Return the dates of `days`, and those of every year, written as texts: "05-09"."""
    values = table.raw("days") or []
    days, yearly = set(), set()
    for value in values if isinstance(values, list) else [values]:
        if type(value) is date:
            days.add(value)
        elif (day := _every_year(value)) is not None:
            yearly.add(day)
        else:
            expected = 'dates, or texts for every year: [2026-05-01, "12-25"]'
            table.refuse("days", f"{value!r}", expected=expected, cure="Correct it.")
    return frozenset(days), frozenset(yearly)


def _every_year(value: object) -> tuple[int, int] | None:
    match = _YEARLY.match(value) if isinstance(value, str) else None
    try:
        return (date(2000, int(match[1]), int(match[2])).month, int(match[2])) if match else None
    except ValueError:
        return None


def _dates(table: Table, key: str) -> tuple[date, ...]:
    values = table.raw(key) or []
    if not isinstance(values, list) or not all(type(value) is date for value in values):
        table.refuse(key, f"{values!r}", expected="dates: [2026-05-16]", cure="Correct it.")
        return ()
    return tuple(values)
