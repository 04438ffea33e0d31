"""Numbers of sources: given in the order in which a page first needs them.

Place in the pipeline: base; used while a page is composed (step 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .model import Place, Source
from .page import Mark
from .reading import Findings, did_you_mean


class Marks:
    """The numbers given so far; a source keeps its number for the whole page."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        """Keep the sources that may be cited."""
        self._known = sources
        self._numbers: dict[str, int] = {}
        self.findings = Findings()

    def of(self, sources: Iterable[str]) -> tuple[Mark, ...]:
        """Return a mark for each source, in rising order; a source that is not known is a finding."""
        marks = {self._number(source): source for source in sources}
        return tuple(Mark(number, source) for number, source in sorted(marks.items()))

    def _number(self, source: str) -> int:
        if source not in self._numbers:
            self._numbers[source] = len(self._numbers) + 1
            if source not in self._known:
                cure = f"Correct it: {did_you_mean(source, self._known)}"
                expected = "the id of a source"
                self.findings.add(
                    Place("data/sources.toml"), "marks.source", f"no source '{source}'", expected=expected, cure=cure
                )
        return self._numbers[source]

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the sources in the order of their numbers."""
        return tuple(self._numbers)
