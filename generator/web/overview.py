"""The topics as a reader finds them: the newest edition of each, how fresh it is, and what is wrong.

Place in the pipeline: a part of the door `web`. In: the archive and what the workspace knows; out: pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from .. import archive
from ..draft import words_of
from ..errors import ArchiveError, BriefingError
from ..exhibit import printings
from ..knowledge import NEVER
from ..language import Words
from ..model import Edition, Finding
from ..orders import standing, wanted
from ..reading import Findings
from ..topics import briefings, layouts_of, parts_of, read_volume
from ..workspace import Workspace, read_settings
from .access import Caller
from .answers import Id, TheCaller, TheDoor
from .door import Door
from .problems import absent
from .shell import own_name
from .worklist import grouped

router = APIRouter(include_in_schema=False, default_response_class=Response)


@dataclass(frozen=True, slots=True)
class Card:
    """A topic: its title, its newest edition and in which language that is shown, and how fresh it is.

    `current` is whether the workspace would make the same pages now; `checked` the newest day on which a source was
    read or a fact checked; `problems` how many errors and warnings concern it, None while that is being looked for.
    """

    topic: str
    title: str
    edition: Edition | None
    language: str
    age: int
    current: bool
    checked: date | None
    problems: Counter[str] | None


def title_of(door: Door, topic: str, language: str) -> str:
    """Return the title of a topic or of the combined briefing in a language; its id where it has none that is plain."""
    knowledge = door.shelf.knowledge()
    volume = (knowledge.volume,) if knowledge.volume else ()
    titles = {each.id: each.title for each in knowledge.topics} | {each.name: each.title for each in volume}
    title = titles.get(topic, "")
    if not title or "{{" in title:
        return topic
    return _own_words(door, language).gettext(title)


def _own_words(door: Door, language: str) -> Words:
    """Return the workspace's own words in a language."""
    return words_of(door.workspace(), language, door.shelf.knowledge(), Findings())


def card_of(door: Door, topic: str, language: str) -> Card:
    """Return what a reader sees of a topic first."""
    workspace, knowledge = door.workspace(), door.shelf.knowledge()
    edition = newest_for(door, topic, language)
    shown = language if edition is None or language in edition.languages else edition.languages[0]
    age = (door.today() - date.fromisoformat(edition.date)).days if edition else 0
    found = door.shelf.findings_at_hand(door.today())
    mine = None if found is None else _concerning(found, parts_of(knowledge.volume, topic))
    problems = None if mine is None else Counter[str](each.severity for each in mine)
    current = edition is not None and _is_current(workspace, topic, shown, door.today())
    day = knowledge.days.get(topic, NEVER)
    title, checked = title_of(door, topic, language), None if day == NEVER else day
    return Card(topic, title, edition, shown, age, current, checked, problems)


def newest_for(door: Door, topic: str, language: str) -> Edition | None:
    """Return a topic's newest edition for readers of a language, None where there is none that can be read.

    What changed in one language alone makes an edition of that language; the others' pages stand in the one before.
    """
    reports = door.workspace().reports
    made = read_settings(door.workspace(), Findings()).languages
    try:
        spoken = archive.newest(reports, topic, language=language) if language in made else None
        return spoken or archive.newest(reports, topic)
    except ArchiveError:
        return None


def _is_current(workspace: Workspace, topic: str, language: str, today: date) -> bool:
    """Return whether a topic's page in a language stands as the workspace would make it now."""
    try:
        pages = wanted(workspace, (topic,), (language,), None, latest=today + timedelta(days=1))
        return all(standing(workspace, page) for page in pages)
    except BriefingError:
        return False


def _concerning(found: Iterable[Finding], topics: Collection[str]) -> tuple[Finding, ...]:
    """Return the findings about the own files of some topics and about shared ones."""

    def concerns(file: str) -> bool:
        parts = file.split("/")
        return parts[0] != "data" or len(parts) < 3 or parts[1] in topics

    return tuple(each for each in found if concerns(each.place.file))


def _seen(door: Door, caller: Caller) -> list[str]:
    """Return what a caller may see of the topics and the combined briefing."""
    return [each for each in briefings(door.workspace()) if caller.sees(each)]


@router.get("/")
def start(request: Request, door: TheDoor, caller: TheCaller) -> Response:
    """Show the topics and the combined briefing with their newest editions."""
    language = door.shell.language(request)
    issuer = _own_words(door, language).gettext(read_settings(door.workspace(), Findings()).issuer)
    cards = [card_of(door, topic, language) for topic in _seen(door, caller)]
    return door.shell.page(request, "start.html", {"cards": cards, "issuer": issuer})


@router.get("/topics/{topic}")
def show_topic(request: Request, door: TheDoor, caller: TheCaller, topic: Id) -> Response:
    """Show a topic: its editions, and the form that asks for one."""
    if topic not in _seen(door, caller):
        raise absent()
    language = door.shell.language(request)
    reports = door.workspace().reports
    try:
        kept = archive.editions(reports, topic)
    except ArchiveError:
        kept = ()
    settings = read_settings(door.workspace(), Findings())
    values = {
        "card": card_of(door, topic, language), "editions": [(each, printings(each)) for each in kept[::-1]],
        "tongues": {tag: own_name(tag) for tag in settings.languages}, "layouts": layouts_of(door.workspace(), topic),
        "today": door.today().isoformat(),
    }  # fmt: skip
    return door.shell.page(request, "topic.html", values)


@router.get("/findings")
def list_findings(request: Request, door: TheDoor, caller: TheCaller, topic: str = "") -> Response:
    """Show the findings as a work list, by file."""
    topics = _seen(door, caller)
    if topic and topic not in topics:
        raise absent()
    volume = read_volume(door.workspace(), Findings())
    found = _concerning(door.shelf.findings(door.today()), parts_of(volume, topic) if topic else topics)
    counts = Counter(each.severity for each in found)
    language = door.shell.language(request)
    titles = {each: title_of(door, each, language) for each in topics}
    values = {"groups": grouped(found), "counts": counts, "titles": titles, "topic": topic}
    return door.shell.page(request, "worklist.html", values)
