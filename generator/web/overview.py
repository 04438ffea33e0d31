"""The topics as a reader finds them: the newest edition of each, how fresh it is, and what is wrong.

Place in the pipeline: a part of the door `web`. In: the archive and what the workspace knows; out: pages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from .. import archive
from ..draft import words_of
from ..errors import ArchiveError, BriefingError
from ..language import Words
from ..model import Edition, Finding
from ..orders import standing, wanted
from ..reading import Findings
from ..workspace import Workspace, read_settings
from .answers import Id, TheCaller, TheDoor, absent
from .door import Door
from .worklist import grouped

router = APIRouter(include_in_schema=False, default_response_class=Response)


@dataclass(frozen=True, slots=True)
class Card:
    """A topic: its title, its newest edition and in which language that is shown, and how fresh it is.

    `current` is whether the workspace would make the same pages now; `checked` the newest day on which a source was
    read or a fact checked; `problems` how many errors and warnings concern it.
    """

    topic: str
    title: str
    edition: Edition | None
    language: str
    age: int
    current: bool
    checked: date | None
    problems: Counter[str]


def title_of(door: Door, topic: str, language: str) -> str:
    """Return a topic's title in a language; its id where it has none that is plain."""
    knowledge = door.shelf.knowledge()
    title = next((each.title for each in knowledge.topics if each.id == topic), "")
    if not title or "{{" in title:
        return topic
    return _own_words(door, language).gettext(title)


def _own_words(door: Door, language: str) -> Words:
    """Return the workspace's own words in a language."""
    return words_of(door.workspace(), language, door.shelf.knowledge(), Findings())


def card_of(door: Door, topic: str, language: str) -> Card:
    """Return what a reader sees of a topic first."""
    workspace, knowledge = door.workspace(), door.shelf.knowledge()
    try:
        edition = archive.newest(workspace.reports, topic)
    except ArchiveError:
        edition = None
    shown = language if edition is None or language in edition.languages else edition.languages[0]
    age = (door.today() - date.fromisoformat(edition.date)).days if edition else 0
    problems = Counter[str](found.severity for found in findings_of(door, topic))
    current = edition is not None and _is_current(workspace, topic, door.today())
    title, checked = title_of(door, topic, language), knowledge.days.get(topic)
    return Card(topic, title, edition, shown, age, current, checked, problems)


def _is_current(workspace: Workspace, topic: str, today: date) -> bool:
    """Return whether every page of a topic stands as the workspace would make it now."""
    try:
        pages = wanted(workspace, (topic,), (), None, latest=today + timedelta(days=1))
        return all(standing(workspace, page) for page in pages)
    except BriefingError:
        return False


def findings_of(door: Door, topic: str = "") -> tuple[Finding, ...]:
    """Return the findings of a topic's own files and of shared ones; without a topic, all."""
    found = door.shelf.findings(door.today())
    if not topic:
        return found
    return tuple(each for each in found if _concerns(each.place.file, topic))


def _concerns(file: str, topic: str) -> bool:
    parts = file.split("/")
    return parts[0] != "data" or len(parts) < 3 or parts[1] == topic


@router.get("/")
def start(request: Request, door: TheDoor, caller: TheCaller) -> Response:
    """Show the topics with their newest editions."""
    language = door.shell.language(request)
    seen = [topic for topic in door.workspace().topics() if caller.sees(topic)]
    issuer = _own_words(door, language).gettext(read_settings(door.workspace(), Findings()).issuer)
    cards = [card_of(door, topic, language) for topic in seen]
    return door.shell.page(request, "start.html", {"cards": cards, "issuer": issuer})


@router.get("/topics/{topic}")
def show_topic(request: Request, door: TheDoor, caller: TheCaller, topic: Id) -> Response:
    """Show a topic: its editions, and the form that asks for one."""
    if not caller.sees(topic) or topic not in door.workspace().topics():
        raise absent()
    language = door.shell.language(request)
    reports = door.workspace().reports
    try:
        kept = archive.editions(reports, topic)
    except ArchiveError:
        kept = ()
    settings = read_settings(door.workspace(), Findings())
    values = {
        "card": card_of(door, topic, language), "editions": kept[::-1], "tongues": settings.languages,
        "today": door.today().isoformat(),
    }  # fmt: skip
    return door.shell.page(request, "topic.html", values)


@router.get("/findings")
def list_findings(request: Request, door: TheDoor, caller: TheCaller, topic: str = "") -> Response:
    """Show the findings as a work list, by file."""
    topics = [each for each in door.workspace().topics() if caller.sees(each)]
    if topic and topic not in topics:
        raise absent()
    found = [each for each in findings_of(door, topic) if any(_concerns(each.place.file, one) for one in topics)]
    counts = Counter(each.severity for each in found)
    values = {"groups": grouped(found), "counts": counts, "topics": topics, "topic": topic}
    return door.shell.page(request, "worklist.html", values)
