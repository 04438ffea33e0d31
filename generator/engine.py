"""The engine: durable runs on DBOS, in one process or many machines.

Place in the pipeline: engine. In: open slots and makings of the ledger; out: each of them done once, whoever dies. A
slot and an attempt at a making are workflows known by name, so that what is started twice runs once
(https://docs.dbos.dev/python/tutorials/workflow-tutorial). DBOS stands in this room only; its own cron is not used,
because it is due twice in the hour that summer time repeats.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from dbos import DBOS, Serializer, SetEnqueueOptions, SetWorkflowID

from .allotments import Allotment
from .database import Address
from .ledger import WAITING, Ledger, Making
from .releases import is_release
from .seats import Seats
from .works import Works

VERSION = "1"
"""Of the workflows below, not of the program: what an older program left behind is finished by a newer one."""
NAME = "briefing"
EDITIONS, REFRESHES = "editions", "refreshes"
"""The queues. A topic's editions are made, and a connector's series refreshed, one at a time, on whatever machine."""
_RECOVERIES = 8
"""How often a workflow may die with its process before it is given up."""
_POLL = 0.2
"""Seconds between two looks for work: each takes 5 ms of a processor, in a worker that waits too."""
_SELDOM = 1.0
"""The most between two looks whether all of a turn's work is done."""
_NAMED = 1000
"""How many workflows are named in one question: databases limit what a statement may hold."""
_TAKE_OVER = 2.0
"""Seconds between two looks for work of the dead."""
_LAST_SECONDS = 60
"""How long a process that is to end may finish what it is at."""
_FAILED = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_ENDED = ["SUCCESS", *_FAILED]
"""States of a workflow that nothing follows."""
_ASKED = 8
"""How many connectors are asked at the same time."""
_PRUNED = 500
"""How many workflows are forgotten at a time."""
_WORKS: list[Works] = []
"""The works of this process: DBOS calls plain functions, and can hand them nothing but texts."""


