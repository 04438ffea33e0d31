"""Readings that are in memory already: what tests use, and programs that have the values at hand.

Place in the pipeline: a connector. Nothing is fetched. A sidecar cannot name it: `World(connectors=…)` puts it in the
place of the connector that a sidecar names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..answers import Answer, Request
from ..errors import BriefingError, OutsideError
from ..reading import Table
from .base import Query, Reading


@dataclass(frozen=True, slots=True)
class Memory:
    """Readings, or the errors to raise, by series."""

    readings: Mapping[str, Reading | BriefingError] = field(default_factory=dict)
    address: str = ""
    key: str = ""
    modules: tuple[str, ...] = ()

    def take(self, table: Table) -> object:  # noqa: ARG002 - it has no parameters
        """Take nothing."""
        return None

    def requests(self, query: Query) -> Sequence[Request]:  # noqa: ARG002
        """Ask for nothing."""
        return ()

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:  # noqa: ARG002
        """Return the reading of the series."""
        found = self.readings.get(query.series, OutsideError(f"nothing is known of '{query.series}'"))
        if isinstance(found, BriefingError):
            raise found
        return found
