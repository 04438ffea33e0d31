"""What the pages and answers of the web door share: the workspace, how it is served, the shell.

Place in the pipeline: a part of the door `web`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from ..turning import Turning
from ..workspace import Workspace
from .access import Caller
from .settings import Serving
from .shell import Shell


@dataclass(frozen=True)
class Door:
    """One served workspace."""

    root: Path
    documents: Path | None
    serving: Serving
    shell: Shell
    turning: Turning | None = None
    """Keeps the schedules; None where another process does."""

    def workspace(self) -> Workspace:
        """Return the workspace with nothing read yet: its files may have changed since the last request."""
        return Workspace(self.root, self.documents)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Run what runs beside the requests."""
        with self.turning or nullcontext():
            yield


def door_of(request: Request) -> Door:
    """Return the door that a request came through."""
    door: Door = request.app.state.door
    return door


def caller_of(request: Request) -> Caller:
    """Return who asks."""
    caller: Caller = request.state.caller
    return caller
