"""The numbers of figures and tables: given in the order in which a page shows them, on from the pages before it.

Place in the pipeline: a part of step 4 Write, used while a page is composed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import Topic
from .page import Call, Script, Trace


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins to count that follows others in one document, and what its anchors begin with."""

    anchor: str = ""
    figures: int = 0
    tables: int = 0
    sources: int = 0
    traces: tuple[Trace, ...] = ()


def number_figures(topic: Topic, script: Script, before: int = 0) -> dict[str, int]:
    """Return the number of each chart on the page: the lead chart first, then as the text places them.

    `before` are the charts of the pages before it in one document.
    """
    lead = [spec.id for spec in topic.charts[:1]]
    return _numbered([*lead, *_placed(script, "chart")], {spec.id: spec for spec in topic.charts}, before)


def number_tables(topic: Topic, script: Script, before: int = 0) -> dict[str, int]:
    """Return the number of each table as the text places them."""
    return _numbered(_placed(script, "table"), {spec.id: spec for spec in topic.tables}, before)


def _placed(script: Script, kind: str) -> list[str]:
    """Return the ids of the charts or tables that a text places, in order."""
    blocks = [block for section in script.sections for block in section.blocks if isinstance(block, Call)]
    return [call.args[0] for call in blocks if call.name == kind]


def _numbered(ids: Iterable[str], known: Mapping[str, object], before: int) -> dict[str, int]:
    placed = (id_ for id_ in dict.fromkeys(ids) if id_ in known)
    return {id_: number for number, id_ in enumerate(placed, before + 1)}
