"""The application: the parts of the web door put together.

Place in the pipeline: a part of the door `web`. In: a workspace and how it is served; out: an ASGI application
(https://asgi.readthedocs.io/en/latest/specs/main.html). A page or an answer is a function of a router; what it needs
it takes from `door_of(request)`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..errors import BriefingError
from ..orders import VERSION
from ..turning import Turning
from ..workspace import Workspace
from . import api, letters, login, operation, ordering, overview, pages, reader, reviewing
from .answers import problems
from .api import ANY, Described
from .door import Door, open_door
from .guard import Guard, Log
from .problems import API, Problem, absent, of_status, problem_of
from .settings import Serving

_EVERY = 60.0
"""Seconds between two turns."""


def create_app(workspace: Workspace, serving: Serving, log: Log | None = None) -> FastAPI:
    """Return the application that serves a workspace; `log` gets each line of the log, without its end."""
    door = replace(open_door(workspace, serving), turning=_turning(workspace, serving))
    app = Described(
        title="Briefings",
        version=VERSION,
        summary="Topics, facts, sources and editions of a workspace, and builds of its briefings.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.door = door
    app.include_router(api.router)
    app.include_router(login.router)
    app.include_router(pages.router)
    app.include_router(letters.router)
    app.include_router(overview.router)
    app.include_router(reader.router)
    app.include_router(ordering.router)
    app.include_router(reviewing.router)
    app.include_router(operation.router, responses=problems(*ANY))
    for kind in (Problem, BriefingError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    app.add_middleware(Guard, serving=serving, shell=door.shell, identify=door.gate, log=log or _to_stderr)
    return app


def _turning(workspace: Workspace, serving: Serving) -> Turning | None:
    """Return what keeps the schedules; should it die, the process is told to end."""
    if not serving.schedules:
        return None
    return Turning(workspace, _EVERY, lambda: datetime.now(UTC), lambda: os.kill(os.getpid(), signal.SIGTERM))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Begin and end what runs beside the requests; what hinders the beginning is told by whoever serves."""
    door: Door = app.state.door
    with ExitStack() as held:
        try:
            held.enter_context(door.opened())
        except BriefingError as error:
            app.state.trouble = error
        yield


async def _answer(request: Request, error: Exception) -> Response:
    """Answer with the problem that an error is."""
    shell = request.app.state.door.shell
    problem = _problem(error)
    described = isinstance(request.app, Described)
    if problem.status == 404 and described:
        problem = absent()
    elif problem.status == 405:
        methods = request.app.methods_of(request.url.path) if described else ""
        problem.more = {"allow": _with_head(methods or str(problem.more.get("allow", "")))}
    elif isinstance(error, RequestValidationError) and not _is_json(request):
        problem.cure = "Send the body as JSON, with the header `Content-Type: application/json`."
    found: Response = shell.problem(request, problem)
    return found


def _with_head(methods: str) -> str:
    """Return methods with HEAD, which is answered wherever GET is."""
    found = dict.fromkeys(methods.split(", "))
    return ", ".join(sorted(found | {"HEAD": None} if "GET" in found else found))


def _is_json(request: Request) -> bool:
    """Return whether a body says that it is JSON, or there is none; curl -d says that it is a form."""
    kind = request.headers.get("content-type", "")
    return not request.url.path.startswith(API) or not kind or "json" in kind


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, BriefingError):
        return problem_of(error)
    if isinstance(error, RequestValidationError):
        return Problem("invalid", "; ".join(map(_said, error.errors())), "See /api/v1/openapi.json.")
    if isinstance(error.__cause__, Problem):  # raised while the framework read the body
        return error.__cause__
    if isinstance(error, HTTPException):
        return of_status(error.status_code, str(error.detail), error.headers or {})
    raise error


def _said(error: dict[str, object]) -> str:
    place = error.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, tuple) else ""
    return f"{where}: {error.get('msg')}"


def _to_stderr(line: str) -> None:
    # A log that cannot be written stops no answer.
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
