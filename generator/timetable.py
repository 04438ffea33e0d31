"""Turns of the engine as people and machines are shown them.

Place in the pipeline: a door; `briefing run` and `briefing worker` print it. In: a `Report`; out: lines, or JSON.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from . import service
from .errors import OutsideError
from .ledger import DEAD, FAILED, LEFT_OUT, Entry, Making
from .pipeline import Tell
from .service import Report, Service
from .slots import Slot, stamp
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command says: in lines, in values, with what is wrong, and whether somebody has to look."""

    lines: tuple[str, ...]
    values: Any
    problems: tuple[str, ...] = ()
    failed: bool = False


def preview(workspace: Workspace) -> Shown:
    """Return the slots to come."""
    slots = service.preview(workspace, _now())
    return Shown(tuple(upcoming_lines(slots)), upcoming_values(slots))


def run(workspace: Workspace, tell: Tell) -> Shown:
    """Take one turn."""
    with Service(workspace, _now, tell) as turning:
        return _shown(turning.turn())


def work(workspace: Workspace, every: float, tell: Tell, show: Callable[[Shown], None]) -> None:
    """Take turns until SIGTERM or SIGINT; what is under way is finished, a second signal ends at once."""
    stop = threading.Event()

    def ask(number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)

    def say(turned: Report | OutsideError) -> None:
        if isinstance(turned, OutsideError):
            show(Shown((), [], (str(turned),), failed=True))
        elif turned.makings or turned.entries or turned.problems:
            show(_shown(turned))

    with Service(workspace, _now, tell) as turning:
        turning.work(every, stop, say)


def _now() -> datetime:
    return datetime.now(UTC)


def _shown(report: Report) -> Shown:
    return Shown(tuple(lines(report)), values(report), report.problems, report.failed)


def lines(report: Report) -> Iterator[str]:
    """Yield what a turn decided and made, a line each."""
    yield from (_entry(entry) for entry in report.entries if entry.state == LEFT_OUT)
    yield from (_making(making) for making in report.makings)
    if not report.makings:
        yield "nothing was due"
    yield from upcoming_lines(report.upcoming[:1], "next: ")


def upcoming_lines(slots: Iterable[tuple[str, str, Slot]], head: str = "") -> Iterator[str]:
    """Yield the slots to come, each by the clock on the wall of its zone, and why it is then or not at all."""
    for name, zone, slot in slots:
        local = slot.due.astimezone(ZoneInfo(zone))
        why = f"left out: {slot.left_out}" if slot.left_out else slot.note
        yield f"{head}{name}@{slot.id}  {local:%Y-%m-%d %H:%M} {zone}" + (f"  {why}" if why else "")


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
        "makings": [{**asdict(making), "editions": dict(making.editions)} for making in report.makings],
        "problems": list(report.problems),
        "upcoming": upcoming_values(report.upcoming),
    }


def upcoming_values(slots: Iterable[tuple[str, str, Slot]]) -> list[dict[str, str]]:
    """Return slots to come for machines."""
    return [
        {"schedule": name, "zone": zone, "slot": slot.id, "due": stamp(slot.due)}
        | {"note": slot.note, "left_out": slot.left_out}
        for name, zone, slot in slots
    ]
