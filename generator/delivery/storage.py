"""Files in a folder, an S3 bucket, or on an SFTP or WebDAV server: the PDF, and a note beside it for programs.

Place in the pipeline: step 8 Deliver. The PDF is written whole under its own name and never over another one; the note,
`<name>.json`, is written after it, so whoever watches for notes never reads half a PDF. Delivering the same file again
finds it there and says so. An erratum leaves the wrong edition where it is and puts `<name>.recalled.json` beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from .. import stores
from ..errors import BriefingError, UsageError
from ..reading import Table
from ..stores import Settings, Store
from .base import REFUSED, SENT, Message, Outcome, World, one_line, take_secret


class _Kind:
    recipients = ""

    def take(self, table: Table) -> Settings:
        """Take the address and what opens it."""
        return stores.take_store(table, take_secret)

    def address(self, text: str) -> str:
        """Take nothing: the channel is its only recipient."""
        if text:
            raise ValueError("no address: the channel itself says where to")
        return ""

    @contextmanager
    def open(self, settings: object, world: World) -> Iterator[_Storage]:
        """Open the store."""
        with stores.open_store(cast("Settings", settings), world.root, world.secrets) as store:
            yield _Storage(store)


class _Storage:
    def __init__(self, store: Store) -> None:
        self._store = store

    def deliver(self, message: Message, address: str, commit: Callable[[], None]) -> Outcome:  # noqa: ARG002 - one place
        """Put the PDF and its note; trying again is safe, since nothing is ever written over."""
        folder = message.topic
        try:
            name = stores.checked(f"{folder}/{message.file.name}")
            held = self._store.read(name)
            if held is not None and hashlib.sha256(held).hexdigest() != message.file.sha256:
                said = f"another file of the name {name} is there"
                return Outcome(REFUSED, f"{said}. Move it away, then send again.")
        except BriefingError as error:
            return _failed(error)
        commit()
        try:
            if held is None:
                self._store.create(name, message.file.data)
                held = self._store.read(name)
                if held is None or hashlib.sha256(held).hexdigest() != message.file.sha256:
                    return Outcome("later", f"{name} is not there as it was sent")
            if message.wrong:
                self._mark(message)
            self._store.create(f"{name}.json", _note(message))
        except BriefingError as error:
            return _failed(error)
        return Outcome(SENT, name)

    def _mark(self, message: Message) -> None:
        """Say beside the wrong edition that it is called back, why, and what stands in its place."""
        topic, _, edition = message.wrong.partition("/")
        said = {"recalled": message.wrong, "reason": message.reason, "instead": message.file.name}
        wrong = f"{topic}/{topic}-{edition}.{message.language}.pdf"
        self._store.create(f"{wrong}.recalled.json", _json(said))


def _note(message: Message) -> bytes:
    told = {
        "key": message.key, "topic": message.topic, "edition": message.edition, "language": message.language,
        "issuer": message.issuer, "title": message.title, "date": message.moment.isoformat(),
        "file": message.file.name, "bytes": len(message.file.data), "sha256": message.file.sha256,
        "recalls": message.wrong, "reason": message.reason,
    }  # fmt: skip
    return _json({name: value for name, value in told.items() if value != ""})


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _failed(error: BriefingError) -> Outcome:
    """Return what became of it: what is ours to cure is not tried again for days, everything else is."""
    said = one_line(f"{error.where}: {error.message}. {error.hint}".strip(": ").strip())
    return Outcome(REFUSED, said) if isinstance(error, UsageError) else Outcome("later", said, everybody=True)


KIND = _Kind()
