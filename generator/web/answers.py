"""What the answers of the API have in common: parts of lists, descriptions of problems, who asks.

Place in the pipeline: a part of the door `web`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Path, Query, Request

from .access import Caller
from .door import Door, caller_of, door_of
from .problems import KINDS, MEDIA, absent

T = TypeVar("T")
Row = dict[str, Any]
"""An object of an answer; its shape stands beside the route."""
BASE = "/api/v1"
TheDoor = Annotated[Door, Depends(door_of)]
TheCaller = Annotated[Caller, Depends(caller_of)]
Id = Annotated[str, Path(max_length=300)]
Find = Annotated[str, Query(max_length=200)]
"""Words that are looked for in a list of a page."""
Start = Annotated[int, Query(ge=0, le=10**9)]
"""How many rows of a list stand before those of a page."""
OnlyTopic = Annotated[str | None, Query(max_length=300, description="Of this topic only.")]


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a list that is asked for."""

    limit: int
    offset: int


def part_of(
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9, description="How many to leave out.")] = 0,
) -> Part:
    """Return the part of a list that a request asks for."""
    return Part(limit, offset)


ThePart = Annotated[Part, Depends(part_of)]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of answers with these statuses: problems."""
    said = {status: next(kind.title for kind in KINDS.values() if kind.status == status) for status in statuses}
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}
    return {status: {"description": title, "content": content} for status, title in said.items()}


def listed(request: Request, rows: Sequence[T], part: Part, shape: Callable[[T], Row] | None = None) -> Row:
    """Return the part of a list that was asked for; what `shape` makes of a row is made of no other."""
    end = part.offset + part.limit
    query = {**request.query_params, "limit": part.limit, "offset": end}
    following = f"{request.url.path}?{urlencode(query)}" if end < len(rows) else ""
    wanted = rows[part.offset : end]
    return {"items": [shape(row) for row in wanted] if shape else list(wanted), "total": len(rows), "next": following}


def one(rows: Sequence[Row], id_: str) -> Row:
    """Return the row with an id; Problem where there is none."""
    found = next((row for row in rows if row["id"] == id_), None)
    if found is None:
        raise absent()
    return found


def rows_of(caller: Caller, rows: Sequence[Row], topic: str | None) -> list[Row]:
    """Return the rows of the topics that a caller sees, or of one of them."""
    return [row for row in rows if caller.sees(row["topic"]) and topic in (None, row["topic"])]
