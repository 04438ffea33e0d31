"""Receiving a document: its bytes from a file or an address, within limits, and a name for it.

Place in the pipeline: a part of `ingest`. In: a path or an address of the web; out: a `Received`. Files are regular
ones and not larger than a document may be; addresses are fetched by `fetching`, with its deadline, caps and guards.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError
from .fetching import Fetcher, Request, clean
from .reading import MAX_BYTES

_ACCEPT = (
    "text/html,application/xhtml+xml,application/pdf,text/plain,"
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document;q=0.9,*/*;q=0.5"
)
_OPEN = "application/octet-stream"
"""The media type that says nothing."""


@dataclass(frozen=True, slots=True)
class Received:
    """A document as it came: `name` is that of its file or the last part of its address.

    `address` is "" for a file; `media` and `charset` are what the server said, "" unknown.
    """

    data: bytes
    name: str
    address: str = ""
    media: str = ""
    charset: str = ""


def is_address(origin: str) -> bool:
    """Whether this is an address of the web and no path."""
    return origin.casefold().startswith(("http://", "https://"))


def receive(origin: str, fetcher: Fetcher) -> Received:
    """Return the document at a path or address; UsageError where none is to be had there, OutsideError of the web."""
    if not is_address(origin):
        return Received(_read(Path(origin)), Path(origin).name)
    address = clean(origin)
    answer = fetcher.fetch(Request(address, _ACCEPT))
    if answer.size > MAX_BYTES:
        hint = "Save the part that holds the figures, and ingest that file."
        raise UsageError(f"{answer.size} bytes; at most {MAX_BYTES} are read", where=address, hint=hint)
    media = "" if answer.kind == _OPEN else answer.kind
    return Received(answer.path.read_bytes(), answer.final, address, media, answer.charset)


def _read(path: Path) -> bytes:
    try:
        # A pipe without a writer would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        hint = "Name a document: text, HTML, PDF or Word."
        raise UsageError(error.strerror or str(error), where=str(path), hint=hint) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        hint = "Name a document: text, HTML, PDF or Word."
        raise UsageError("a folder, pipe or device, not a file", where=str(path), hint=hint)
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > MAX_BYTES:
            hint = "Keep the part that holds the figures."
            raise UsageError(f"{status.st_size} bytes; at most {MAX_BYTES} are read", where=str(path), hint=hint)
        return file.read()
