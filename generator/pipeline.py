"""The pipeline: the numbered steps from a workspace's files to editions in the archive.

1 Read · 2 Check · 3 Draw · 4 Write · 5 Print · 6 Inspect · 7 Keep · 8 Deliver. `build` is 1 to 7 and never
delivers. An unchanged edition is recognised by the digest of its inputs before anything heavy is imported.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import archive
from .errors import BriefingError, PreflightError, UsageError, WorkspaceError
from .model import Edition, Finding
from .reading import Findings, did_you_mean
from .workspace import LOCK, SETTINGS, Workspace, digest, processors, read_settings

if TYPE_CHECKING:
    from .workshop import Workshop

STEPS = ("Read", "Check", "Draw", "Write", "Print", "Inspect", "Keep", "Deliver")
PROGRAM = "briefing-generator 0.1.0"
LIBRARIES = ("weasyprint", "pydyf", "tinyhtml5", "tinycss2", "cssselect2", "pyphen", "fonttools", "pillow",
             "matplotlib", "numpy", "jinja2", "markupsafe", "babel", "markdown_it_py", "pikepdf")  # fmt: skip
Tell = Callable[[int, str], None]
"""Told of each step: its number, and the edition or the whole it works on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to build. Nothing named: all topics, the workspace's languages, as of its newest date."""

    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    as_of: date | None = None
    strict: bool = False
    force: bool = False
    workers: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one topic: built, unchanged, rebuilt (the same bytes again) or failed."""

    topic: str
    state: str
    edition: Edition | None
    findings: tuple[Finding, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One edition to make: its inputs by name, their digest, and what it will be called."""

    topic: str
    languages: tuple[str, ...]
    date: date
    number: int
    inputs: Mapping[str, str] = field(repr=False)
    digest: str
    as_of: date | None

    @property
    def edition(self) -> str:
        """The edition's name: its date and its number within the topic."""
        return f"{self.date}.{self.number}"


def build(
    workspace: Workspace, request: Request, *, tell: Tell = lambda _step, _what: None, now: datetime | None = None
) -> tuple[Outcome, ...]:
    """Build editions and return what became of each topic; a topic that fails never holds up another.

    Raises WorkspaceError where a file that all topics share is wrong, UsageError where a topic or language
    is not there, ArchiveError where another process builds here or the archive is damaged.
    """
    orders = plan(workspace, request)
    done = {order.topic: _unchanged(workspace, order) for order in orders if not request.force}
    waiting = [order for order in orders if not done.get(order.topic)]
    if waiting:
        from .workshop import Workshop, make_all

        with ExitStack() as stack:
            stack.enter_context(archive.locked(workspace.state))
            settings = read_settings(workspace, Findings())
            workers = request.workers or settings.workers or processors()
            shop = stack.enter_context(Workshop(workspace, settings, workers, fresh=request.force))
            made = make_all(shop, waiting, request, tell, now or datetime.now(UTC))
        done.update(made)
    return tuple(outcome for order in orders if (outcome := done[order.topic]))
