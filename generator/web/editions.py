"""The API's answers about what was made: editions, their records, numerals and PDFs.

Place in the pipeline: a part of the door `web`. In: requests; out: what the archive keeps, and nothing that it does not
vouch for. A name of a request is looked up among those there are before it becomes a path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from .. import archive, lists
from ..errors import ArchiveError
from ..exhibit import printings, show_edition
from ..model import Edition
from ..recalls import recall_of
from . import files, shapes
from .answers import BASE, Id, OnlyTopic, Row, TheCaller, TheDoor, ThePart, listed, problems
from .problems import Problem, absent

router = APIRouter(tags=["editions"])


def find_edition(door: TheDoor, caller: TheCaller, topic: Id, edition: Id) -> Edition:
    """Return an edition of the archive that a caller may see."""
    reports = door.workspace().reports
    known = caller.sees(topic) and topic in archive.topics_kept(reports)
    if not known or edition not in archive.folders(reports, topic):
        raise absent()
    try:
        return archive.read_edition(reports, topic, edition)
    except ArchiveError as error:
        raise Problem("gone", "the edition's record cannot be read", "`briefing editions` tells more.") from error


TheEdition = Annotated[Edition, Depends(find_edition)]



@router.get("/editions", response_model=shapes.Listed[shapes.EditionShape])
def list_editions(
    request: Request, door: TheDoor, caller: TheCaller, part: ThePart, topic: OnlyTopic = None
) -> Row:
    """List the editions, by topic and number."""
    workspace = door.workspace()
    # Only what is asked for is read: the archive of ten years is thousands of files.
    topics = archive.topics_kept(workspace.reports)
    chosen = tuple(each for each in topics if caller.sees(each) and topic in (None, each))
    names = lists.edition_names(workspace, chosen) if chosen else []
    return listed(
        request, names, part, lambda name: edition_row(*lists.look_at(workspace, *name), workspace.reports)
    )


@router.get("/editions/{topic}/{edition}", response_model=shapes.EditionShape)
def show_one_edition(door: TheDoor, found: TheEdition) -> Row:
    """Show an edition."""
    reports = door.workspace().reports
    return edition_row(found, archive.damage(reports, found), reports)


@router.get("/editions/{topic}/{edition}/record", response_model=shapes.Record)
def show_record(door: TheDoor, found: TheEdition) -> Row:
    """Show the record of an edition as it was kept: docs/record.md."""
    return archive.read_record(door.workspace().reports, found.topic, found.id)


@router.get("/editions/{topic}/{edition}/numbers", response_model=shapes.Listed[shapes.NumberShape])
def list_numbers(
    request: Request, door: TheDoor, found: TheEdition, part: ThePart,
    language: Annotated[str | None, Query(max_length=35, description="In this language only.")] = None,
    page: Annotated[int | None, Query(ge=1, le=10**6, description="On this page only.")] = None,
    layout: Annotated[Literal["full", "brief"] | None, Query(description="In this layout only.")] = None,
) -> Row:  # fmt: skip
    """List every numeral of an edition and where it comes from: docs/trace.md."""
    numbers = [
        {name: getattr(each, name) for name in shapes.NumberShape.model_fields}
        for each in show_edition(door.workspace(), f"{found.topic}/{found.id}").numbers
        if language in (None, each.language) and page in (None, each.page) and layout in (None, each.layout)
    ]
    return listed(request, numbers, part)


@router.get(
    "/editions/{topic}/{edition}/pdf/{language}",
    response_class=Response,
    responses={
        200: {"description": "The PDF", "content": {"application/pdf": {}}},
        206: {"description": "The part that was asked for", "content": {"application/pdf": {}}},
        304: {"description": "It is still as the caller has it"},
        **problems(410, 412, 416),
    },
)
def send_pdf(
    request: Request, door: TheDoor, found: TheEdition, language: Id,
    layout: Annotated[Literal["full", "brief"], Query(description="The whole briefing, or its one page.")] = "full",
    download: Annotated[bool, Query(description="To be saved instead of shown.")] = False,  # noqa: FBT002
) -> Response:  # fmt: skip
    """Send an edition's PDF, with ETag, Last-Modified, conditions and ranges."""
    file = files.kept_pdf(door.workspace().reports, found, language, brief=layout == "brief")
    return files.send(file, request.headers, download=download)


def edition_row(edition: Edition, damage: str, reports: Path) -> Row:
    """Return an edition as the API shows it."""
    recall = recall_of(reports, edition.topic, edition.id)
    names = ("topic", "id", "number", "date", "as_of", "digest")
    href = edition_href(edition.topic, edition.id)
    return {name: getattr(edition, name) for name in names} | {
        "languages": list(edition.languages), "href": href, "damage": damage,
        "recalled": recall.reason if recall else "",
        "files": [
            file_row(href, each.layout, each.language, each.sha256, each.bytes, each.pages)
            for each in printings(edition).values()
        ],
    }  # fmt: skip


def file_row(href: str, layout: str, language: str, sha256: str, size: int, pages: int) -> Row:
    """Return a PDF of the edition at `href` as the API shows it."""
    address = f"{href}/pdf/{language}" + ("?layout=brief" if layout == "brief" else "")
    return {
        "language": language, "layout": layout, "href": address, "sha256": sha256, "bytes": size, "pages": pages
    }  # fmt: skip


def edition_href(topic: str, edition: str) -> str:
    """Return the address of an edition."""
    return f"{BASE}/editions/{quote(topic, safe='')}/{quote(edition, safe='')}"
