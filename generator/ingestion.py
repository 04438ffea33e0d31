"""Ingesting a document: its source, and candidate facts in a review file; nothing enters unreviewed.

Place in the pipeline: beside it; `briefing ingest FILE|URL` shows it, `decisions` takes what was reviewed. In: a
path or address; out: an `Ingested`. Three files change, in this order: the document in data/sources/,
data/candidates.csv, data/sources.toml; whoever is interrupted between them runs the same command again. The same
bytes a second time, under whatever name, change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from . import coverage
from .archive import locked
from .candidate_metrics import Guesser
from .candidates import figures, nominate
from .causes import unread
from .document_text import EncodingError, decode, guess, sample
from .documents import Library, as_document, kind_of
from .errors import ArchiveError, DocumentError, UsageError, WorkspaceError
from .fetching import Fetcher, open_fetcher
from .grammars import GRAMMARS
from .knowledge import Knowledge, learn
from .language import Words
from .model import Extract, SetAside, Source
from .provenance import Description, describe, file_name
from .reading import Findings, did_you_mean
from .receiving import Received, is_address, receive
from .review import FILE as REVIEW
from .review import CandidateFact, append_candidates, read_candidates
from .sandbox import Limits
from .sources import FILE as SOURCES
from .sources import ID, PART_OF_DATE, write_source
from .workspace import Workspace
from .writing import write_together

FOLDER = "data/sources"
_READING = ("csv.", "file.", "toml.", "facts.", "sources.")
"""Rules of what cannot be read: a fact that is not known would be proposed again."""
DOING = "changing the data"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a document.

    `state` is "added" or "known" (its bytes are a source's already). `earlier` is the id of a source that has the same
    address or file name and other bytes. `candidates` are those that were added to the review file, `waiting` counts
    all that stand in it undecided. `passed` counts quantities that are no candidates, by reason.
    """

    source: Source
    state: str
    candidates: tuple[CandidateFact, ...]
    waiting: int
    passed: tuple[tuple[str, int], ...]
    earlier: str = ""
    notes: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """The files that were written, relative to the workspace."""


def ingest(
    workspace: Workspace,
    origin: str,
    said: Description | None = None,
    *,
    today: date,
    topic: str = "",
    fetcher: Fetcher | None = None,
) -> Ingested:
    """Add a document to the workspace and propose what it says for review.

    `topic` is where candidates go whose metric does not tell it. UsageError where there is no such document or topic,
    DocumentError where its text is not to be had, WorkspaceError where the workspace cannot be read.
    """
    said = said or Description()
    with locked(workspace.state, "data", DOING):
        workspace = Workspace(workspace.root, workspace.documents)
        knowledge = learn_strictly(workspace, today)
        _check_wishes(knowledge, said, topic, today)
        received = receive(origin, fetcher or open_fetcher(workspace.state, knowledge.settings.network))
        return _take(workspace, knowledge, received, said, topic, today)


def learn_strictly(workspace: Workspace, today: date) -> Knowledge:
    """Return what the workspace knows; WorkspaceError where a table of it cannot be read whole."""
    knowledge = learn(workspace, workspace.topics(), today=today)
    unreadable = unread(knowledge.findings)
    broken = [
        finding
        for finding in knowledge.findings.errors
        if finding.rule.startswith(_READING) or finding.place.file in unreadable
    ]
    if broken:
        raise WorkspaceError(broken)
    return knowledge


def _check_wishes(knowledge: Knowledge, said: Description, topic: str, today: date) -> None:
    known = [each.id for each in knowledge.topics]
    if topic and topic not in known:
        raise UsageError(f"no topic '{topic}'", hint=did_you_mean(topic, known))
    if said.id and not ID.match(said.id):
        raise UsageError(f"--as {said.id}: no id of a source", hint="Use letters, digits, _ and -.")
    day = said.published
    if day and (not PART_OF_DATE.match(day) or day > str(today)[: len(day)]):
        raise UsageError(f"--published {day}: no date up to {today}", hint="Write 2022-01-20, 2022-01 or 2022.")
    if said.url and not is_address(said.url):
        raise UsageError(f"--url {said.url}: no address of the web", hint="Begin it with https:// or http://.")


