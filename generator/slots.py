"""Slots: the instants at which a schedule is due, moved or left out by a calendar of holidays.

Place in the pipeline: base of the engine. In: a schedule and a span of time; out: its slots. The clock is never
read here. Cron expressions are Debian's (https://manpages.debian.org/bookworm/cron/crontab.5.en.html), read by
cronsim; zones are IANA's. A time of day that a zone leaves out is due in the first minute after the gap; one that
a zone has twice is due the first time only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from .catalogues import msgid
from .model import Place
from .wording import Wording, join

Holiday = Literal["before", "after", "skip"]
CatchUp = Literal["latest", "all", "none"]
Kind = Literal["briefings", "release"]
When = Literal["always", "changed", "material"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FARTHEST = 31
"""Days by which a holiday moves a slot at most; beyond them it is left out."""
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_TOGETHER = msgid("it falls together with the slot of {slot}")
_WINDOWS = tuple(timedelta(hours=hours) for hours in (1, 24, 200, 1600, 12800, 102400))
"""How far ahead slots are looked for, step by step: a frequent schedule is answered by the first."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which nothing is due: days of the week (0: Monday), dates, dates of every year; `open` overrules."""

    name: str
    weekdays: frozenset[int] = frozenset()
    days: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    """Month and day."""
    open: frozenset[date] = frozenset()

    def closed(self, day: date) -> bool:
        """Whether nothing is due on `day`."""
        return day not in self.open and (
            day.weekday() in self.weekdays or day in self.days or (day.month, day.day) in self.yearly
        )

    def nearest(self, day: date, step: int) -> date | None:
        """Return the next open day in the direction of `step`; None where there is none within FARTHEST days."""
        days = (day + _DAY * step * count for count in range(1, FARTHEST + 1))
        return next((each for each in days if not self.closed(each)), None)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When which briefings are made again, as `[schedules.<name>]` of briefing.toml says."""

    name: str
    zone: str
    cron: str = ""
    at: tuple[datetime, ...] = ()
    """Local times without a zone, instead of `cron`: the calendar of a publisher's releases."""
    topics: tuple[str, ...] = ()
    """None: all."""
    languages: tuple[str, ...] = ()
    """None: those of the workspace."""
    lists: tuple[str, ...] = ()
    """Lists of recipients that get what is made; none: it is kept, and nobody gets it by this schedule."""
    calendar: Calendar | None = None
    holiday: Holiday = "after"
    catch_up: CatchUp = "latest"
    when: When = "always"
    at_latest: int | None = None
    """Days after which an edition is made although nothing (material) has changed."""
    material: tuple[tuple[str, Decimal], ...] = ()
    """Metric ("*": every other) and the relative change from which on it is material."""
    strict: bool = True
    kind: Kind = "briefings"
    """What is due: briefings are made again, or at a publisher's release series are refreshed."""
    series: tuple[str, ...] = ()
    """Of a release: `topic/series`; none: all of `connector`."""
    connector: str = ""
    """Of a release: whose series, "" for every connector's."""
    place: Place = Place("")


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One instant of a schedule, in universal time: when it is due, and when the cron line alone would put it.

    `nominal` is what a slot is known by: it stays the same when a calendar is edited. `left_out` says why nothing
    is due after all, "" where it is.
    """

    due: datetime
    nominal: datetime
    note: str = ""
    left_out: str = ""

    @property
    def id(self) -> str:
        """The slot's name within its schedule: `2026-11-23T05:00Z`."""
        return stamp(self.nominal)


