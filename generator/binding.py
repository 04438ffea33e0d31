"""A combined briefing: the pages of several topics, numbered through and bound under one cover.

Place in the pipeline: steps 3 Draw and 4 Write, after `draft`. In: the volume that briefing.toml declares, and what is
known of its topics; out: one `Draft` in whose context each topic is a `Part`. Figures, tables and sources are counted
through the whole document, so that a number means one thing; each part keeps its own list of sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from .context import Composed, Imprint
from .draft import Draft, draw_up, look_for_words, words_of
from .knowledge import Knowledge
from .language import Words
from .numbering import Start, number_figures, number_tables
from .page import Context, Part
from .reading import Findings
from .topics import Volume, in_volume
from .workspace import Workspace

T = TypeVar("T")


def draw_up_any(workspace: Workspace, knowledge: Knowledge, topic: str, language: str, imprint: Imprint) -> Draft:
    """Return the draft of a topic's page, or of the combined briefing where the name is its."""
    volume = knowledge.volume
    if volume is None or topic != volume.name:
        return draw_up(workspace, knowledge, knowledge.topic(topic), language, imprint)
    parts = list(_parts(workspace, knowledge, volume, language, imprint))
    findings = Findings()
    words = words_of(workspace, language, knowledge, findings)
    context = _cover(volume, words, imprint, parts)
    look_for_words(workspace, knowledge.settings.languages, words, findings)
    bound = knowledge.topic(volume.name)
    sources = {id_: source for part in parts for id_, source in part.material.sources.items()}
    checked = tuple(row for part in parts for row in part.material.checked)
    charts = {chart.plot.id: chart for part in parts for chart in part.material.charts.values()}
    return Draft(
        bound,
        language,
        words,
        _composed(context, parts),
        tuple(plot for part in parts for plot in part.plots),
        tuple(spark for part in parts for spark in part.sparks),
        _once(finding for found in (*(part.findings for part in parts), findings) for finding in found),
        replace(
            parts[0].material, topic=bound, words=words, sources=sources, checked=checked, charts=charts, start=Start()
        ),
        knowledge.vocabulary.names,
    )


def _parts(
    workspace: Workspace, knowledge: Knowledge, volume: Volume, language: str, imprint: Imprint
) -> Iterator[Draft]:
    """Yield the drafts of a volume's topics, each counting on where the one before ended."""
    start = Start()
    for id_ in volume.topics:
        start = replace(start, anchor=f"{id_}-")
        draft = draw_up(workspace, knowledge, knowledge.topic(id_), language, imprint, start)
        yield draft
        start = _after(draft)


def _after(draft: Draft) -> Start:
    """Return where the next topic begins to count."""
    start, topic, script = draft.material.start, draft.topic, draft.material.script
    return Start(
        figures=start.figures + len(number_figures(topic, script)),
        tables=start.tables + len(number_tables(topic, script)),
        sources=start.sources + len(draft.composed.sources),
        traces=draft.composed.traces,
    )


def _cover(volume: Volume, words: Words, imprint: Imprint, parts: Sequence[Draft]) -> Context:
    """Return what the cover and the contents tell; what stands in a topic's own page stands in its part."""
    first = parts[0].composed.context
    return replace(
        first,
        issuer=words.gettext(imprint.issuer),
        tagline=words.gettext(imprint.tagline),
        topic=volume.name,
        accent=volume.accent,
        title=words.gettext(volume.title),
        subtitle=words.gettext(volume.subtitle) if volume.subtitle else "",
        bottom_line="",
        key_figures=(),
        lead=None,
        summary=(),
        sections=(),
        facts=(),
        disagreements=(),
        gaps=(),
        sources=tuple(row for part in parts for row in part.composed.context.sources),
        anchor="",
        parts=tuple(Part(part.composed.context) for part in parts),
    )


def _composed(context: Context, parts: Sequence[Draft]) -> Composed:
    return Composed(
        context,
        _once(id_ for part in parts for id_ in part.composed.facts),
        tuple(in_volume(part.topic.id, id_) for part in parts for id_ in part.composed.series),
        _once(id_ for part in parts for id_ in part.composed.sources),
        _once(finding for part in parts for finding in part.composed.findings),
        parts[-1].composed.traces,
        tuple(drawing for part in parts for drawing in part.composed.drawn),
    )


def _once(things: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(things))