def _take(
    workspace: Workspace, knowledge: Knowledge, received: Received, said: Description, topic: str, today: date
) -> Ingested:
    sha256 = hashlib.sha256(received.data).hexdigest()
    known = next((source for source in knowledge.sources.values() if source.sha256 == sha256), None)
    limits = Limits(seconds=knowledge.settings.seconds, megabytes=knowledge.settings.megabytes)
    notes: tuple[str, ...] = ()
    with Library(workspace, limits) as library:
        if known is None:
            name = _name(workspace, received, sha256)
            encoding, notes = _encoding(library, received, name, said.encoding)
            extract = library.read(received.data, name, encoding=encoding)
            said = replace(said, encoding=encoding, url=said.url or received.address)
            source = describe(extract, name, sha256, said, today, knowledge.sources, web=bool(received.address))
            _check_source(source, knowledge)
        else:
            source = known
            extract = library.read(received.data, known.document, encoding=known.encoding)
    waiting = waiting_in(workspace)
    found, passed = _candidates(workspace, knowledge, source, extract, waiting)
    found = tuple(replace(each, topic=each.topic or topic) for each in found)
    files = _files(workspace, source, received.data, found, new=known is None)
    write_together(files)
    return Ingested(
        source,
        "known" if known else "added",
        found,
        sum(not each.accept for each in waiting) + len(found),
        passed,
        "" if known else _earlier(source, received, knowledge),
        (*notes, *extract.notes),
        tuple(path.relative_to(workspace.root).as_posix() for path in files),
    )


def _check_source(source: Source, knowledge: Knowledge) -> None:
    if source.id in knowledge.sources:
        hint = "Choose another id, or leave --as out."
        raise UsageError(f"source '{source.id}' is there already, with another document", where=SOURCES, hint=hint)
    if not source.language:
        hint = "Name it: --language en."
        raise UsageError("the language of the document cannot be told", where=source.document, hint=hint)


def _earlier(source: Source, received: Received, knowledge: Knowledge) -> str:
    """Return the last source that has the same address or file name: the document has changed since."""
    name = "" if received.address else file_name(received.name, "", kind_of(received.data, source.document))
    same = [
        each.id
        for each in knowledge.sources.values()
        if (source.url and each.url == source.url) or (name and each.document == name)
    ]
    return same[-1] if same else ""


# --- the document ---------------------------------------------------------------------------------


def _name(workspace: Workspace, received: Received, sha256: str) -> str:
    """Return the file name of a new document: that under which it lies there already, else a free one."""
    kind = kind_of(received.data, "" if received.media else received.name)
    for folder in filter(None, (workspace.root / FOLDER, workspace.documents)):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            # A hidden file may be one that was being written when somebody pulled the plug.
            if path.name[0] != "." and path.is_file() and _is(path, received.data, sha256):
                return path.name
    name = file_name(received.name, received.media, kind)
    if workspace.document(name) is not None:
        stem, _, suffix = name.rpartition(".")
        name = f"{stem}-{sha256[:8]}.{suffix}"
    return name


def _is(path: Path, data: bytes, sha256: str) -> bool:
    """Whether a file holds these bytes."""
    if path.stat().st_size != len(data):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _encoding(library: Library, received: Received, name: str, declared: str) -> tuple[str, tuple[str, ...]]:
    """Return the encoding to declare for a document, "" where it says it itself, and what an analyst should know."""
    if declared:
        return declared, ()
    try:
        plain = library.read(received.data, name)
    except DocumentError as error:
        if error.findings[0].rule != "document.encoding":
            raise
        return _guessed_encoding(received, error)
    if received.charset and plain.kind == "html":
        served = library.read(received.data, name, named=received.charset)
        if served.text != plain.text:
            return served.encoding, (f"read as {served.encoding}, as the server said",)
    return "", ()


def _guessed_encoding(received: Received, error: DocumentError) -> tuple[str, tuple[str, ...]]:
    guessed = guess(received.data)
    for name in filter(None, (received.charset, guessed)):
        try:
            text = decode(received.data, name).text
        except EncodingError:
            continue
        return name, (f"read as {name}: '{sample(text)}'. If that is not how it reads, name another: --encoding",)
    raise error


