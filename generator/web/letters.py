"""What a reader of a letter may do without a token: fetch its PDF, and take himself off its list with one click.

Place in the pipeline: a part of the door `web`. In: a signed link of a letter (`mailing` wrote it); out: a PDF, or a
page. No path comes from an address: a link names topic, edition and file, and the archive's record says what they are.
Opening the page of the list changes nothing, because mail programs open links to look at them; its button does, and so
does the mail program's own (RFC 8058).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from .. import links
from ..mailing import DOWNLOAD, UNSUBSCRIBE, linked_file
from ..reading import Findings
from ..recalls import recall_of
from ..service import Service
from ..workspace import SETTINGS
from .door import Door, door_of
from .problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=Response)
TheDoor = Annotated[Door, Depends(door_of)]
_HEADERS = {"cache-control": "private, no-store", "referrer-policy": "no-referrer"}


@router.get(f"/{UNSUBSCRIBE}/{{token}}")
def ask(request: Request, door: TheDoor, token: str) -> Response:
    """Show the button that takes a reader off the list."""
    _words(door, UNSUBSCRIBE, token)
    return _private(door.shell.page(request, "unsubscribe.html", {"done": False}))


@router.post(f"/{UNSUBSCRIBE}/{{token}}")
def leave(request: Request, door: TheDoor, token: str) -> Response:
    """Take a reader off the list."""
    (id_,) = _words(door, UNSUBSCRIBE, token)
    with Service(door.workspace(), lambda: datetime.now(UTC)) as service:
        if not service.postman.unsubscribe(id_):
            raise Problem("link", _WRONG)
    return _private(door.shell.page(request, "unsubscribe.html", {"done": True}))


@router.get(f"/{DOWNLOAD}/{{token}}")
def fetch(door: TheDoor, token: str) -> Response:
    """Send the PDF of a letter."""
    workspace = door.workspace()
    topic, edition, name = _words(door, DOWNLOAD, token)
    data = linked_file(workspace.reports, topic, edition, name)
    if data is None:
        raise Problem("gone", "it is not as it was kept")
    if recall := recall_of(workspace.reports, topic, edition):
        raise Problem("recalled", str(recall))
    shown = f"inline; filename*=utf-8''{quote(name)}"
    return Response(data, media_type="application/pdf", headers={**_HEADERS, "content-disposition": shown})


_WRONG = "the link is not one of ours, or its time is over"


def _words(door: Door, purpose: str, token: str) -> tuple[str, ...]:
    """Return what a link says; one Problem for whatever is wrong with it."""
    found = links.read(purpose, token, _secret(door, os.environ), datetime.now(UTC))
    if found is None:
        raise Problem("link", _WRONG)
    return found


def _secret(door: Door, secrets: Mapping[str, str]) -> str:
    table = door.workspace().table(SETTINGS, Findings())
    return secrets.get(table.table("delivery").text("secret", ""), "") if table else ""


def _private(answer: Response) -> Response:
    answer.headers.update(_HEADERS)
    return answer
