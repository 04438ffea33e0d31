"""Plausibility: what the arithmetic asks of figures that each agree with their own document.

Place in the pipeline: base of step 2 Check; `evidence` offers it. In: a topic's facts and series, the vocabulary,
the sources; out: a `Question` for each figure that others do not bear out. `questions` tells them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .changes import unlike_levels
from .claims import Claims
from .figures import Ledger, figures_of
from .magnitude import far_off
from .model import Fact, Place, Series, Source, Vocabulary
from .occurrences import foretold, misdated
from .questions import Question
from .wholes import too_large, unlike_formula


def ask(
    facts: Iterable[Fact], series: Iterable[Series], vocabulary: Vocabulary, sources: Mapping[str, Source]
) -> tuple[Question, ...]:
    """Return every question about a topic's figures, answered or not, each about one row once a kind."""
    facts, series = tuple(facts), tuple(series)
    ledger = Ledger.of(figures_of(facts, series), series)
    asked: dict[tuple[str, Place], Question] = {}
    for question in (
        # A stated change says more than the neighbours do, so it speaks first.
        *unlike_levels(Claims(ledger, vocabulary, sources), ledger),
        *far_off(ledger),
        *too_large(ledger, vocabulary),
        *unlike_formula(ledger, vocabulary),
        *misdated(facts, vocabulary, sources),
        *foretold(ledger.figures, sources),
    ):
        asked.setdefault((question.kind, question.rows[0].place), question)
    return tuple(asked.values())