def _files(
    workspace: Workspace, source: Source, data: bytes, candidates: Iterable[CandidateFact], *, new: bool
) -> dict[Path, bytes]:
    """Return the files to write, in the order in which an interruption does no harm."""
    files: dict[Path, bytes] = {}
    findings = Findings()
    if workspace.document(source.document) is None:
        files[_folder(workspace) / source.document] = data
    rows = tuple(candidates)
    if rows:
        before = _text(workspace, REVIEW, findings)
        files[workspace.root / REVIEW] = append_candidates(before, rows).encode()
    if new:
        listed = (workspace.read(SOURCES, findings) or b"") if workspace.has(SOURCES) else b""
        gap = b"" if not listed or listed.endswith(b"\n") else b"\n"
        files[workspace.root / SOURCES] = listed + gap + write_source(source).encode()
    return files


def _folder(workspace: Workspace) -> Path:
    folder = workspace.root / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "Give yourself the right to write in data/."
        raise ArchiveError(f"cannot make it: {error.strerror}", where=str(folder), hint=hint) from error
    return folder


def _text(workspace: Workspace, name: str, findings: Findings) -> str:
    data = workspace.read(name, findings) if workspace.has(name) else None
    return (data or b"").decode("utf-8")


# --- candidates -----------------------------------------------------------------------------------


def waiting_in(workspace: Workspace) -> tuple[CandidateFact, ...]:
    """Return what stands in the review file; WorkspaceError where it cannot be read."""
    findings = Findings()
    text = workspace.text(REVIEW, findings) if workspace.has(REVIEW) else ""
    rows = read_candidates(text or "", findings)
    if findings.errors:
        raise WorkspaceError(findings)
    return rows


def _candidates(
    workspace: Workspace, knowledge: Knowledge, source: Source, extract: Extract, waiting: Iterable[CandidateFact]
) -> tuple[tuple[CandidateFact, ...], tuple[tuple[str, int], ...]]:
    reading = coverage.Reading(as_document(extract), source.language, knowledge.vocabulary)
    facts = [fact for topic in knowledge.topics for fact in topic.facts]
    language = knowledge.settings.languages[0]
    covered, _ = coverage.cover(source, reading, facts, _asides(workspace, knowledge), knowledge.vocabulary, language)
    held = held_by(reading, [row for row in waiting if row.source == source.id])
    passed = {
        "carried by facts": sum(each.state in ("carried", "period", "repeats") for each in covered.mentions),
        "set aside": sum(each.state == "set aside" for each in covered.mentions),
        "waiting for review": len(held),
    }
    free = {
        number
        for number, mention in enumerate(covered.mentions)
        if mention.state == "open" and number not in held and _is_inside(extract, mention.start)
    }
    # Those of the others count too: a date beside a figure that a fact carries already is its period.
    found = [figure for figure in figures(reading, knowledge.vocabulary) if figure.number in free]
    passed["dates, marks and numbers that count nothing"] = len(free) - len(found)
    guesser = Guesser(knowledge.vocabulary, knowledge.topics, _translator(workspace, knowledge))
    nominated = tuple(nominate(source, reading, found, guesser, knowledge.vocabulary))
    return nominated, tuple((reason, number) for reason, number in passed.items() if number)


def _is_inside(extract: Extract, position: int) -> bool:
    """Whether a place is in the article of a web page, where the page has one: teasers beside it are other articles."""
    return extract.main is None or extract.main[0] <= position < extract.main[1]


def held_by(reading: coverage.Reading, rows: Iterable[CandidateFact]) -> set[int]:
    """Return the numbers of the quantities that rows of the review file stand for."""
    held = set()
    for row in rows:
        for place in reading.document.places(row.anchor):
            for number in reading.within(*place):
                if " ".join(reading.spots[number].quantity.text.split()) == row.said:
                    held.add(number)
    return held


def _asides(workspace: Workspace, knowledge: Knowledge) -> tuple[SetAside, ...]:
    text = workspace.text(coverage.FILE, Findings()) if workspace.has(coverage.FILE) else None
    return coverage.read_set_aside(text, knowledge.sources, knowledge.vocabulary, Findings()) if text else ()


def _translator(workspace: Workspace, knowledge: Knowledge) -> Callable[[str], Iterator[str]]:
    """Return what gives a label in the languages into which the workspace's own words are translated."""
    translated = []
    for language in dict.fromkeys((*knowledge.settings.languages[1:], *GRAMMARS)):
        program, own = workspace.catalogues(language, Findings())
        if own is not None:
            translated.append(Words(language, program, knowledge.vocabulary, own))

    def translate(label: str) -> Iterator[str]:
        for words in translated:
            if (said := words.gettext(label)) != label:
                yield said

    return translate
