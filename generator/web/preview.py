"""The preview: a topic's pages as they would be printed now, in the browser, redrawn on each save.

Place in the pipeline: a door of its own, on the shell of the door `web`. In: a workspace; out: pages of proofs with
their findings, pictures, and a stream of events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
Nothing is kept: `briefing build` makes editions.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ..errors import BriefingError, RenderError
from ..exhibit import named_printing, printing_name
from ..page import Numeral
from ..pipeline import Request as Wish
from ..pipeline import open_workshop
from ..proof import Proof, pull
from ..reading import Findings
from ..topics import briefings, layouts_of
from ..workspace import Workspace, read_settings
from . import pages
from .access import LOCAL, Caller
from .app import _answer
from .desk import Desk, Key, Sheet
from .door import Door, open_door
from .gallery import WIDE, Gallery
from .guard import Guard, Log
from .problems import Problem
from .settings import Serving
from .watching import Watcher
from .worklist import grouped

router = APIRouter(include_in_schema=False, default_response_class=Response)
_FEW = 12
"""Topics that are all listed above a page; of more only its own is, and the others open."""
_ALIVE = 15.0
"""Seconds after which a silent stream says that it is there."""
Clock = Callable[[], datetime]


def _silent(_line: str) -> None:
    """Log nothing: whoever previews sees the page."""


async def _anybody(_request: Request) -> tuple[Caller, bool]:
    """Let everybody in: the preview is on the loopback only."""
    return LOCAL, False


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Studio:
    """What the pages of the preview share."""

    workspace: Callable[[], Workspace]
    desk: Desk
    gallery: Gallery

    def choices(self) -> list[Key]:
        """Return the pages that there are now: every briefing in every language and layout that it is made in."""
        workspace = self.workspace()
        languages = read_settings(workspace, Findings()).languages
        return [
            (name, printing_name(language, layout))
            for name in briefings(workspace)
            for layout in layouts_of(workspace, name)
            for language in languages
        ]


def create_preview(
    workspace: Workspace, serving: Serving, *, topic: str = "", log: Log = _silent, clock: Clock = _now
) -> FastAPI:
    """Return the application that shows proofs of a workspace; `topic` is shown first."""
    door = open_door(workspace, serving)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as opened:
            try:
                app.state.studio = await asyncio.to_thread(_open, door, opened, clock)
            except BriefingError as error:
                app.state.trouble = error
            yield

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.door, app.state.first = door, topic
    # The pages of `serve` are not here.
    app.state.places = False
    app.state.stop_soon = partial(_stop_soon, app)
    app.include_router(router)
    for kind in (Problem, BriefingError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    app.add_middleware(Guard, serving=serving, shell=door.shell, identify=_anybody, log=log)
    return app


def _stop_soon(app: FastAPI) -> None:
    """Let the streams go: the preview is about to end."""
    if studio := getattr(app.state, "studio", None):
        studio.desk.stop_soon()


def _open(door: Door, opened: ExitStack, clock: Clock) -> Studio:
    """Start the children, the desk and the watch; they end with the stack."""
    workspace = door.workspace()
    shop = opened.enter_context(open_workshop(workspace, Wish(), lasting=True))
    opened.callback(door.gallery.close)

    def pulled(key: Key, tell: Callable[[int], None]) -> Proof:
        try:
            latest = clock().date() + timedelta(days=1)
            language, layout = named_printing(key[1])
            return pull(door.workspace(), key[0], language, shop, latest=latest, layout=layout, tell=tell)
        except Exception as error:  # noqa: BLE001 - a door: a fault of the program shows on the page and ends nothing
            return Proof(error=f"{type(error).__name__}: {error}")

    desk = Desk(pulled)
    opened.callback(desk.close)
    watcher = Watcher(workspace, desk.saved)
    opened.callback(watcher.close)
    return Studio(door.workspace, desk, door.gallery)


def studio_of(request: Request) -> Studio:
    """Return what the pages share."""
    studio: Studio = request.app.state.studio
    return studio


TheStudio = Annotated[Studio, Depends(studio_of)]


@router.get("/")
def start(request: Request, studio: TheStudio) -> Response:
    """Lead to the topic that was named, or to the first."""
    keys = studio.choices()
    wanted = next((key for key in keys if key[0] == request.app.state.first), keys[0] if keys else None)
    if wanted is None:
        raise Problem("absent", "no topics", "Make a folder in data/ with topic.toml and facts.csv.")
    return RedirectResponse("/preview/{}/{}".format(*wanted), 303)


router.add_api_route("/language/{tag}", pages.speak)
router.add_api_route("/static/{name:path}", pages.static)


def _key(studio: Studio, topic: str, language: str) -> Key:
    if not studio.desk.knows((topic, language)) and (topic, language) not in studio.choices():
        raise Problem("absent", f"no topic '{topic}' in '{language}'", "Choose one of the list.")
    return topic, language


@router.get("/preview/{topic}/{language}")
def show(request: Request, studio: TheStudio, topic: str, language: str) -> Response:
    """Show a page's proof and its findings."""
    key = _key(studio, topic, language)
    sheet = studio.desk.sheet(key)
    keys = [(one, [page for _, page in pages]) for one, pages in groupby(studio.choices(), itemgetter(0))]
    values = {
        "topic": topic, "tongue": language, "keys": keys, "few": len(keys) <= _FEW, "sheet": sheet,
        "sheets": _sheets(studio, sheet), "groups": grouped(sheet.proof.findings),
    }  # fmt: skip
    door: Door = request.app.state.door
    return door.shell.page(request, "preview.html", values)


