"""What schedules and releases have in common in `briefing.toml`: names, zones, moments, words from a list.

Place in the pipeline: a part of the stage `schedules`. In: a table; out: values, with every problem found. What is
wrong is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from .reading import Table, did_you_mean
from .slots import Schedule, fault_of, is_ever_due

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_LONGEST_NAME = 40


def check_name(name: str, table: Table) -> None:
    """Refuse a name that cannot be part of names in the ledger."""
    if not _NAME.match(name) or len(name) > _LONGEST_NAME:
        table.findings.add(
            table.place(),
            "schedules.name",
            f"the name '{name}'",
            expected=f"lower-case letters a to z and digits, with - or _ between them, at most {_LONGEST_NAME}",
            cure="Rename it: it becomes part of names in the ledger.",
        )


def choice(table: Table, key: str, choices: tuple[str, ...], default: str) -> Any:  # noqa: ANN401 - a Literal of the caller's
    """Take one of some words."""
    value = table.text(key, default)
    if value not in choices:
        table.refuse(
            key, f"'{value}'", expected=" or ".join(f'"{choice}"' for choice in choices), cure=sentence(value, choices)
        )
        return default
    return value


def named(table: Table, key: str, choices: Collection[str]) -> str:
    """Take the name of a table that there is, such as a calendar; "" where it is none."""
    value = table.text(key)
    if value and value not in choices:
        table.refuse(key, f"no {key} '{value}'", expected=f"a name from [{key}s]", cure=sentence(value, choices))
    return value


def all_known(
    table: Table, key: str, choices: tuple[str, ...], expected: str = "", absent: str = "all of them"
) -> tuple[str, ...]:
    """Take names that are known, each once; `absent` says what no such key means."""
    values = table.texts(key)
    for value in values:
        if value not in choices:
            one = key.removesuffix("s")
            expected = expected or f"{key} of the workspace"
            table.refuse(key, f"no {one} '{value}'", expected=expected, cure=sentence(value, choices))
    if len(set(values)) < len(values) or (key in table.data and not values):
        table.refuse(key, f"{list(values)}", expected=f"each once, or no such key for {absent}", cure="Correct it.")
    return values


def sentence(word: str, choices: Collection[str]) -> str:
    """Return the cure for a word that is none of some words."""
    return did_you_mean(word, choices) if choices else "There is none yet."


def zone(table: Table) -> str:
    """Take the name of a time zone."""
    name = table.text("zone")
    try:
        if name:
            ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # folders, ../, what is in no database
        cure = sentence(name, available_timezones())
        table.refuse("zone", f"no time zone '{name}'", expected="a name such as Europe/Minsk", cure=cure)
    return name


def moments(table: Table) -> tuple[datetime, ...]:
    """Take local times to the minute, in their order."""
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


def check_time(schedule: Schedule, table: Table) -> None:
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
