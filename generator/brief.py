"""The brief: one A4 page of the same data, beside the full briefing.

Place in the pipeline: between steps 4 Write and 5 Print. In: the draft of a topic's full page; out: the draft of its
brief, with the same numbers of sources and figures, so that a mark means one publication in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .draft import Draft
from .page import Context
from .sentences import joined

_MARK = re.compile(r'href="#source-(\d+)"')
_FIGURE = re.compile(r'<a class="figure" href="#figure-([^"]*)">(.*?)</a>', re.DOTALL)


def in_layouts(draft: Draft) -> Iterator[Draft]:
    """Yield the draft of a full page, and of its brief where one is declared."""
    yield draft
    if "brief" in draft.layouts:
        yield shorten(draft)


def shorten(draft: Draft) -> Draft:
    """Return the brief of a full page: its lead chart is drawn and no other."""
    context = _shortened(draft)
    shown = {context.lead.file if context.lead else "", *(figure.spark for figure in context.key_figures)}
    plots = tuple(plot for plot in draft.plots if f"charts/{plot.id}.svg" in shown)
    drawn = tuple((name, texts) for name, texts in draft.composed.drawn if name in shown)
    return replace(draft, composed=replace(draft.composed, context=context, drawn=drawn), plots=plots)


def _shortened(draft: Draft) -> Context:
    full = draft.composed.context
    lead = full.lead.id if full.lead else ""
    context = replace(
        full,
        layout="brief",
        bottom_line=_unlinked(full.bottom_line, lead),
        summary=tuple(_unlinked(point, lead) for point in full.summary),
        sections=(),
        facts=(),
        disagreements=(),
        changes=None,
        more=joined(_listed(draft)),
    )
    cited = set(_cited(context))
    return replace(context, sources=tuple(row for row in full.sources if int(row.number) in cited))


def _listed(draft: Draft) -> Iterator[str]:
    """Yield the titles of the sections that only the full page has, as a list of the language."""
    titles = [section.title for section in draft.composed.context.sections]
    yield draft.words.list(titles) if titles else ""


def _unlinked(text: str, lead: str) -> str:
    """Return a text whose references to figures that the brief lacks lead nowhere."""
    return _FIGURE.sub(lambda match: match[0] if match[1] == lead else match[2], text)


def _cited(context: Context) -> Iterator[int]:
    """Yield the numbers of the sources that a brief cites."""
    for text in (context.bottom_line, *context.summary):
        yield from map(int, _MARK.findall(text))
    credited = context.lead.credits if context.lead else ()
    marks = (*(each.marks for each in context.key_figures), *(each.marks for each in credited))
    yield from (int(mark.number) for group in marks for mark in group)
