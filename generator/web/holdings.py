"""The API's answers about what the workspace holds: topics, facts, series, sources, findings.

Place in the pipeline: a part of the door `web`. In: requests; out: the rows that the command line lists, and more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from .. import archive, lists
from ..accounts import finding_json
from ..topics import layouts_of, parts_of
from . import shapes
from .access import Caller
from .answers import Id, OnlyTopic, Row, TheCaller, TheDoor, ThePart, listed, one, rows_of
from .door import Door
from .problems import absent

router = APIRouter(tags=["workspace"])



@router.get("/topics", response_model=shapes.Listed[shapes.TopicShape])
def list_topics(request: Request, door: TheDoor, caller: TheCaller, part: ThePart) -> Row:
    """List the topics, and the combined briefing where there is one, with their newest editions."""
    names = [name for name in door.shelf.knowledge().briefings if caller.sees(name)]
    return listed(request, names, part, topic_row(door))


@router.get("/topics/{topic}", response_model=shapes.TopicShape)
def show_topic(door: TheDoor, caller: TheCaller, topic: Id) -> Row:
    """Show a topic."""
    caller.must_see(topic)
    if topic not in door.shelf.knowledge().briefings:
        raise absent()
    return topic_row(door)(topic)


def topic_row(door: Door) -> Callable[[str], Row]:
    """Return what makes a row of a topic's name, or of the combined briefing's."""
    knowledge, workspace = door.shelf.knowledge(), door.workspace()
    languages = knowledge.settings.languages

    def row(name: str) -> Row:
        topic = knowledge.topic(name)
        newest = {tag: archive.newest(workspace.reports, topic.id, language=tag) for tag in languages}
        return {
            "id": topic.id,
            "title": topic.title,
            "parts": [part for part in parts_of(knowledge.volume, topic.id) if part != topic.id],
            "layouts": list(layouts_of(workspace, topic.id)),
            "languages": list(languages),
            "facts": len(topic.facts),
            "series": len(topic.series),
            "date": str(knowledge.days[topic.id]),
            "newest": {tag: edition.id for tag, edition in newest.items() if edition},
        }

    return row


@router.get("/facts", response_model=shapes.Listed[shapes.FactShape])
def list_facts(
    request: Request, door: TheDoor, caller: TheCaller, part: ThePart, topic: OnlyTopic = None
) -> Row:
    """List the facts."""
    return listed(request, rows_of(caller, fact_rows(door), topic), part)


@router.get("/topics/{topic}/facts/{fact}", response_model=shapes.FactShape)
def show_fact(door: TheDoor, caller: TheCaller, topic: Id, fact: Id) -> Row:
    """Show a fact."""
    return one(rows_of(caller, fact_rows(door), topic), fact)


def fact_rows(door: Door) -> list[dict[str, Any]]:
    """Return a row a fact: what the command line lists, and its observation and anchor."""
    knowledge = door.shelf.knowledge()
    facts = [fact for topic in knowledge.topics for fact in topic.facts]
    more = ("metric", "entity", "basis", "rank", "anchor", "note")
    return [
        row
        | {name: getattr(fact, name) for name in more}
        | {"place": {"file": fact.place.file, "line": fact.place.line}}
        for fact, row in zip(facts, lists.fact_rows(knowledge), strict=True)
    ]


@router.get("/series", response_model=shapes.Listed[shapes.SeriesShape])
def list_series(
    request: Request, door: TheDoor, caller: TheCaller, part: ThePart, topic: OnlyTopic = None
) -> Row:
    """List the series."""
    return listed(request, rows_of(caller, lists.series_rows(door.shelf.knowledge()), topic), part)


@router.get("/topics/{topic}/series/{series}", response_model=shapes.SeriesWhole)
def show_series(door: TheDoor, caller: TheCaller, topic: Id, series: Id) -> Row:
    """Show a series with its observations."""
    knowledge = door.shelf.knowledge()
    row = one(rows_of(caller, lists.series_rows(knowledge), topic), series)
    found = next(each for each in knowledge.topic(topic).series if each.id == series)
    names = ("unit", "basis", "source", "status", "note", "known")
    rows = [
        {"period": each.period.text, "value": None if each.value is None else str(each.value)}
        | {name: getattr(each, name) for name in names}
        for each in found.observations
    ]
    return row | {"label": found.label, "metric": found.metric, "entity": found.entity, "rows": rows}


@router.get("/sources", response_model=shapes.Listed[shapes.SourceShape])
def list_sources(request: Request, door: TheDoor, caller: TheCaller, part: ThePart) -> Row:
    """List the sources; whoever sees some topics sees those that these stand on."""
    return listed(request, source_rows(door, caller), part)


@router.get("/sources/{source}", response_model=shapes.SourceShape)
def show_source(door: TheDoor, caller: TheCaller, source: Id) -> Row:
    """Show a source."""
    return one(source_rows(door, caller), source)


def source_rows(door: Door, caller: Caller) -> list[dict[str, Any]]:
    """Return a row a source that a caller sees."""
    knowledge = door.shelf.knowledge()
    seen = [topic for topic in knowledge.topics if caller.sees(topic.id)]
    used = {fact.source for topic in seen for fact in topic.facts}
    used |= {row.source for topic in seen for series in topic.series for row in series.observations}
    rows = (
        row | {name: getattr(knowledge.sources[row["id"]], name) for name in ("url", "licence")}
        for row in lists.source_rows(door.workspace(), knowledge)
    )
    return [row for row in rows if caller.topics is None or row["id"] in used]


@router.get("/findings", response_model=shapes.Listed[shapes.FindingShape])
def list_findings(
    request: Request, door: TheDoor, caller: TheCaller,
    part: ThePart,
    severity: Annotated[Literal["error", "warning", "note"] | None, Query(description="Of this kind only.")] = None,
) -> Row:  # fmt: skip
    """List what `briefing check` finds; whoever sees some topics sees what their own files say."""
    rows = [finding_json(each) for each in door.shelf.findings(door.today()) if severity in (None, each.severity)]
    if caller.topics is not None:
        mine = tuple(f"data/{topic}/" for topic in caller.topics)
        rows = [row for row in rows if row["place"]["file"].startswith(mine)]
    return listed(request, rows, part)
