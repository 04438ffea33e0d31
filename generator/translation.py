"""The workspace's own words for translators: which texts its pages ask for, and the catalogue that holds them.

Place in the pipeline: beside it; `briefing words` writes what is made here. In: a workspace; out: a PO file a language,
`templates/locales/<language>/LC_MESSAGES/workspace.po`, with each text once, in the order of the pages; and beside it
`briefing.po`, the program's words, in a language in which it brings none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from .binding import draw_up_any
from .catalogues import LISTED, OWN_WORDS, PROGRAM_WORDS, Update, Wanted, listed, update_catalogue
from .draft import program_texts
from .errors import ArchiveError, UsageError
from .inspection import blank_imprint
from .knowledge import Knowledge, learn
from .reading import Findings
from .workspace import Workspace, shipped_templates


@dataclass(frozen=True, slots=True)
class Words:
    """One catalogue after its update: language, file, number of texts, how many are new, gone, untranslated."""

    language: str
    file: str
    texts: int
    new: int
    gone: int
    untranslated: int


def update_words(workspace: Workspace, languages: tuple[str, ...]) -> tuple[Words, ...]:
    """Bring the catalogues of the workspace's own words up to date; none named: all languages but the first.

    In a language that the program does not speak there is a catalogue of the program's words too. UsageError for the
    workspace's first language, in which its own words are written. WorkspaceError where a catalogue cannot be read;
    nothing is written then.
    """
    knowledge = learn(workspace, workspace.topics(), today=date.min)
    first = knowledge.settings.languages[0]
    if first in languages and _is_spoken(first):
        raise UsageError(f"the workspace's words are written in '{first}' already", hint="Name another language.")
    chosen = languages or tuple(each for each in knowledge.settings.languages if each != first or not _is_spoken(each))
    if not chosen:
        hint = "Name one (`briefing words ru`), or add it to `languages` in briefing.toml."
        raise UsageError("the workspace has no language beside its first", where="briefing.toml", hint=hint)
    made = [(language, *each) for language in chosen for each in _updated(workspace, knowledge, language)]
    return tuple(_keep(workspace, *each) for each in made)


def _updated(workspace: Workspace, knowledge: Knowledge, language: str) -> Iterator[tuple[str, Update, int]]:
    """Yield name, update and number of texts of each catalogue that is the workspace's to translate."""
    program, own = workspace.catalogues(language, Findings())
    asked = _asked(workspace, knowledge, language)
    if not _is_spoken(language):
        words = tuple(_program_words(asked))
        yield PROGRAM_WORDS, update_catalogue(program, language, words, file=PROGRAM_WORDS), len(words)
    if language == knowledge.settings.languages[0]:
        return
    given, places = program_texts(), _places(knowledge)
    wanted = tuple(Wanted(each, plural, places.get(each, "")) for each, plural in asked.items() if each not in given)
    yield OWN_WORDS, update_catalogue(own, language, wanted, like=program), len(wanted)


def _is_spoken(language: str) -> bool:
    """Return whether the program has its own words in a language."""
    return language.partition("-")[0] == "en" or (shipped_templates() / "locales" / language).is_dir()


def _asked(workspace: Workspace, knowledge: Knowledge, language: str) -> dict[str, str]:
    """Return each text that a page in a language asks for, with its plural."""
    asked: dict[str, str] = {}
    for name in knowledge.briefings:
        asked |= draw_up_any(workspace, knowledge, name, language, blank_imprint(knowledge)).words.asked
    return asked


def _program_words(asked: Collection[str]) -> Iterator[Wanted]:
    """Yield the program's texts: first those of the pages, without which there is no briefing in the language."""
    every = listed((shipped_templates() / "locales" / LISTED).read_bytes())
    for msgid, plural in sorted(every, key=lambda text: text[0] not in asked):
        yield Wanted(msgid, plural, "on the pages" if msgid in asked else "")


def _places(knowledge: Knowledge) -> dict[str, str]:
    """Return where a text stands, by name: a line would move with every edit."""
    found = {metric.label: f"metric {metric.id}" for metric in knowledge.vocabulary.metrics}
    for source in knowledge.sources.values():
        found |= dict.fromkeys((source.producer, source.licence, source.note), f"source {source.id}")
    for topic in knowledge.topics:
        for fact in topic.facts:
            found |= dict.fromkeys((str(fact.value), fact.reason, fact.note), f"fact {fact.id}")
        for series in topic.series:
            found |= dict.fromkeys((series.label, series.note), f"series {series.id}")
        for chart in topic.charts:
            said = (chart.title, chart.subtitle, *chart.notes, *(line.label for line in chart.lines))
            found |= dict.fromkeys(said, f"{topic.id}, chart {chart.id}")
    return found


def _keep(workspace: Workspace, language: str, file: str, update: Update, texts: int) -> Words:
    name = f"templates/locales/{language}/LC_MESSAGES/{file}"
    path = workspace.root / name
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != update.data:
            part.write_bytes(update.data)
            part.replace(path)
    except OSError as error:
        hint = "Give yourself the right to write in templates/locales/."
        raise ArchiveError(f"cannot write: {error.strerror}", where=str(path), hint=hint) from error
    return Words(language, name, texts, update.new, update.gone, update.open)
