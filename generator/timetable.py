"""Turns of the engine as people and machines are shown them.

Place in the pipeline: a door; `briefing run` and `briefing worker` print it. In: a `Report`; out: lines, or JSON.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from . import service
from .catalogues import msgid
from .errors import OutsideError
from .ledger import DEAD, FAILED, LEFT_OUT, Entry, Making
from .listing import columns
from .outlook import Outlook
from .schedules import EVERY_OTHER
from .service import Report, Service
from .slots import Schedule, stamp
from .status import Coming, Course, Status, read_status
from .waybills import delivery_line, delivery_value
from .wording import Wording, listed
from .workspace import Workspace

_CAUSE = 1000
"""Columns that the cause of a failure takes at most; --json gives it whole."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command says: in lines, in values, with what is wrong, and the exit code."""

    lines: tuple[str, ...]
    values: Any
    problems: tuple[str, ...] = ()
    code: int = 0


def preview(workspace: Workspace) -> Shown:
    """Return the slots to come."""
    slots = service.preview(workspace, _now())
    return Shown(tuple(upcoming_lines(slots)), upcoming_values(slots))


class Stop(threading.Event):
    """Set by the first SIGTERM, SIGINT or SIGHUP: what is under way is finished. A second one ends at once."""

    code = 0
    """The exit code that tells which signal it was; 0 before."""

    def heed(self) -> Self:
        """Be set by signals from now on."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)
        return self

    def _ask(self, number: int, _frame: object) -> None:
        if self.is_set():
            os._exit(128 + number)
        self.code = 128 + number
        self.set()


def run(workspace: Workspace) -> Shown:
    """Take one turn."""
    stop = Stop().heed()
    with Service(workspace, _now) as turning:
        shown = _shown(turning.turn(stop=stop.is_set))
    return replace(shown, code=stop.code or shown.code)


def work(workspace: Workspace, every: float, show: Callable[[Shown], None]) -> int:
    """Take turns until a signal, and return the exit code that tells which."""
    stop = Stop().heed()

    def say(turned: Report | OutsideError) -> None:
        if isinstance(turned, OutsideError):
            show(Shown((), [], (str(turned),), turned.exit_code))
        elif turned.makings or turned.entries or turned.deliveries or turned.problems:
            show(_shown(turned))

    with Service(workspace, _now) as turning:
        turning.work(every, stop, say)
    return stop.code


def status(workspace: Workspace) -> Shown:
    """Return the state of the engine."""
    found = read_status(workspace, _now())
    return Shown(tuple(status_lines(found)), status_values(found), found.problems, int(found.failing))


def status_metrics(workspace: Workspace) -> str:
    """Return the state of the engine as Prometheus reads it."""
    from .metrics import exposition

    return exposition(read_status(workspace, _now())).decode()


def _now() -> datetime:
    return datetime.now(UTC)


def _shown(report: Report) -> Shown:
    return Shown(tuple(lines(report)), values(report), report.problems, int(report.failed))


def lines(report: Report) -> Iterator[str]:
    """Yield what a turn decided and made, a line each."""
    yield from (_entry(entry) for entry in report.entries if entry.state == LEFT_OUT)
    for making in report.makings:
        yield _making(making)
        of = (making.schedule, making.slot, making.topic)
        yield from (f"  {each}" for each in report.allotments if (each.schedule, each.slot, each.topic) == of)
    yield from map(delivery_line, report.deliveries)
    if not report.makings and not report.deliveries:
        yield "nothing was due"
    yield from upcoming_lines(report.upcoming[:1], "next: ")


def upcoming_lines(slots: Iterable[Outlook], head: str = "") -> Iterator[str]:
    """Yield the slots to come, each by the clock on the wall of its zone, and why it is then or not at all.

    Below each stand what it makes, for whom, on what condition, and what would become of it as things stand.
    """
    for each in slots:
        local, slot = each.slot.due.astimezone(ZoneInfo(each.schedule.zone)), each.slot
        left_out = f"left out: {slot.left_out}" if slot.left_out else slot.note
        name = f"{head}{each.schedule.name}@{slot.id}"
        yield f"{name}  {local:%Y-%m-%d %H:%M} {each.schedule.zone}" + (f"  {left_out}" if left_out else "")
        if not head and not slot.left_out:
            yield f"  {what(each.schedule)}"
            yield from (f"  {line}" for line in each.said)


def why(outlook: Outlook) -> tuple[str, ...]:
    """Return on what condition a slot makes something, and why it is then or not at all."""
    schedule, slot = outlook.schedule, outlook.slot
    if slot.left_out:
        return (Wording(msgid("left out: {reason}"), reason=slot.left_out),)
    return (what(schedule) if schedule.kind == "release" else condition(schedule), *filter(None, (slot.note,)))


def what(schedule: Schedule) -> str:
    """Return what a schedule makes, for whom, and when: `economy in en, to ministry, when the inputs changed`."""
    if schedule.kind == "release":
        every = Wording(msgid("every connected series"))
        of = Wording(msgid("the series of {connector}"), connector=schedule.connector) if schedule.connector else every
        text = msgid("refreshes {series}; then the schedules of their topics that have a condition")
        return Wording(text, series=", ".join(schedule.series) or of)
    topics, languages = ", ".join(schedule.topics) or "every topic", ", ".join(schedule.languages) or "every language"
    lists = f"to {', '.join(schedule.lists)}" if schedule.lists else "kept, sent to no list"
    return f"{topics} in {languages}; {lists}; {condition(schedule)}"


def condition(schedule: Schedule) -> str:
    """Return when something is made at a slot of a schedule."""
    said = {
        "always": msgid("always"),
        "changed": msgid("when inputs changed"),
        "material": msgid("when a figure changed: {limits}"),
    }
    limits = listed(_limit(*each) for each in sorted(schedule.material, key=_others_last))
    when = Wording(said[schedule.when], limits=limits)
    if not schedule.at_latest:
        return when
    return Wording(msgid("{condition}, at the latest after {days} days"), condition=when, days=schedule.at_latest)


def _limit(metric: str, threshold: Decimal) -> str:
    percent = round(threshold * 100, 4).normalize()
    if metric == EVERY_OTHER:
        return Wording(msgid("any other figure by {percent}%"), percent=percent)
    return Wording(msgid("{metric} by {percent}%"), metric=metric, percent=percent)


def _others_last(limit: tuple[str, Decimal]) -> tuple[bool, str]:
    return limit[0] == EVERY_OTHER, limit[0]


def _entry(entry: Entry) -> str:
    count = f" and {entry.count - 1} before it" if entry.count > 1 else ""
    return f"{entry.schedule}@{entry.slot}{count}: left out: {entry.reason}"


def _making(making: Making) -> str:
    editions = ", ".join(f"{making.topic}/{edition}" for edition in sorted(set(making.editions.values())))
    again = f"; attempt {making.attempt}, next {making.next_try}" if making.state == FAILED else ""
    again = f"; attempt {making.attempt}, not tried again before an edit" if making.state == DEAD else again
    said = making.error.splitlines()[0] if making.error else ""
    return f"{making.schedule}@{making.slot} {making.topic}: {making.state}" + "".join(
        f"  {part}" for part in (editions, f"{said}{again}".strip("; ")) if part
    )


def values(report: Report) -> dict[str, Any]:
    """Return a turn for machines."""
    return {
        "at": report.at,
        "slots": [asdict(entry) for entry in report.entries],
        "makings": [_making_values(making) for making in report.makings],
        "allotments": [asdict(each) for each in report.allotments],
        "deliveries": [delivery_value(each) for each in report.deliveries],
        "problems": list(report.problems),
        "upcoming": upcoming_values(report.upcoming),
    }


def upcoming_values(slots: Iterable[Outlook]) -> list[dict[str, Any]]:
    """Return slots to come for machines; no topics, languages: every one."""
    return [
        {"schedule": each.schedule.name, "zone": each.schedule.zone, "slot": each.slot.id, "due": stamp(each.slot.due)}
        | {"topics": each.schedule.topics, "languages": each.schedule.languages, "lists": each.schedule.lists}
        | {"kind": each.schedule.kind, "series": each.schedule.series, "connector": each.schedule.connector}
        | {"when": each.schedule.when, "note": each.slot.note, "left_out": each.slot.left_out, "said": each.said}
        for each in slots
    ]


def status_lines(status: Status) -> Iterator[str]:
    """Yield the state of the engine: the whole, then each schedule, then each of its topics."""
    ready = "not ready" if status.problems else "ready"
    queue = f"{status.open_slots} slots open, {len(status.queue)} waiting, {status.untold} alerts untold"
    yield f"{ready}; last turn {status.last_turn or 'never'}; {queue}"
    yield from columns([[each.schedule, *_coming(each)] for each in status.schedules])
    if status.undecided:
        yield f"deliveries unknown: {status.undecided}; see briefing deliveries --state unknown"
    # A failure is told with its cause, however long: that is what the command is asked for.
    yield from columns([[f"{each.schedule}/{each.topic}", *_course(each)] for each in status.courses], widest=_CAUSE)


def _coming(coming: Coming) -> Iterator[str]:
    local = coming.slot and coming.slot.due.astimezone(ZoneInfo(coming.zone))
    yield f"next {local:%Y-%m-%d %H:%M} {coming.zone}" if local else "no further slot"
    yield "LATE" if coming.late else ""


def _course(course: Course) -> Iterator[str]:
    editions = sorted(set(course.edition.editions.values())) if course.edition else []
    yield f"good {course.good.changed}" if course.good else "never good"
    yield " ".join(editions) or "no edition"
    failure = course.failure
    if failure and failure.error:
        state = failure.state.upper() if course.failing else "failed before,"
        again = f", next {failure.next_try}" if failure.state == FAILED else ""
        yield f"{state} {failure.changed}, attempt {failure.attempt}{again}: {failure.error.splitlines()[0]}"
    else:
        yield ""


def status_values(status: Status) -> dict[str, Any]:
    """Return the state of the engine for machines."""
    return {
        "at": status.at,
        "ready": not status.problems,
        "failing": status.failing,
        "problems": list(status.problems),
        "last_turn": status.last_turn,
        "schedules": [
            {"schedule": each.schedule, "zone": each.zone, "late": each.late}
            | {"next": stamp(each.slot.due) if each.slot else None}
            for each in status.schedules
        ],
        "topics": [
            {"schedule": each.schedule, "topic": each.topic, "failing": each.failing}
            | {name: _making_values(getattr(each, name)) for name in ("good", "edition", "failure")}
            for each in status.courses
        ],
        "upcoming": upcoming_values(status.upcoming),
        "open_slots": status.open_slots,
        "queue": [_making_values(making) for making in status.queue],
        "alerts": {"raised": status.alerts, "untold": status.untold},
        "deliveries": {"unknown": status.undecided},
        "made": {tally.outcome: {"count": sum(tally.counts), "seconds": tally.seconds} for tally in status.tallies},
    }


def _making_values(making: Making | None) -> dict[str, Any] | None:
    if making is None:
        return None
    values = {**asdict(making), "editions": dict(making.editions)}
    return {name: value for name, value in values.items() if name not in ("seconds", "allotments")}
