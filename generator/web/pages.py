"""The pages: topics with their newest editions, the reader's language, static files.

Place in the pipeline: a part of the door `web`. In: a request; out: HTML that works without script.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from .. import archive
from .access import Caller
from .door import Door, caller_of, door_of
from .problems import Problem
from .shell import COOKIE, YEAR, inside

router = APIRouter(include_in_schema=False, default_response_class=Response)
TheDoor = Annotated[Door, Depends(door_of)]
TheCaller = Annotated[Caller, Depends(caller_of)]


@router.get("/")
def start(request: Request, door: TheDoor, caller: TheCaller) -> Response:
    """Show the topics with their newest editions."""
    workspace = door.workspace()
    topics = [
        {"id": topic, "edition": archive.newest(workspace.reports, topic)}
        for topic in workspace.topics()
        if caller.sees(topic)
    ]
    return door.shell.page(request, "start.html", {"topics": topics})


@router.get("/language/{tag}")
def speak(door: TheDoor, tag: str, back: str = "/") -> Response:
    """Remember the reader's language and go back to the page."""
    if tag not in door.shell.languages:
        raise Problem("absent", "no such language")
    answer = RedirectResponse(inside(back), 303)
    answer.set_cookie(COOKIE, tag, max_age=YEAR, samesite="lax", httponly=True)
    return answer


@router.get("/static/{name:path}")
def static(door: TheDoor, name: str) -> Response:
    """Send a file of templates/web/static."""
    return door.shell.static(name)
