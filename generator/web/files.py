"""Files of the archive over HTTP: whole or in part, once or only if they changed.

Place in the pipeline: a part of the door `web`. In: an edition's file and a request's head; out: the bytes that were
kept, or a problem: nothing is sent that is not what the record says. Conditions and ranges are RFC 9110's
(https://www.rfc-editor.org/rfc/rfc9110#section-13, #section-14); of several ranges the whole is sent, as it allows.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from starlette.responses import Response

from ..model import Edition
from .problems import Problem, absent

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was kept: its bytes, their sha256, when it was written, its name and media type."""

    data: bytes
    sha256: str
    written: datetime
    name: str
    media: str

    @property
    def etag(self) -> str:
        """The strong validator."""
        return f'"{self.sha256}"'


def kept_pdf(reports: Path, edition: Edition, language: str, *, brief: bool = False) -> File:
    """Return an edition's PDF of a language; Problem where there is none or it is not as it was kept."""
    kept = edition.briefs if brief else edition.files
    found = next((file for file in kept if file[0] == language), None)
    if found is None:
        raise absent()
    _, name, sha256, _, _ = found
    cure = "Restore it from a copy; `briefing editions` tells more."
    damaged = Problem("gone", f"{name} is not as it was kept", cure)
    try:
        # A link that somebody put in its place is not followed.
        handle = os.open(reports / edition.topic / edition.id / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise damaged from error
    with os.fdopen(handle, "rb") as file:
        data, written = file.read(), os.fstat(file.fileno()).st_mtime
    if hashlib.sha256(data).hexdigest() != sha256:
        raise damaged
    return File(data, sha256, datetime.fromtimestamp(int(written), UTC), name, "application/pdf")


def send(file: File, head: Mapping[str, str], *, download: bool = False) -> Response:
    """Return the answer to a request for a file, by the conditions and the range of its head (names in lower case)."""
    headers = {
        "etag": file.etag,
        "last-modified": format_datetime(file.written, usegmt=True),
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": f'{"attachment" if download else "inline"}; filename="{file.name}"',
    }
    _refuse_another(file, head)
    if _unchanged(file, head):
        return Response(status_code=304, headers=headers)
    start, end = _part(file, head)
    whole = (start, end) == (0, len(file.data))
    if not whole:
        headers["content-range"] = f"bytes {start}-{end - 1}/{len(file.data)}"
    headers["content-length"] = str(end - start)
    return Response(file.data[start:end], 200 if whole else 206, headers, file.media)


def _refuse_another(file: File, head: Mapping[str, str]) -> None:
    """Raise a Problem where the caller wants another version; a date counts where no ETag is given."""
    if (tags := head.get("if-match")) is not None:
        if not _matches(tags, file.etag, weak=False):
            raise Problem("precondition", "its ETag is another")
    elif (until := _moment(head.get("if-unmodified-since", ""))) is not None and file.written > until:
        raise Problem("precondition", "it was written later")


def _unchanged(file: File, head: Mapping[str, str]) -> bool:
    if (tags := head.get("if-none-match")) is not None:
        return _matches(tags, file.etag, weak=True)
    since = _moment(head.get("if-modified-since", ""))
    return since is not None and file.written <= since


def _part(file: File, head: Mapping[str, str]) -> tuple[int, int]:
    """Return the first byte that is asked for and the one behind the last."""
    size = len(file.data)
    match = _RANGE.match(head.get("range", "").strip())
    condition = head.get("if-range", "").strip()
    current = not condition or condition == file.etag or _moment(condition) == file.written
    if match is None or not current or not (match[1] or match[2]):
        return 0, size
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start < size:
            return 0, size  # no range at all, by the RFC's grammar
    if start >= end:
        raise Problem("range", f"it has {size} bytes", more={"content_range": f"bytes */{size}"})
    return start, end


def _matches(header: str, etag: str, *, weak: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = [tag.strip() for tag in header.split(",")]
    return etag in tags or (weak and f"W/{etag}" in tags)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
