"""Lists of what a workspace holds: facts, series, sources, editions, each with its state.

Place in the pipeline: beside it; the commands of the same names show these rows.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from . import archive
from .errors import ArchiveError, UsageError
from .knowledge import Knowledge, learn
from .model import Edition, Fact
from .reading import did_you_mean
from .sources import FILE as SOURCES
from .survey import Survey, survey
from .workspace import Workspace


def list_facts(workspace: Workspace, topics: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return a row a fact: how it is used (printed, lower-ranked, set aside) and how it was checked."""
    return fact_rows(_learn(workspace, topics))


def fact_rows(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return a row a fact of what is known."""
    states = {checked.fact: checked for checked in knowledge.checked}
    return [
        {
            "id": fact.id,
            "topic": topic.id,
            "use": use,
            "value": f"{fact.qualifier} {fact.value} {fact.scale}".strip(),
            "unit": fact.unit,
            "period": fact.period.text,
            "source": fact.source or fact.formula,
            "check": states[fact.id].state if fact.id in states else "",
            "reason": fact.reason,
            "ref": fact.ref,
        }
        for topic in knowledge.topics
        for fact, use in zip(topic.facts, uses(topic.facts), strict=True)
    ]


def uses(facts: tuple[Fact, ...]) -> list[str]:
    """Return how each fact is used: the best-ranked of an observation are printed."""
    order = {"preferred": 0, "normal": 1, "deprecated": 2}
    best: dict[tuple[str, ...], int] = {}
    for fact in facts:
        key = (fact.metric, fact.entity, fact.period.text, fact.basis)
        best[key] = min(order[fact.rank], best.get(key, 2))
    return [
        "set aside"
        if fact.rank == "deprecated"
        else "printed"
        if order[fact.rank] == best[(fact.metric, fact.entity, fact.period.text, fact.basis)]
        else "lower-ranked"
        for fact in facts
    ]


def list_series(workspace: Workspace, topics: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return a row a series: what it measures, how many observations it has and of when."""
    return series_rows(_learn(workspace, topics))


def series_rows(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return a row a series of what is known."""
    rows = []
    for topic in knowledge.topics:
        for series in topic.series:
            drawn = series.of()
            rows.append(
                {
                    "id": series.id,
                    "topic": topic.id,
                    "unit": series.unit,
                    "measure": series.measure,
                    "bases": ", ".join(basis for basis in series.bases if basis),
                    "observations": len(series.observations),
                    "drawn": len(drawn),
                    "first": drawn[0].period.text if drawn else "",
                    "last": drawn[-1].period.text if drawn else "",
                    "formula": series.formula,
                }
            )
    return rows


def list_sources(workspace: Workspace) -> list[dict[str, Any]]:
    """Return a row a source: its document's state, and how many facts and observations it carries."""
    return source_rows(workspace, _learn(workspace, ()))


def source_rows(workspace: Workspace, knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return a row a source of what is known."""
    facts = Counter(fact.source for topic in knowledge.topics for fact in topic.facts)
    rows = Counter(row.source for topic in knowledge.topics for item in topic.series for row in item.observations)
    return [
        {
            "id": source.id,
            "kind": source.kind,
            "published": source.published,
            "accessed": source.accessed,
            "document": _document(workspace, source.document and source.id, knowledge),
            "facts": facts[source.id],
            "observations": rows[source.id],
            "producer": source.producer,
            "title": source.title,
        }
        for source in knowledge.sources.values()
    ]


def list_coverage(workspace: Workspace, sources: tuple[str, ...] = (), *, propose: bool = False) -> Survey:
    """Return every quantity of the documents of the sources (none named: all), each with what became of it.

    With `propose` it holds rows for `data/set-aside.csv` too, one for each open quantity.
    """
    knowledge = _learn(workspace, ())
    for id_ in sources:
        if id_ not in knowledge.sources:
            kept = [source.id for source in knowledge.sources.values() if source.document]
            raise UsageError(f"no source '{id_}'", where=SOURCES, hint=did_you_mean(id_, kept))
    return survey(workspace, knowledge, sources, propose=propose)


def _document(workspace: Workspace, id_: str, knowledge: Knowledge) -> str:
    if not id_:
        return "none kept"
    return "at hand" if workspace.document(knowledge.sources[id_].document) is not None else "not at hand"


def list_editions(workspace: Workspace, topics: tuple[str, ...] = ()) -> list[tuple[Edition, str]]:
    """Return each edition in the archive with what is wrong with it, "" where it is whole."""
    return [look_at(workspace, *name) for name in edition_names(workspace, topics)]


def edition_names(workspace: Workspace, topics: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return topic and name of each edition in the archive, by topic and number; nothing of them is read."""
    known = archive.topics_kept(workspace.reports)
    _refuse_unknown(topics, known)
    return [
        (topic, name) for topic in sorted(topics or known) for name in archive.numbered(workspace.reports, topic)
    ]


def look_at(workspace: Workspace, topic: str, name: str) -> tuple[Edition, str]:
    """Return an edition with what is wrong with it; one damaged record hides no other."""
    edition, trouble = read_kept(workspace, topic, name)
    return edition, trouble or archive.damage(workspace.reports, edition)


def read_kept(workspace: Workspace, topic: str, name: str) -> tuple[Edition, str]:
    """Return an edition with what is wrong with its record; its files are not looked at."""
    if not (workspace.reports / topic / name / archive.RECORD).is_file():
        return Edition(name, topic, 0, "", "", ()), f"{archive.RECORD} is missing; restore it from a copy"
    try:
        return archive.read_edition(workspace.reports, topic, name), ""
    except ArchiveError as error:
        return Edition(name, topic, 0, "", "", ()), error.message


def _learn(workspace: Workspace, topics: tuple[str, ...]) -> Knowledge:
    _refuse_unknown(topics, workspace.topics())
    return learn(workspace, topics or workspace.topics(), today=date.max)


def _refuse_unknown(topics: tuple[str, ...], known: tuple[str, ...]) -> None:
    for topic in topics:
        if topic not in known:
            raise UsageError(f"no topic '{topic}'", hint=did_you_mean(topic, known))
