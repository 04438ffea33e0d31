"""What the pages and answers of the web door share: the workspace, how it is served, the shell.

Place in the pipeline: a part of the door `web`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from starlette.requests import Request

from ..turning import Turning
from ..workspace import Workspace, processors
from .access import Caller
from .builds import Builds
from .crew import Hand
from .gallery import Gallery, open_gallery
from .gate import Gate
from .journal import open_journal
from .settings import Serving
from .shelf import Shelf
from .shell import Shell
from .tokens import Tokens


@dataclass(frozen=True)
class Door:
    """One served workspace."""

    root: Path
    documents: Path | None
    serving: Serving
    shell: Shell
    shelf: Shelf
    gate: Gate
    clock: Callable[[], datetime]
    gallery: Gallery
    turning: Turning | None = None
    """Keeps the schedules; None where another process does."""
    _held: list[Builds] = field(default_factory=list, repr=False)

    def workspace(self) -> Workspace:
        """Return the workspace with nothing read yet: its files may have changed since the last request."""
        return Workspace(self.root, self.documents)

    def today(self) -> date:
        """Return the reader's own day."""
        return self.clock().astimezone().date()

    @property
    def builds(self) -> Builds:
        """The builds of this server, while it is open."""
        return self._held[0]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Run what runs beside the requests: the builds and the schedules."""
        with self.turning or nullcontext(), open_journal(self.workspace().state) as journal:
            serving = self.serving
            builds = Builds(journal, serving.queue, serving.seconds, self.clock, lambda: secrets.token_hex(16))
            self._held.append(builds)
            try:
                hand = partial(Hand, self.root, self.documents, processors())
                self.shelf.open_soon()
                builds.begin([hand] * (serving.workers or processors()))
                yield
            finally:
                builds.close()
                self.gallery.close()
                self._held.clear()

    def stop_soon(self) -> None:
        """Let those go who follow a build: the server is about to end."""
        for builds in self._held:
            builds.stop_soon()


def open_door(workspace: Workspace, serving: Serving) -> Door:
    """Return the door of a workspace."""
    root, documents = workspace.root, workspace.documents
    gate = Gate(serving, Tokens(workspace.state), time.monotonic)
    shell, shelf, gallery = Shell(workspace), Shelf(root, documents), open_gallery(workspace)
    return Door(root, documents, serving, shell, shelf, gate, lambda: datetime.now(UTC), gallery)


def door_of(request: Request) -> Door:
    """Return the door that a request came through; its shelf looks at the files once for the whole request."""
    door: Door = request.app.state.door
    return replace(door, shelf=door.shelf.at_once())


def caller_of(request: Request) -> Caller:
    """Return who asks."""
    caller: Caller = request.state.caller
    return caller
