"""Numbers of sources: given in the order in which a page first needs them.

Place in the pipeline: base; used while a page is composed (step 4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from .model import Place, Source
from .names import whole_words
from .page import Mark, Trace
from .reading import Findings, did_you_mean
from .traces import Numbered, Traces

_MADE = re.compile(r"[\d_-]")


def citable(sources: Collection[str]) -> tuple[str, ...]:
    """Return the ids that a remark may cite by writing them: those that are no plain word of a language."""
    return tuple(id_ for id_ in sources if _MADE.search(id_))


class Marks:
    """The numbers given so far; a source keeps its number for the whole page."""

    def __init__(self, sources: Mapping[str, Source], traces: Traces, before: int = 0) -> None:
        """Keep the sources that may be cited, what numbers are signed with, and how many were given before."""
        self._before = before
        self._known, self._traces = sources, traces
        self._cited = whole_words(citable(sources))
        self._numbers: dict[str, int] = {}
        self.findings = Findings()

    def of(self, sources: Iterable[str]) -> tuple[Mark, ...]:
        """Return a mark for each source, in rising order; a source that is not known is a finding."""
        marks = {self._number(source): source for source in sources}
        return tuple(Mark(self._signed(number, source), source) for number, source in sorted(marks.items()))

    def cite(self, text: str) -> str:
        """Return a remark with the ids of sources, as colleagues write them, as the reader's numbers."""
        return self._cited.sub(lambda match: f"[{self._signed(self._number(match[0]), match[0])}]", text)

    def _signed(self, number: int, source: str) -> Numbered:
        return self._traces.number(number, Trace("source-mark", source))

    def _number(self, source: str) -> int:
        if source not in self._numbers:
            self._numbers[source] = self._before + len(self._numbers) + 1
            if source not in self._known:
                cure = f"Correct it. {did_you_mean(source, self._known)}"
                expected = "the id of a source"
                self.findings.add(
                    Place("data/sources.toml"), "marks.source", f"no source '{source}'", expected=expected, cure=cure
                )
        return self._numbers[source]

    @property
    def numbered(self) -> tuple[tuple[int, str], ...]:
        """Each number with the source that has it, in rising order."""
        return tuple((number, source) for source, number in self._numbers.items())

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the sources in the order of their numbers."""
        return tuple(self._numbers)