class _Json(Serializer):
    """Keeps values as JSON: what stands in a database is never unpickled."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - DBOS's interface
        return json.dumps(data, default=str, sort_keys=True)

    def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401 - DBOS's interface
        return json.loads(serialized_data)

    def name(self) -> str:
        return "briefing_json"


@DBOS.workflow(name="slot", max_recovery_attempts=_RECOVERIES)
def _slot(schedule: str, slot: str) -> None:
    for topic in DBOS.run_step({"name": "plan"}, _WORKS[0].plan, schedule, slot):
        _enqueue(Making(schedule, slot, topic, WAITING))


@DBOS.workflow(name="make", max_recovery_attempts=_RECOVERIES)
def _make(making: dict[str, Any]) -> None:
    made = DBOS.run_step({"name": "make"}, _made, making)
    DBOS.run_step({"name": "note"}, _noted, made)


@DBOS.workflow(name="release", max_recovery_attempts=_RECOVERIES)
def _release(making: dict[str, Any]) -> None:
    made = DBOS.run_step({"name": "refresh"}, _made, making)
    for each in DBOS.run_step({"name": "follow"}, _followed, made):
        _enqueue(_read(each))
    DBOS.run_step({"name": "note"}, _noted, made)


def _followed(making: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(each) for each in _WORKS[0].follow(_read(making))]


def _made(making: dict[str, Any]) -> dict[str, Any]:
    return asdict(_WORKS[0].make(_read(making)))


def _noted(making: dict[str, Any]) -> None:
    _WORKS[0].note(_read(making))


def _read(making: dict[str, Any]) -> Making:
    """Return a making as it was before DBOS kept it; one that an older program kept says nothing of lists."""
    allotments = tuple(Allotment(**each) for each in making.get("allotments", ()))
    return Making(**{**making, "allotments": allotments, "released": tuple(making.get("released", ()))})


def _enqueue(making: Making) -> None:
    queue, work = (REFRESHES, _release) if is_release(making.topic) else (EDITIONS, _make)
    with SetWorkflowID(making.id), SetEnqueueOptions(queue_partition_key=making.topic or "-"):
        DBOS.enqueue_workflow(queue, work, asdict(making))


class Engine:
    """A process's part in the work, from `with` to its end; `seat` is its name among all processes."""

    def __init__(self, works: Works, address: Address, seats: Seats, seat: str, workers: int) -> None:
        """Start nothing yet."""
        self._works, self._address, self._seats, self._seat, self._workers = works, address, seats, seat, workers
        self._looked = 0.0
        self._busy = works.workspace().state / "seats" / f"{seat}.busy"
        """There while this seat is at work: a process that finds it knows that the one before it died."""

    def __enter__(self) -> Self:
        """Begin to take work from the queues.

        After a death one making at a time is begun, so that one which kills its process takes no other with it.
        """
        at_once = 1 if self._busy.exists() else self._workers + 1
        self._busy.parent.mkdir(parents=True, exist_ok=True)
        self._busy.touch()
        logger = logging.getLogger("dbos")
        if not logger.handlers:
            logger.addHandler(logging.StreamHandler())
            logger.propagate = False
        _WORKS[:] = [self._works]
        schema = {"dbos_system_schema": f"{self._address.schema}_dbos"} if self._address.schema else {}
        DBOS(
            config={
                "name": NAME,
                "system_database_url": self._address.dbos,
                "application_version": VERSION,
                "executor_id": self._seat,
                "serializer": _Json(),
                "log_level": "ERROR",
                **schema,  # type: ignore[typeddict-item]
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            EDITIONS,
            # One more than can be printed at once: it is drawn up meanwhile.
            worker_concurrency=at_once,
            partition_concurrency=1,
            polling_interval_sec=_POLL,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            REFRESHES,
            # They wait for publishers, so they take no seat from those who work; one connector at a time.
            worker_concurrency=_ASKED,
            partition_concurrency=1,
            polling_interval_sec=_POLL,
            on_conflict="always_update",
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Take no more work, and end what is under way; what takes longer is taken over by others."""
        DBOS.destroy(workflow_completion_timeout_sec=_LAST_SECONDS)
        self._works.close()
        _WORKS.clear()
        self._busy.unlink(missing_ok=True)

    def start(self, ledger: Ledger) -> None:
        """Begin whatever of the ledger is open; what is queued or running already stays as it is."""
        for schedule, slot in ledger.open_slots():
            with SetWorkflowID(f"{schedule}@{slot}"):
                DBOS.start_workflow(_slot, schedule, slot)
        waiting = {making.id: making for making in ledger.makings(WAITING)}
        for id_ in waiting.keys() - _known(waiting):
            _enqueue(waiting[id_])

    def drain(self, ledger: Ledger, stop: Callable[[], bool]) -> None:
        """Work until nothing is left that this process could do; what others are at is left to them."""
        begun = time.monotonic()
        while not stop() and ledger.unfinished():
            self.take_over()
            if self.idle():
                self.give_up(ledger)
                return
            # A long turn is looked at less often: who waited for minutes waits a second more.
            time.sleep(min(_SELDOM, _POLL / 2 + (time.monotonic() - begun) / 20))

    def idle(self) -> bool:
        """Whether nothing is queued, and nothing is under way in this process."""
        return not (_some(status="ENQUEUED") or _some(status="PENDING", executor_id=self._seat))

    def take_over(self) -> None:
        """Queue again what processes were at that are dead."""
        if time.monotonic() - self._looked < _TAKE_OVER:
            return
        self._looked = time.monotonic()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        for executor in sorted({each.executor_id for each in pending if each.executor_id} - {self._seat}):
            if self._seats.free(executor):
                DBOS._recover_pending_workflows([executor])  # noqa: SLF001 - the only call that cannot start a run twice

    def prune(self, ledger: Ledger, before: datetime) -> int:
        """Forget DBOS's notes on work that was begun before an instant and is over; return how many workflows.

        The ledger remembers what was made. What it still waits for is never forgotten.
        """
        open_ = {making.id for making in ledger.makings(WAITING)}
        open_ |= {f"{schedule}@{slot}" for schedule, slot in ledger.open_slots()}
        count = 0
        which = {"status": _ENDED, "end_time": before.isoformat(), "limit": _PRUNED + len(open_)}
        while True:
            over = DBOS.list_workflows(load_input=False, load_output=False, **which)  # type: ignore[arg-type]
            if not (ids := [each.workflow_id for each in over if each.workflow_id not in open_]):
                return count
            DBOS.delete_workflows(ids)
            count += len(ids)

    def give_up(self, ledger: Ledger) -> None:
        """Note as failed what DBOS has given up, so that the ledger's own rules go on from there."""
        makings = {making.id: making for making in ledger.makings(WAITING)}
        for id_ in _ended(makings):
            making = makings[id_]
            failed = self._works.failed(making, "given up: its process died each time, or the database failed")
            ledger.note(failed)
        slots = {f"{schedule}@{slot}": (schedule, slot) for schedule, slot in ledger.open_slots()}
        for id_ in _ended(slots):
            ledger.abandon(*slots[id_])


def _some(**which: str) -> bool:
    """Whether there is a workflow of these; however many there are, one is asked for."""
    return bool(DBOS.list_workflows(limit=1, load_input=False, load_output=False, **which))  # type: ignore[arg-type]


def _ended(ids: Iterable[str]) -> set[str]:
    """Return those workflows that are over without having been noted."""
    return _known(ids, status=_FAILED)


def _known(ids: Iterable[str], **which: list[str]) -> set[str]:
    """Return those workflows that there are."""
    asked, found = list(ids), set[str]()
    for start in range(0, len(asked), _NAMED):
        some = asked[start : start + _NAMED]
        rows = DBOS.list_workflows(workflow_ids=some, load_input=False, load_output=False, **which)  # type: ignore[arg-type]
        found.update(each.workflow_id for each in rows)
    return found
