"""Briefing PDFs in which every number leads to its source: what a program may import.

What the command line can do, this can do: `build(find_workspace(Path(".")), Request(topics=("economy",)))`.
Names are loaded when they are first used, because the limited children import this package too and need few.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contrast import Contrast, diff
    from .decisions import Decided, accept, decide, list_candidates
    from .doctor import examine
    from .errors import (
        ArchiveError,
        BriefingError,
        DocumentError,
        LimitError,
        OutsideError,
        PreflightError,
        RenderError,
        UsageError,
        WorkspaceError,
    )
    from .ingestion import Ingested, ingest
    from .inquiry import World, open_world
    from .lists import list_coverage, list_editions, list_facts, list_series, list_sources
    from .model import Edition, Fact, Finding, Observation, Series, Source, Topic
    from .pipeline import Checkup, Outcome, Request, build, check
    from .postman import Postman
    from .provenance import Description
    from .refresh import Renewal, Wishes, refresh
    from .review import CandidateFact
    from .roster import Choice
    from .series import frame
    from .service import Report, Service, preview
    from .verification import verify
    from .workspace import Workspace, find_workspace

_HOMES = {
    "contrast": ("Contrast", "diff"),
    "decisions": ("Decided", "accept", "decide", "list_candidates"),
    "doctor": ("examine",),
    "errors": (
        "ArchiveError", "BriefingError", "DocumentError", "LimitError", "OutsideError", "PreflightError", "RenderError",
        "UsageError", "WorkspaceError",
    ),
    "ingestion": ("Ingested", "ingest"),
    "inquiry": ("World", "open_world"),
    "lists": ("list_coverage", "list_editions", "list_facts", "list_series", "list_sources"),
    "model": ("Edition", "Fact", "Finding", "Observation", "Series", "Source", "Topic"),
    "pipeline": ("Checkup", "Outcome", "Request", "build", "check"),
    "postman": ("Postman",),
    "provenance": ("Description",),
    "refresh": ("Renewal", "Wishes", "refresh"),
    "review": ("CandidateFact",),
    "roster": ("Choice",),
    "series": ("frame",),
    "service": ("Report", "Service", "preview"),
    "verification": ("verify",),
    "workspace": ("Workspace", "find_workspace"),
}  # fmt: skip
__all__ = [
    "ArchiveError",
    "BriefingError",
    "CandidateFact",
    "Checkup",
    "Choice",
    "Contrast",
    "Decided",
    "Description",
    "DocumentError",
    "Edition",
    "Fact",
    "Finding",
    "Ingested",
    "LimitError",
    "Observation",
    "Outcome",
    "OutsideError",
    "Postman",
    "PreflightError",
    "RenderError",
    "Renewal",
    "Report",
    "Request",
    "Series",
    "Service",
    "Source",
    "Topic",
    "UsageError",
    "Wishes",
    "Workspace",
    "WorkspaceError",
    "World",
    "accept",
    "build",
    "check",
    "decide",
    "diff",
    "examine",
    "find_workspace",
    "frame",
    "ingest",
    "list_candidates",
    "list_coverage",
    "list_editions",
    "list_facts",
    "list_series",
    "list_sources",
    "open_world",
    "preview",
    "refresh",
    "verify",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 a module's names are of any type
    """Return a public name from its home."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module 'generator' has no attribute '{name}'")
