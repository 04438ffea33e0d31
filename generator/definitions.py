"""A schedule as it is written down in the ledger, so that the last one that was sound is known when an edit breaks it.

Place in the pipeline: base of the engine. In and out: a `Schedule` and JSON (RFC 8259) with sorted keys: the same
schedule makes the same text, so a text that differs is an edit.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .slots import Calendar, Schedule


def write_definition(schedule: Schedule) -> str:
    """Return the schedule as text; where it stands in its file is no part of it."""
    fields = {name: getattr(schedule, name) for name in Schedule.__dataclass_fields__ if name != "place"}
    return json.dumps(fields, default=_plain, sort_keys=True, ensure_ascii=False)


def read_definition(text: str) -> Schedule:
    """Return the schedule that `write_definition` wrote."""
    fields: dict[str, Any] = json.loads(text)
    calendar = fields.pop("calendar")
    return Schedule(
        **{
            **fields,
            "at": tuple(map(datetime.fromisoformat, fields["at"])),
            "topics": tuple(fields["topics"]),
            "languages": tuple(fields["languages"]),
            "lists": tuple(fields.get("lists", ())),
            "series": tuple(fields.get("series", ())),
            "material": tuple((metric, Decimal(threshold)) for metric, threshold in fields["material"]),
            "calendar": _calendar(calendar) if calendar else None,
        }
    )


def _plain(value: object) -> object:
    if isinstance(value, Calendar):
        return {name: getattr(value, name) for name in Calendar.__dataclass_fields__}
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _calendar(fields: dict[str, Any]) -> Calendar:
    return Calendar(
        fields["name"],
        frozenset(fields["weekdays"]),
        frozenset(map(date.fromisoformat, fields["days"])),
        frozenset((month, day) for month, day in fields["yearly"]),
        frozenset(map(date.fromisoformat, fields["open"])),
    )
