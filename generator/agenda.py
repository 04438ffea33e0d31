"""The agenda: what is due now, given what was decided before.

Place in the pipeline: engine, before any work. In: a schedule, what is remembered of it, and the time; out:
verdicts. Pure: nothing is read, written or started here, so every rule can be tried at any instant.

A slot is run once, and a slot that is not run leaves a record that says why. While a slot of a schedule is being
made nothing further is decided for it; what comes due meanwhile is caught up by its rule afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from .slots import Schedule, Slot, next_slots, slots_between

GRACE = timedelta(hours=1)
"""How late a slot may begin under `catch_up = "none"`."""
MOST = 100
"""How many missed slots `catch_up = "all"` makes up for."""
HORIZON = timedelta(days=400)
"""How far back missed slots are looked at one by one: a yearly one is found, a clock of 1970 costs nothing."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a schedule: all its slots due up to `decided` are decided."""

    decided: datetime
    busy: bool = False
    """Whether a slot of it is being made."""
    ran: frozenset[str] = frozenset()
    """The ids of slots after `decided` that were made: the clock was put back, or a calendar edited."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One slot to be made, or slots that are left out for one reason: `count` of them, `slot` the last."""

    slot: Slot
    run: bool
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about a schedule at an instant, and up to when it is decided then."""

    verdicts: tuple[Verdict, ...] = field(default=())
    decided: datetime | None = None
    """None where nothing is decided."""


def decide(schedule: Schedule, memory: Memory, now: datetime) -> Decision:
    """Return what is due at `now`."""
    if memory.busy or memory.decided >= now:
        return Decision()
    slots = slots_between(schedule, max(memory.decided, now - HORIZON), now)
    done = [Verdict(slot, run=False, reason=reason) for slot in slots if (reason := _closed(slot, memory))]
    done += _beyond(schedule, memory, now)
    waiting = [slot for slot in slots if not _closed(slot, memory)]
    verdicts = [*done, *_catch_up(schedule, waiting, now)]
    # What `all` makes up for comes one after the other: the rest is undecided until the first is made.
    running = [verdict for verdict in verdicts if verdict.run]
    last = running[0].slot.due if running and schedule.catch_up == "all" else now
    kept = sorted((verdict for verdict in verdicts if verdict.slot.due <= last), key=attrgetter("slot"))
    return Decision(_gathered(kept), last) if kept else Decision()


def _beyond(schedule: Schedule, memory: Memory, now: datetime) -> Iterable[Verdict]:
    """Yield one verdict for all slots that were missed so long ago that they are not looked at one by one."""
    for slot in next_slots(schedule, memory.decided, 1)[:1]:
        if slot.due <= now - HORIZON:
            yield Verdict(slot, run=False, reason=f"missed, with all slots up to {HORIZON.days} days ago")


def _closed(slot: Slot, memory: Memory) -> str:
    return slot.left_out or ("it was made already" if slot.id in memory.ran else "")


def _catch_up(schedule: Schedule, waiting: list[Slot], now: datetime) -> Iterable[Verdict]:
    """Yield a verdict a slot by the schedule's rule for slots that nobody was there for."""
    if schedule.catch_up == "all":
        for slot in waiting[:-MOST]:
            yield Verdict(slot, run=False, reason=f"more than {MOST} slots were missed")
        for slot in waiting[-MOST:]:
            yield Verdict(slot, run=True, reason=_why(slot, now))
        return
    if not waiting:
        return
    *earlier, latest = waiting
    for slot in earlier:
        yield Verdict(slot, run=False, reason=f"missed; the slot of {latest.id} stands for it")
    if schedule.catch_up == "none" and now - latest.due > GRACE:
        yield Verdict(latest, run=False, reason=f"missed by {_span(now - latest.due)}; catch_up is none")
    else:
        yield Verdict(latest, run=True, reason=_why(latest, now))


def _why(slot: Slot, now: datetime) -> str:
    late = now - slot.due
    return "; ".join(filter(None, ("due" if late <= GRACE else f"caught up after {_span(late)}", slot.note)))


def _span(span: timedelta) -> str:
    """Return a span of time in its largest unit: "3 days"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if (count := int(span.total_seconds()) // size) > 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def _gathered(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts with neighbours that are left out for one reason in one: a record a reason, not a slot."""
    found = []
    for run, group in groupby(verdicts, key=lambda verdict: (verdict.run, verdict.reason)):
        together = list(group)
        found += together if run[0] else [Verdict(together[-1].slot, run=False, reason=run[1], count=len(together))]
    return tuple(found)