def stamp(moment: datetime) -> str:
    """Return an instant as it is written in names and in the ledger: `2026-11-23T05:00Z`; texts sort as times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def unstamp(text: str) -> datetime:
    """Return the instant that `stamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


def slots_between(schedule: Schedule, after: datetime, until: datetime) -> tuple[Slot, ...]:
    """Return the slots due after `after` and up to `until`, those that are left out too, in the order they are due."""
    first, last = _reach(schedule, after, until)
    nominal = takewhile(lambda slot: slot.nominal <= last, _nominal(schedule, first))
    placed = (_place(schedule, slot) for slot in nominal)
    return _apart(slot for slot in placed if after < slot.due <= until)


def next_slots(schedule: Schedule, after: datetime, count: int) -> tuple[Slot, ...]:
    """Return the next slots, up to the `count`-th that is not left out; fewer where the schedule has no more."""
    found: tuple[Slot, ...] = ()
    for window in _WINDOWS:
        found = slots_between(schedule, after, after + window)
        open_ = [number for number, slot in enumerate(found, 1) if not slot.left_out]
        if len(open_) >= count:
            return found[: open_[count - 1]]
    return found


def is_ever_due(schedule: Schedule) -> bool:
    """Whether the schedule has a slot on an open day at all; holidays of a single year do not count."""
    if schedule.at:
        return True
    moment = start = datetime(2000, 1, 1, tzinfo=UTC)
    zone = ZoneInfo(schedule.zone)
    calendar = schedule.calendar and replace(schedule.calendar, days=frozenset())
    while moment < start + _DAY * 366 * 8:
        slot = next(_nominal(schedule, moment), None)
        if slot is None:
            return False
        local = slot.nominal.astimezone(zone)
        if calendar is None or schedule.holiday != "skip" or not calendar.closed(local.date()):
            return True
        moment = local.replace(hour=23, minute=59).astimezone(UTC)
    return False


def fault_of(expression: str) -> str:
    """Return what is wrong with a cron expression of five fields, "" where nothing is."""
    fields = len(expression.split())
    if fields != 5:
        return f"{fields} field{'' if fields == 1 else 's'} instead of five"
    try:
        CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        return str(error)
    except (ValueError, AssertionError, RecursionError):
        return "not a cron expression"
    return ""


# --- nominal times ----------------------------------------------------------------------------------


def _nominal(schedule: Schedule, after: datetime) -> Iterator[Slot]:
    """Yield the slots whose own time is after `after`, before any holiday moves them."""
    zone = ZoneInfo(schedule.zone)
    if schedule.at:
        moments = (_settle(moment, zone) for moment in sorted(schedule.at))
        yield from (slot for slot in moments if slot.nominal > after)
        return
    simulator = CronSim(schedule.cron, after.astimezone(zone))
    for moment in simulator:
        slot = _slot(moment, shifted=moment.minute not in simulator.minutes or moment.hour not in simulator.hours)
        # cronsim starts from the clock on the wall, so within the repeated hour it offers what is over.
        if slot.nominal > after:
            yield slot


def _settle(moment: datetime, zone: ZoneInfo) -> Slot:
    """Return the slot of a time on the wall; in the gap of a clock put forward, the first minute after it."""
    local, shifted = moment.replace(tzinfo=zone), False
    while local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        local, shifted = local + _MINUTE, True
    return _slot(local, shifted=shifted)


def _slot(local: datetime, *, shifted: bool) -> Slot:
    moment = local.astimezone(UTC)
    note = Wording(msgid("shifted: the clocks go forward over its time")) if shifted else ""
    return Slot(moment, moment, note)


# --- holidays ---------------------------------------------------------------------------------------


def _reach(schedule: Schedule, after: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Return the span of nominal times that may be due in a span: closed days before or after it belong to it."""
    calendar, zone = schedule.calendar, ZoneInfo(schedule.zone)
    if calendar is None or schedule.holiday == "skip":
        return after, until
    if schedule.holiday == "after":
        day = _end_of_closed(calendar, after.astimezone(zone).date(), -1)
        return min(after, datetime.combine(day, time(), zone) - _MINUTE), until
    day = _end_of_closed(calendar, until.astimezone(zone).date(), 1)
    return after, max(until, datetime.combine(day + _DAY, time(), zone))


def _end_of_closed(calendar: Calendar, day: date, step: int) -> date:
    """Return the last of the closed days that adjoin `day` in a direction, `day` itself where there is none."""
    days = (day + _DAY * step * count for count in range(1, FARTHEST + 1))
    closed = list(takewhile(calendar.closed, days))
    return closed[-1] if closed else day


def _place(schedule: Schedule, slot: Slot) -> Slot:
    """Return the slot where the calendar puts it."""
    calendar, zone = schedule.calendar, ZoneInfo(schedule.zone)
    local = slot.nominal.astimezone(zone)
    if calendar is None or not calendar.closed(local.date()):
        return slot
    closed = Wording(msgid("{day} is closed in calendar '{calendar}'"), day=local.date(), calendar=calendar.name)
    if schedule.holiday == "skip":
        return replace(slot, left_out=closed)
    day = calendar.nearest(local.date(), 1 if schedule.holiday == "after" else -1)
    if day is None:
        beyond = {
            "after": msgid("{closed}, and so are the {days} days after it"),
            "before": msgid("{closed}, and so are the {days} days before it"),
        }
        return replace(slot, left_out=Wording(beyond[schedule.holiday], closed=closed, days=FARTHEST))
    moved = _settle(datetime.combine(day, local.time()), zone)
    note = join((Wording(msgid("moved: {closed}"), closed=closed), moved.note))
    return replace(slot, due=moved.due, note=note)


def _apart(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Return the slots in their order; of those due in the same minute one stands for all."""
    found: list[Slot] = []
    for _, group in groupby(sorted(slots), key=attrgetter("due")):
        together = list(group)
        open_ = [slot for slot in together if not slot.left_out]
        kept = next((slot for slot in open_ if slot.due == slot.nominal), open_[-1] if open_ else None)
        found += [
            slot if slot is kept or slot.left_out
            else replace(slot, left_out=Wording(_TOGETHER, slot=kept.id if kept else ""))
            for slot in together
        ]
    return tuple(found)
