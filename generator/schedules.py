"""Schedules and calendars of `briefing.toml`, read strictly.

Place in the pipeline: a stage beside step 1 Read. In: the table of briefing.toml; out: `Schedule` values with every
problem found. A schedule with a problem is left out, and never guessed at. docs/schedules.md describes each key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo, available_timezones

from .reading import Findings, Table, did_you_mean
from .slots import WEEKDAYS, Calendar, CatchUp, Holiday, Schedule, When, fault_of, is_ever_due
from .workspace import SETTINGS, Workspace

EVERY_OTHER = "*"
_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_YEARLY = re.compile(r"(\d\d)-(\d\d)\Z", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%\Z", re.ASCII)
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a schedule may be: topics, languages of the workspace, metrics."""

    topics: tuple[str, ...]
    languages: tuple[str, ...]
    metrics: tuple[str, ...]


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
    used = {schedule.calendar.name for schedule, _ in schedules if schedule.calendar}
    for name in sorted(calendars.keys() - used - wrong):
        # Where a schedule is wrong it may be the one that uses the calendar.
        if all(sound for _, sound in schedules):
            cure = "Name it in a schedule, or remove it."
            table.table("calendars").refuse(name, "no schedule uses it", expected="a calendar that is used", cure=cure)
    return tuple(each for each, sound in schedules if sound and not (each.calendar and each.calendar.name in wrong))


def _schedule(
    name: str, table: Table, calendars: Mapping[str, Calendar], known: Known, lists: Mapping[str, str]
) -> tuple[Schedule, bool]:
    """Return a schedule and whether nothing is wrong with it."""
    before = len(table.findings)
    _check_name(name, table)
    calendar = _named(table, "calendar", tuple(calendars)) if "calendar" in table.data else ""
    schedule = Schedule(
        name=name,
        zone=_zone(table),
        cron=table.text("cron", ""),
        at=_moments(table),
        topics=_all_known(table, "topics", known.topics),
        languages=_all_known(table, "languages", known.languages),
        lists=_lists(table, lists),
        calendar=calendars.get(calendar),
        holiday=_choice(table, "holiday", get_args(Holiday), "after"),
        catch_up=_choice(table, "catch_up", get_args(CatchUp), "latest"),
        when=_choice(table, "when", get_args(When), "always"),
        at_latest=_days(table),
        material=_thresholds(table.table("material"), known.metrics),
        strict=table.flag("strict", default=True),
        place=table.place(),
    )
    _check_together(schedule, table)
    table.done()
    if len(table.findings) == before:
        _check_time(schedule, table)
    return schedule, len(table.findings) == before


def _check_name(name: str, table: Table) -> None:
    if not _NAME.match(name) or len(name) > _LONGEST_NAME:
        table.findings.add(
            table.place(),
            "schedules.name",
            f"the name '{name}'",
            expected=f"lower-case letters a to z and digits, with - or _ between them, at most {_LONGEST_NAME}",
            cure="Rename it: it becomes part of names in the ledger.",
        )


def _choice(table: Table, key: str, choices: tuple[str, ...], default: str) -> Any:  # noqa: ANN401 - a Literal of the caller's
    value = table.text(key, default)
    if value not in choices:
        table.refuse(
            key, f"'{value}'", expected=" or ".join(f'"{choice}"' for choice in choices), cure=_sentence(value, choices)
        )
        return default
    return value


def _named(table: Table, key: str, choices: Collection[str]) -> str:
    value = table.text(key)
    if value and value not in choices:
        table.refuse(key, f"no {key} '{value}'", expected=f"a name from [{key}s]", cure=_sentence(value, choices))
    return value


def _all_known(
    table: Table, key: str, choices: tuple[str, ...], expected: str = "", absent: str = "all of them"
) -> tuple[str, ...]:
    values = table.texts(key)
    for value in values:
        if value not in choices:
            one = key.removesuffix("s")
            expected = expected or f"{key} of the workspace"
            table.refuse(key, f"no {one} '{value}'", expected=expected, cure=_sentence(value, choices))
    if len(set(values)) < len(values) or (key in table.data and not values):
        table.refuse(key, f"{list(values)}", expected=f"each once, or no such key for {absent}", cure="Correct it.")
    return values


