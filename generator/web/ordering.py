"""The pages that ask for a build and follow it.

Place in the pipeline: a part of the door `web`. In: a form; out: a page of the build that shows its steps as they come:
by events where there is script, by loading itself anew where there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from ..exhibit import printing_name
from ..model import Finding, Place
from ..pipeline import STEPS
from ..topics import briefings
from .answers import BASE, Id, Start, TheCaller, TheDoor
from .builds import Asked
from .leafing import leaf
from .making import find_build, wanted_files
from .overview import title_of, titles_of
from .problems import Problem, absent
from .worklist import grouped

router = APIRouter(include_in_schema=False, default_response_class=Response)
BUILDS = 50
"""Builds on a page."""
_TAG = re.compile(r"[A-Za-z0-9_-]{1,35}\Z")


@router.post("/topics/{topic}/builds")
def ask(
    door: TheDoor, caller: TheCaller, topic: Id,
    languages: Annotated[list[str] | None, Form(max_length=100)] = None,
    as_of: Annotated[str, Form(max_length=10)] = "", layout: Annotated[Literal["", "full", "brief"], Form()] = "",
    *, strict: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Ask for a build, and lead to its page."""
    caller.must_edit()
    if not caller.sees(topic) or topic not in briefings(door.workspace()):
        raise absent()
    if as_of:
        _day(as_of)
    chosen = tuple(dict.fromkeys(tag for tag in languages or () if _TAG.match(tag)))
    build, _ = door.builds.create(door.workspace(), Asked(topic, chosen, as_of, strict, layout), caller.name)
    return RedirectResponse(f"/builds/{build.id}", 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("invalid", f"'{text}' is not a day", "Write it as 2026-11-22.") from None


@router.get("/builds")
def list_builds(request: Request, door: TheDoor, caller: TheCaller, start: Start = 0) -> Response:
    """Show the builds, the newest first: what waits, what is being made, what became of the rest."""
    builds = [build for build in door.builds.all() if caller.sees(build.asked.topic)]
    part = leaf(builds, start, BUILDS, "/builds", {})
    titles = titles_of(door, {build.asked.topic for build in part.rows}, door.shell.language(request))
    counts = Counter(build.state for build in builds)
    return door.shell.page(request, "builds.html", {"part": part, "titles": titles, "counts": counts})


@router.get("/builds/{build}")
def follow(request: Request, door: TheDoor, caller: TheCaller, build: Id) -> Response:
    """Show a build: its steps as far as it has come, or what became of it."""
    found = find_build(door, caller, build)
    reached = max((step.number for step in found.steps), default=0)
    values = {
        "title": title_of(door, found.asked.topic, door.shell.language(request)),
        "build": found, "reached": reached, "steps": STEPS[:7], "events": f"{BASE}/builds/{found.id}/events",
        "groups": grouped(map(_finding, found.findings)),
        "results": [_result(outcome, found.asked.layout) for outcome in found.outcomes if outcome["edition"]],
    }  # fmt: skip
    return door.shell.page(request, "build.html", values)


@dataclass(frozen=True, slots=True)
class Result:
    """An edition that answers a build: whether it stood already, and its PDFs that were asked for."""

    edition: str
    unchanged: bool
    files: tuple[tuple[str, str, str], ...]
    """Language, layout, and the address of its pages."""


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(**{**told, "place": Place(**told["place"])})


def _result(outcome: dict[str, Any], wanted: str) -> Result:
    edition = outcome["edition"]
    base = f"/editions/{edition['topic']}/{edition['id']}"
    kept = [(file["language"], layout) for layout, file in wanted_files(outcome, wanted)]
    # Sorting is stable: the full one stays before its brief.
    kept.sort(key=lambda each: outcome["languages"].index(each[0]))
    files = tuple((language, layout, f"{base}/{printing_name(language, layout)}") for language, layout in kept)
    return Result(edition["id"], outcome["state"] == "unchanged", files)


@router.post("/builds/{build}/cancel")
def cancel(door: TheDoor, caller: TheCaller, build: Id) -> Response:
    """Cancel a build, and lead back to its page."""
    found = find_build(door, caller, build)
    caller.must_edit()
    door.builds.cancel(found.id)
    return RedirectResponse(f"/builds/{found.id}", 303)