@dataclass(frozen=True, slots=True)
class Mark:
    """A numeral on a picture: left, top, width and height in millimetres, and what it is, in words."""

    area: tuple[float, ...]
    says: str


def _sheets(studio: Studio, sheet: Sheet) -> list[tuple[float, float, list[Mark]]]:
    """Return width and height of each page that is shown, with the numerals on it."""
    pdf, sha256, numerals = sheet.good.pdf, sheet.sha256, sheet.good.numerals
    if not pdf:
        return []
    sizes = studio.gallery.measure(pdf, sha256)
    areas = studio.gallery.locate(pdf, sha256, [(each.page, each.text, each.area) for each in numerals])
    marks: list[list[Mark]] = [[] for _ in sizes]
    for each, area in zip(numerals, areas, strict=True):
        if area and each.trace.sources:
            marks[each.page - 1].append(Mark(area, _said(each)))
    return [(*size, found) for size, found in zip(sizes, marks, strict=True)]


def _said(numeral: Numeral) -> str:
    trace = numeral.trace
    return f"{trace.of}: {trace.value or numeral.text} [{', '.join(trace.sources)}]"


@router.get("/preview/{topic}/{language}/{sha256}/{page}.png")
def picture(studio: TheStudio, topic: str, language: str, sha256: str, page: int) -> Response:
    """Send a page of the proof that is shown."""
    sheet = studio.desk.sheet(_key(studio, topic, language))
    pdf = _same(sheet, sha256)
    try:
        png = studio.gallery.picture(lambda: pdf, sha256, page, WIDE, keep=False)
    except RenderError as error:
        raise Problem("absent", error.message, "Load the page again.") from error
    return Response(png, media_type="image/png", headers={"cache-control": "private, max-age=3600, immutable"})


@router.get("/preview/{topic}/{language}/{sha256}.pdf")
def whole(studio: TheStudio, topic: str, language: str, sha256: str) -> Response:
    """Send the proof that is shown, as a PDF."""
    return Response(_same(studio.desk.sheet(_key(studio, topic, language)), sha256), media_type="application/pdf")


def _same(sheet: Sheet, sha256: str) -> bytes:
    if sha256 != sheet.sha256:
        raise Problem("gone", "the proof has been pulled again since", "Load the page again.")
    return sheet.good.pdf


@router.get("/preview/{topic}/{language}/events")
def follow(studio: TheStudio, topic: str, language: str) -> Response:
    """Tell of each step and each new proof of a page."""
    key = _key(studio, topic, language)
    return StreamingResponse(_events(studio.desk, key), media_type="text/event-stream")


async def _events(desk: Desk, key: Key) -> AsyncIterator[str]:
    told = None
    with desk.reading(key) as bell:
        while not desk.closed:
            bell.clear()
            sheet = desk.sheet(key)
            state = {"version": sheet.version, "step": sheet.step, "stopped": sheet.proof.stopped}
            if state != told:
                told = state
                yield f"data: {json.dumps(state)}\n\n"
                continue
            try:
                await asyncio.wait_for(bell.wait(), _ALIVE)
            except TimeoutError:
                yield ": here\n\n"