def _cadences(lists: object) -> dict[str, str]:
    """Return the cadence of each list by its name; what else is wrong with lists is told where they are read."""
    tables = [each for each in lists if isinstance(each, dict)] if isinstance(lists, list) else []
    return {str(each["name"]): str(each.get("cadence", "manual")) for each in tables if "name" in each}


def _lists(table: Table, cadences: Mapping[str, str]) -> tuple[str, ...]:
    names = _all_known(table, "lists", tuple(cadences), "the names of [[lists]]", "nobody")
    for name in names:
        cadence = cadences.get(name, "manual")
        if cadence != "manual":
            found = f"list '{name}' goes out by itself: its cadence is \"{cadence}\""
            cure = "Remove the list's cadence, or do not name it here."
            table.refuse("lists", found, expected="a list without a cadence, sent by this schedule", cure=cure)
    return names


def _sentence(word: str, choices: Collection[str]) -> str:
    text = did_you_mean(word, choices) if choices else "there is none yet"
    return text[:1].upper() + text[1:] + ("" if text.endswith("?") else ".")


def _zone(table: Table) -> str:
    name = table.text("zone")
    try:
        if name:
            ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # folders, ../, what is in no database
        cure = _sentence(name, available_timezones())
        table.refuse("zone", f"no time zone '{name}'", expected="a name such as Europe/Minsk", cure=cure)
    return name


def _days(table: Table) -> int | None:
    days = table.number("at_latest")
    if days is not None and days < 1:
        table.refuse("at_latest", f"{days}", expected="a number of days above zero", cure="Correct it.")
    return days


def _moments(table: Table) -> tuple[datetime, ...]:
    values = table.raw("at")
    if values is None:
        return ()
    if not isinstance(values, list) or not values or not all(_is_minute(value) for value in values):
        table.refuse(
            "at",
            f"{values!r}" if not isinstance(values, list) else "not all of them are local times to the minute",
            expected="local times without a zone: [2026-12-18T10:00:00]",
            cure="Correct them; `zone` says where they are read off the wall.",
        )
        return ()
    return tuple(sorted(set(values)))


def _is_minute(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is None and not value.second and not value.microsecond


def _thresholds(table: Table, metrics: tuple[str, ...]) -> tuple[tuple[str, Decimal], ...]:
    found = []
    for metric in table.data:
        text = table.text(metric)
        match = _PERCENT.match(text)
        if not match:
            table.refuse(metric, f"'{text}'", expected='a percentage such as "5%"', cure="Correct it.")
        if metric not in (*metrics, EVERY_OTHER):
            expected = f'a metric of data/vocabulary.toml, or "{EVERY_OTHER}" for every other'
            table.refuse(metric, "no such metric", expected=expected, cure=_sentence(metric, metrics))
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


def _check_time(schedule: Schedule, table: Table) -> None:
    """Refuse what cron cannot read and what is never due."""
    if schedule.cron and (fault := fault_of(schedule.cron)):
        table.refuse(
            "cron",
            f"'{schedule.cron}': {fault}",
            expected="minute, hour, day of month, month, day of week: '0 7 * * 1'",
            cure="Correct it; docs/schedules.md shows examples.",
        )
    elif not is_ever_due(schedule):
        table.refuse(
            "cron",
            f"'{schedule.cron}' is never due" + (" on an open day" if schedule.calendar else ""),
            expected="a time that comes",
            cure="Correct the line" + (", or move holidays instead of skipping them." if schedule.calendar else "."),
        )


# --- calendars --------------------------------------------------------------------------------------


def _calendar(name: str, table: Table) -> Calendar:
    weekdays = table.texts("closed")
    for word in weekdays:
        if word not in WEEKDAYS:
            cure = _sentence(word, WEEKDAYS)
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
