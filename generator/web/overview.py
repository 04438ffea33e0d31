"""The topics as a reader finds them: the newest edition of each, how fresh it is, and what is wrong.

Place in the pipeline: a part of the door `web`. In: the archive and what the workspace knows; out: pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import Response

from .. import archive
from ..draft import words_of
from ..errors import ArchiveError, BriefingError
from ..exhibit import printings
from ..knowledge import NEVER
from ..language import Words
from ..lists import read_kept
from ..model import Edition, Finding
from ..orders import Want, standing, wanted
from ..reading import Findings
from ..topics import briefings, layouts_of, parts_of, read_volume
from ..workspace import Workspace, read_settings
from .access import Caller
from .answers import Find, Id, Start, TheCaller, TheDoor
from .door import Door
from .leafing import leaf, says
from .problems import absent
from .shell import own_name
from .worklist import grouped

router = APIRouter(include_in_schema=False, default_response_class=Response)
CARDS, EDITIONS, FINDINGS = 24, 50, 50
"""Rows of a page."""


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
    return titles_of(door, [topic], language)[topic]


def titles_of(door: Door, topics: Iterable[str], language: str) -> dict[str, str]:
    """Return the titles of topics in a language, as `title_of` does."""
    knowledge, own = door.shelf.knowledge(), _own_words(door, language)
    volume = (knowledge.volume,) if knowledge.volume else ()
    titles = {each.id: each.title for each in knowledge.topics} | {each.name: each.title for each in volume}
    plain = {id_: title for id_, title in titles.items() if title and "{{" not in title}
    return {topic: own.gettext(plain[topic]) if topic in plain else topic for topic in topics}


def _own_words(door: Door, language: str) -> Words:
    """Return the workspace's own words in a language."""
    return words_of(door.workspace(), language, door.shelf.knowledge(), Findings())


def cards_of(door: Door, titles: Mapping[str, str], language: str) -> list[Card]:
    """Return what a reader sees first of some topics, given with their titles."""
    knowledge, found, today = door.shelf.knowledge(), door.shelf.findings_at_hand(door.today()), door.today()
    editions = {topic: newest_for(door, topic, language) for topic in titles}
    shown = {
        topic: edition.languages[0] if edition and language not in edition.languages else language
        for topic, edition in editions.items()
    }
    current = _current(door.shelf.workspace(), {topic: shown[topic] for topic in titles if editions[topic]}, today)
    cards = []
    for topic, title in titles.items():
        edition, day = editions[topic], knowledge.days.get(topic, NEVER)
        age = (today - date.fromisoformat(edition.date)).days if edition else 0
        mine = None if found is None else _concerning(found, parts_of(knowledge.volume, topic))
        problems = None if mine is None else Counter[str](each.severity for each in mine)
        checked = None if day == NEVER else day
        cards.append(Card(topic, title, edition, shown[topic], age, topic in current, checked, problems))
    return cards


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


def _current(workspace: Workspace, shown: Mapping[str, str], today: date) -> set[str]:
    """Return those of some topics, each with a language, whose page stands as the workspace would make it now."""
    found: set[str] = set()
    for language in set(shown.values()):
        topics = tuple(topic for topic in shown if shown[topic] == language)
        # What they share is summed up once for all of them.
        with suppress(BriefingError):
            pages = wanted(workspace, topics, (language,), None, latest=today + timedelta(days=1))
            found |= {page.topic for page in pages if _stands(workspace, page)}
    return found


def _stands(workspace: Workspace, page: Want) -> bool:
    try:
        return standing(workspace, page) is not None
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
def start(request: Request, door: TheDoor, caller: TheCaller, find: Find = "", start: Start = 0) -> Response:
    """Show the topics and the combined briefing with their newest editions, a page of them, or those that are found."""
    language = door.shell.language(request)
    issuer = _own_words(door, language).gettext(read_settings(door.workspace(), Findings()).issuer)
    titles = titles_of(door, _seen(door, caller), language)
    found = [topic for topic, title in titles.items() if says(f"{topic} {title}", find)]
    part = leaf(found, start, CARDS, "/", {"find": find})
    cards = cards_of(door, {topic: titles[topic] for topic in part.rows}, language)
    values = {"cards": cards, "issuer": issuer, "part": part, "find": find, "many": len(titles) > CARDS}
    return door.shell.page(request, "start.html", values)


@router.get("/topics/{topic}")
def show_topic(request: Request, door: TheDoor, caller: TheCaller, topic: Id, start: Start = 0) -> Response:
    """Show a topic: its editions, the newest first, and the form that asks for one."""
    if topic not in _seen(door, caller):
        raise absent()
    language = door.shell.language(request)
    workspace = door.workspace()
    part = leaf(archive.numbered(workspace.reports, topic)[::-1], start, EDITIONS, f"/topics/{topic}", {})
    kept = [read_kept(workspace, topic, name) for name in part.rows]
    settings = read_settings(door.workspace(), Findings())
    card = cards_of(door, titles_of(door, [topic], language), language)[0]
    values = {
        "card": card, "editions": [(each, printings(each), trouble) for each, trouble in kept], "part": part,
        "tongues": {tag: own_name(tag) for tag in settings.languages}, "layouts": layouts_of(workspace, topic),
        "today": door.today().isoformat(),
    }  # fmt: skip
    return door.shell.page(request, "topic.html", values)


@router.get("/findings")
def list_findings(
    request: Request, door: TheDoor, caller: TheCaller,
    topic: str = "", severity: str = "", find: Find = "", start: Start = 0,
) -> Response:  # fmt: skip
    """Show the findings as a work list, by file: those of a topic, of a kind, or with some words, a page of them."""
    topics = _seen(door, caller)
    if topic and topic not in topics:
        raise absent()
    volume = read_volume(door.workspace(), Findings())
    mine = _concerning(door.shelf.findings(door.today()), parts_of(volume, topic) if topic else topics)
    found = [each for each in mine if says(f"{each.place.file} {each.rule} {each.found} {each.cure}", find)]
    counts = Counter(each.severity for each in found)
    rows = [each for _, group in grouped(found) for each in group if severity in ("", each.severity)]
    asked = {"topic": topic, "severity": severity, "find": find}
    part = leaf(rows, start, FINDINGS, "/findings", asked)
    groups = [(file, list(each)) for file, each in groupby(part.rows, key=lambda one: one.place.file)]
    titles = titles_of(door, topics, door.shell.language(request))
    values = {"groups": groups, "counts": counts, "titles": titles, "part": part, **asked}
    return door.shell.page(request, "worklist.html", values)
