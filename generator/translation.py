"""The workspace's words for translators: which texts its pages ask for, and the catalogues that hold them.

Place in the pipeline: beside it; `briefing words` writes what is made here. In: a workspace; out: a PO file a language,
`templates/locales/<language>/LC_MESSAGES/workspace.po`, with each text once, in the order of the pages; of a language
whose words the program lacks, `briefing.po` beside it with every text of the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .binding import draw_up_any
from .catalogues import OWN_WORDS, PROGRAM_WORDS, Update, Wanted, update_catalogue
from .draft import list_words, program_texts
from .errors import ArchiveError, UsageError
from .inspection import blank_imprint
from .knowledge import Knowledge, learn
from .reading import Findings
from .workspace import Workspace, ships_words


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
    """Bring the workspace's catalogues up to date; none named: those of all its languages.

    Of a language whose words the program lacks, the catalogue of the program's own is made too. UsageError where there
    is nothing to translate: the workspace's own words are written in its first language. WorkspaceError where a
    catalogue cannot be read; nothing is written then.
    """
    knowledge = learn(workspace, workspace.topics(), today=date.min)
    first, *further = knowledge.settings.languages
    made = [
        (language, name, update, texts)
        for language in languages or (first, *further)
        for name, update, texts in _updated(workspace, knowledge, language)
    ]
    if not made:
        raise _untranslatable(first, further, languages)
    return tuple(_keep(workspace, language, name, update, texts) for language, name, update, texts in made)


def _untranslatable(first: str, further: list[str], named: tuple[str, ...]) -> UsageError:
    if named or further:
        return UsageError(f"the workspace's words are written in '{first}' already", hint="Name another language.")
    hint = "Name one (`briefing words ru`), or add it to `languages` in briefing.toml."
    return UsageError("the workspace has no language beside its first", where="briefing.toml", hint=hint)


def _updated(workspace: Workspace, knowledge: Knowledge, language: str) -> Iterator[tuple[str, Update, int]]:
    """Yield each catalogue of a language that is the workspace's to keep: name, update, number of texts."""
    program, own = workspace.catalogues(language, Findings())
    if workspace.has(_path(language, PROGRAM_WORDS)) or not ships_words(language):
        words = list_words()
        yield PROGRAM_WORDS, update_catalogue(program, language, words, name=PROGRAM_WORDS), len(words)
    if language != knowledge.settings.languages[0]:
        wanted = tuple(_wanted(workspace, knowledge, language))
        yield OWN_WORDS, update_catalogue(own, language, wanted, like=program), len(wanted)


def _path(language: str, name: str) -> str:
    return f"templates/locales/{language}/LC_MESSAGES/{name}"


def _wanted(workspace: Workspace, knowledge: Knowledge, language: str) -> Iterator[Wanted]:
    """Yield each text that a page in a language asks for and that is not the program's."""
    given, places = program_texts(), _places(knowledge)
    asked: dict[str, str] = {}
    for name in knowledge.briefings:
        asked |= draw_up_any(workspace, knowledge, name, language, blank_imprint(knowledge)).words.asked
    for msgid, plural in asked.items():
        if msgid not in given:
            yield Wanted(msgid, plural, places.get(msgid, ""))


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


def _keep(workspace: Workspace, language: str, name: str, update: Update, texts: int) -> Words:
    path = workspace.root / _path(language, name)
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != update.data:
            part.write_bytes(update.data)
            part.replace(path)
    except OSError as error:
        hint = "Give yourself the right to write in templates/locales/."
        raise ArchiveError(f"cannot write: {error.strerror}", where=str(path), hint=hint) from error
    return Words(language, _path(language, name), texts, update.new, update.gone, update.open)
