"""The API's answers about builds: ask for one, follow it, cancel it.

Place in the pipeline: a part of the door `web`. In: requests; out: builds as they are now, or events until they end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ..topics import briefings
from . import shapes
from .access import Caller
from .answers import BASE, Id, Row, TheCaller, TheDoor, ThePart, listed, problems
from .builds import Asked, Build
from .door import Door
from .editions import edition_href, file_row
from .problems import absent

router = APIRouter(prefix="/builds", tags=["builds"])
_PING = 15.0
"""Seconds of silence after which an event stream says that it is alive."""
_UNHELD = {"X-Accel-Buffering": "no"}
"""nginx gathers an answer until a buffer is full: whoever follows a build would hear of it at its end."""
_BUILT = {"description": "The edition is there already, or the build was asked for before", "model": shapes.BuildShape}
_ACCEPTED = {
    "description": "Accepted; `Location` tells where to follow it",
    "model": shapes.BuildShape,
    "headers": {"Location": {"schema": {"type": "string"}}},
}


@router.post("", status_code=202, responses={200: _BUILT, 202: _ACCEPTED, **problems(415, 429)})
def create_build(
    door: TheDoor, caller: TheCaller, ask: shapes.AskShape,
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", max_length=255, description="The same key gives the same build.")
    ] = None,
) -> Response:  # fmt: skip
    """Build what changed of a topic; 200 where that is done already."""
    caller.must_edit()
    if not caller.sees(ask.topic) or ask.topic not in briefings(door.workspace()):
        raise absent()
    asked = Asked(ask.topic, tuple(dict.fromkeys(ask.languages)), str(ask.as_of or ""), ask.strict, ask.layout or "")
    build, _ = door.builds.create(door.workspace(), asked, caller.name, key or "")
    href = f"{BASE}/builds/{build.id}"
    return JSONResponse(build_row(build), 200 if build.over else 202, {"location": href})


@router.get("", response_model=shapes.Listed[shapes.BuildShape])
def list_builds(request: Request, door: TheDoor, caller: TheCaller, part: ThePart) -> Row:
    """List the builds, the newest first."""
    builds = [build for build in door.builds.all() if caller.sees(build.asked.topic)]
    return listed(request, builds, part, build_row)


@router.get("/{build}", response_model=shapes.BuildShape)
def show_build(door: TheDoor, caller: TheCaller, build: Id) -> Row:
    """Show a build as it is now."""
    return build_row(find_build(door, caller, build))


@router.post("/{build}/cancel", response_model=shapes.BuildShape)
def cancel_build(door: TheDoor, caller: TheCaller, build: Id) -> Row:
    """Cancel a build; one that has ended stays as it is."""
    found = find_build(door, caller, build)
    caller.must_edit()
    return build_row(door.builds.cancel(found.id) or found)


@router.get(
    "/{build}/events",
    response_class=StreamingResponse,
    responses={200: {"description": "`step` for each step, then `end`", "content": {"text/event-stream": {}}}},
)
def follow_build(
    door: TheDoor, caller: TheCaller, build: Id,
    last: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20, description="What was heard.")] = None,
) -> StreamingResponse:  # fmt: skip
    """Follow a build by server-sent events until it has ended."""
    found = find_build(door, caller, build)
    heard = int(last) if last and last.isascii() and last.isdigit() else 0
    return StreamingResponse(_events(door, found.id, heard), media_type="text/event-stream", headers=_UNHELD)


async def _events(door: Door, id_: str, heard: int) -> AsyncIterator[str]:
    """Yield a build's steps and its end (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    with door.builds.bells.hung() as bell:
        while True:
            bell.clear()
            if (build := door.builds.get(id_)) is None:
                return
            # A build that a new start of the program takes up again has fewer steps than were heard.
            heard = heard if heard <= len(build.steps) else 0
            for number, step in enumerate(build.steps[heard:], heard + 1):
                yield _event("step", {"number": step.number, "name": step.name, "what": step.what}, number)
                heard = number
            if build.over:
                yield _event("end", build_row(build), len(build.steps) + 1)
            if build.over or door.builds.closing:
                return
            try:
                await asyncio.wait_for(bell.wait(), _PING)
            except TimeoutError:
                yield ": still at it\n\n"


def _event(kind: str, value: object, number: int) -> str:
    return f"event: {kind}\nid: {number}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


def find_build(door: Door, caller: Caller, id_: str) -> Build:
    """Return a build that a caller may see."""
    build = door.builds.get(id_)
    if build is None or not caller.sees(build.asked.topic):
        raise absent()
    return build


def build_row(build: Build) -> dict[str, Any]:
    """Return a build as the API shows it."""
    names = ("id", "state", "created", "started", "ended", "error", "retry")
    href = f"{BASE}/builds/{build.id}"
    return {name: getattr(build, name) for name in names} | {
        "topic": build.asked.topic, "languages": list(build.asked.languages), "as_of": build.asked.as_of,
        "strict": build.asked.strict, "layout": build.asked.layout, "href": href, "events": f"{href}/events",
        "steps": [{"number": step.number, "name": step.name, "what": step.what} for step in build.steps],
        "outcomes": [_outcome_row(outcome, build.asked.layout) for outcome in build.outcomes],
        "findings": list(build.findings),
    }  # fmt: skip


def _outcome_row(outcome: dict[str, Any], wanted: str) -> dict[str, Any]:
    """Return what became of some languages, with their PDFs: those of the layout that is wanted, "" for every one."""
    edition = outcome["edition"]
    row = {"state": outcome["state"], "languages": list(outcome["languages"]), "edition": "", "href": "", "files": []}
    if edition is None:
        return row
    href = edition_href(edition["topic"], edition["id"])
    found = [
        file_row(href, layout, file["language"], file["sha256"], file["bytes"], file["pages"])
        for layout, file in wanted_files(outcome, wanted)
    ]
    return row | {"edition": edition["id"], "href": href, "files": found}


def wanted_files(outcome: dict[str, Any], wanted: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield layout and file of the PDFs that answer a build: in its languages, and in the layout wanted, "" for all."""
    for layout, kept in (("full", "files"), ("brief", "briefs")):
        for file in outcome["edition"].get(kept, ()):
            if file["language"] in outcome["languages"] and wanted in ("", layout):
                yield layout, file
