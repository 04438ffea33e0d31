"""How the engine does, over HTTP: `/health`, `/ready`, `/metrics`, and the state for people and machines.

Place in the pipeline: a part of the door `web`. Probes of an orchestrator need no token for the first two and are told
no more than yes or no; the rest is for who may see every topic.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ..metrics import CONTENT_TYPE, exposition
from ..status import Status, look_ahead, read_status, readiness
from ..timetable import status_values, why
from ..wording import join, tell
from .access import Caller
from .door import Door, caller_of, door_of
from .problems import absent

router = APIRouter(default_response_class=Response)
TheDoor = Annotated[Door, Depends(door_of)]
TheCaller = Annotated[Caller, Depends(caller_of)]


@router.get("/health", include_in_schema=False)
async def health(request: Request) -> Response:
    """Say whether the process lives and keeps its schedules: 200 or 503, however many threads are busy."""
    turning = door_of(request).turning
    trouble = turning.trouble() if turning else ""
    return _verdict([trouble] if trouble else [], caller_of(request))


@router.get("/ready", include_in_schema=False)
def ready(door: TheDoor, caller: TheCaller) -> Response:
    """Say whether work could be done now: 200 or 503."""
    return _verdict(list(readiness(door.workspace())), caller)


@router.get("/metrics", include_in_schema=False)
def metrics(door: TheDoor, caller: TheCaller) -> Response:
    """Tell Prometheus."""
    return Response(exposition(_status(door, caller)), media_type=CONTENT_TYPE)


@router.get("/status", include_in_schema=False)
def status(request: Request, door: TheDoor, caller: TheCaller) -> Response:
    """Show what is good, what fails and why, what comes next and what waits."""
    found = _status(door, caller)
    words = door.shell.words(door.shell.language(request))
    slots = [
        {"of": each, "why": tell(join(why(each)), words), "said": [tell(line, words) for line in each.said]}
        | {"local": f"{words.date(local.date())}, {local:%H:%M}"}
        for each in look_ahead(door.workspace(), found)
        if (local := each.slot.due.astimezone(ZoneInfo(each.schedule.zone)))
    ]
    return door.shell.page(request, "status.html", {"status": found, "slots": slots})


@router.get("/api/v1/status", response_class=JSONResponse, tags=["status"])
def status_json(door: TheDoor, caller: TheCaller) -> JSONResponse:
    """Return what is good, what fails and why, what comes next and what waits."""
    return JSONResponse(status_values(_status(door, caller)))


def _status(door: Door, caller: Caller) -> Status:
    if caller.topics is not None:
        raise absent()
    return read_status(door.workspace(), datetime.now(UTC))


def _verdict(problems: list[str], caller: Caller) -> Response:
    """Return the answer to a probe; the reasons only to who may see everything."""
    said = problems if caller.topics is None else ["not ready"][: len(problems)]
    return PlainTextResponse("".join(f"{line}\n" for line in said or ["ok"]), 503 if problems else 200)
