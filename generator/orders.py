"""The orders: which pages a build is asked for, from what files, and which editions it is to make.

Place in the pipeline: before step 1. Only the sums of files are taken here, so that an unchanged page costs the
reading of its files and nothing else. Where a file changed, `fingerprint` tells whether the page did.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from . import archive
from .catalogues import OWN_WORDS, PROGRAM_WORDS
from .errors import UsageError, WorkspaceError
from .model import Edition, Vocabulary
from .reading import Findings, did_you_mean
from .sources import FILE as SOURCES
from .sources import check_dates, read_sources
from .topics import briefings, has_briefing, parts_of, read_volume
from .workspace import LOCK, SETTINGS, Workspace, digest, read_settings

VERSION = "0.1.0"
PROGRAM = f"briefing-generator {VERSION}"
LIBRARIES = (
    "weasyprint", "pydyf", "tinyhtml5", "tinycss2", "cssselect2", "pyphen", "fonttools", "pillow", "matplotlib",
    "numpy", "jinja2", "markupsafe", "babel", "markdown_it_py", "pikepdf",
)  # fmt: skip
"""What the bytes of a PDF depend on; another version of one makes another edition."""
SHARED = (SETTINGS, "data/vocabulary.toml", SOURCES, LOCK)
_FEW = 4
"""Topics that are looked up one by one."""
_TEXT = re.compile(r"data/[^/]+/text\.([^./]+)\.md\Z")
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Want:
    """A page that was asked for: a topic in a language, now or as of a day, and the sums of what it may be made from.

    `digest` is over these sums. Files that are the same make the same page; others may still do so.
    """

    topic: str
    language: str
    as_of: dt.date | None
    inputs: Mapping[str, str] = field(repr=False, hash=False)
    digest: str


@dataclass(frozen=True, slots=True)
class Order:
    """One edition to make: the pages in it with their digests, and what it will be called."""

    topic: str
    date: dt.date
    as_of: dt.date | None
    number: int
    pages: tuple[tuple[Want, str], ...]
    """Each page with the digest of what it shows."""
    since: Mapping[str, str] = field(default_factory=dict)
    """By language the edition that its page follows and tells the changes since."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the edition, in their order."""
        return tuple(want.language for want, _ in self.pages)

    @property
    def inputs(self) -> Mapping[str, str]:
        """The sums of everything that one of the pages may be made from, by name."""
        return {name: value for want, _ in self.pages for name, value in want.inputs.items()}

    @property
    def digest(self) -> str:
        """The digest of the edition: over those of its pages."""
        return digest({want.language: page for want, page in self.pages})

    @property
    def edition(self) -> str:
        """The edition's name: its date and its number within the topic."""
        return f"{self.date}.{self.number}"

    def file(self, page: str) -> str:
        """Return the name of a PDF by its language, or by language and layout: `en`, `en-brief`."""
        return f"{self.topic}-{self.edition}.{page}.pdf"


def wanted(
    workspace: Workspace,
    topics: tuple[str, ...],
    languages: tuple[str, ...],
    as_of: dt.date | None,
    *,
    latest: dt.date,
) -> list[Want]:
    """Return the pages asked for; UsageError where a topic is not there, WorkspaceError where settings are wrong.

    `latest` is the last day that an edition may bear: the clock refuses dates to come, and dates nothing itself.
    """
    findings = Findings()
    settings = read_settings(workspace, findings)
    volume = read_volume(workspace, findings)
    if findings.errors:
        raise WorkspaceError(findings)
    topics = _asked(workspace, topics)
    chosen = tuple(dict.fromkeys(languages)) or settings.languages
    if languages:
        _refuse_unknown_languages(languages)
    _refuse_future(workspace, as_of, latest)
    common = _common_inputs(workspace, as_of)
    words = {language: _word_inputs(workspace, language) for language in chosen}
    wants = []
    for topic in topics:
        folders = (f"data/{part}" for part in parts_of(volume, topic))
        mine = _sums(workspace, tuple(name for folder in folders for name in workspace.files(folder)))
        wants += [_want(topic, language, as_of, {**common, **words[language]}, mine) for language in chosen]
    return wants


def standing(workspace: Workspace, want: Want) -> Edition | None:
    """Return the newest edition with a page if it was made from the same files and is whole."""
    newest = archive.newest(workspace.reports, want.topic, as_of=str(want.as_of or ""), language=want.language)
    if newest is None or archive.damage(workspace.reports, newest, want.language):
        return None
    page, files = newest.digests(want.language)
    return newest if want.digest == files or page == remembered(workspace.state, want) else None


def remember(state: Path, want: Want, page: str) -> None:
    """Write down the digest of the page that these files make, so that they need not be read again to know it."""
    path = _memo(state, want)
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    # The memo only saves time: a disk without room for it stops nothing.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"{want.digest} {page}", "ascii")
        part.replace(path)


def remembered(state: Path, want: Want) -> str | None:
    """Return the digest of the page that these files make; None where it is not known without reading them."""
    with suppress(OSError, ValueError):
        files, page = _memo(state, want).read_text("ascii").split()
        return page if files == want.digest else None
    return None


def _memo(state: Path, want: Want) -> Path:
    return state / "cache" / "pages" / f"{want.topic}.{want.language}.{want.as_of or 'now'}"


def _asked(workspace: Workspace, topics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the topics asked for, each once, all of them where none is named; UsageError where one is not there."""
    # To list a folder of ten thousand topics for one of them would cost more than to make it.
    few = 0 < len(topics) <= _FEW
    known = topics if few and all(has_briefing(workspace, topic) for topic in topics) else briefings(workspace)
    if not known:
        raise UsageError(
            "no topics",
            where="data",
            hint="Make a folder in data/ with topic.toml and facts.csv; docs/workspace.md shows how.",
        )
    for topic in topics:
        if topic not in known:
            raise UsageError(f"no topic '{topic}'", where="data", hint=did_you_mean(topic, known))
    return tuple(dict.fromkeys(topics or known))


def _refuse_future(workspace: Workspace, as_of: dt.date | None, latest: dt.date) -> None:
    if as_of:
        if as_of > latest:
            raise UsageError(f"the day {as_of} is yet to come", hint=f"Give a day up to {latest}.")
        return
    sources = (workspace.taken(SOURCES, read_sources, Findings()) or {}).values()
    if any(source.accessed > str(latest) for source in sources):
        findings = Findings()
        check_dates(sources, latest, findings)
        raise WorkspaceError(findings)


def _refuse_unknown_languages(languages: tuple[str, ...]) -> None:
    from .language import Words

    for language in languages:
        Words(language, None, Vocabulary((), (), (), ()))


def _want(
    topic: str, language: str, as_of: dt.date | None, common: Mapping[str, str], mine: Mapping[str, str]
) -> Want:
    """Return a page asked for; the texts of other languages are none of its inputs."""
    own = {name: value for name, value in mine.items() if _language_of(name) in ("", language)}
    inputs = {**common, **own}
    return Want(topic, language, as_of, inputs, digest(inputs))


def _language_of(name: str) -> str:
    """Return the language of a topic's text, "" for any other file."""
    match = _TEXT.match(name)
    return match[1] if match else ""


def _common_inputs(workspace: Workspace, as_of: dt.date | None) -> dict[str, str]:
    findings = Findings()
    inputs = _sums(workspace, tuple(name for name in SHARED if workspace.has(name)))
    for name, data in workspace.templates("briefing", findings).items():
        inputs[f"templates/briefing/{name}"] = _sum(data)
    if findings.errors:
        raise WorkspaceError(findings)
    documents = workspace.strangers()
    return {
        **inputs,
        **documents,
        "program": f"{PROGRAM} {code_digest()}",
        "libraries": " ".join(f"{name}={version}" for name, version in versions().items()),
        "as of": str(as_of or ""),
    }


def _word_inputs(workspace: Workspace, language: str) -> dict[str, str]:
    """Return the sums of a language's catalogues."""
    findings = Findings()
    found = zip((PROGRAM_WORDS, OWN_WORDS), workspace.catalogues(language, findings), strict=True)
    inputs = {
        f"templates/locales/{language}/LC_MESSAGES/{name}": _sum(words) for name, words in found if words is not None
    }
    if findings.errors:
        raise WorkspaceError(findings)
    return {**inputs, "language": language}


def _sums(workspace: Workspace, names: tuple[str, ...]) -> dict[str, str]:
    findings = Findings()
    return {name: _sum(workspace.read(name, findings) or b"") for name in names}


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def program_files() -> list[Path]:
    """Return the files of the program that have a say in a page: its channels and the pages of `web` have none."""
    patterns = ("*.py", "grammars/*.py", "*/__init__.py", "*/base.py")
    return [path for pattern in patterns for path in _PACKAGE.glob(pattern)]


@cache
def code_digest() -> str:
    """Return the digest of the program's own files."""
    return digest({path.relative_to(_PACKAGE).as_posix(): path.read_bytes() for path in program_files()})


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a PDF's bytes depend on.

    They are read off the names of the installed packages' folders: importlib.metadata takes 50 ms.
    """
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for folder in map(Path, sys.path):
        if folder.name in ("site-packages", "dist-packages") and folder.is_dir():
            for path in folder.glob("*.dist-info"):
                name, _, version = path.name.removesuffix(".dist-info").partition("-")
                if name.lower() in LIBRARIES:
                    found.setdefault(name.lower(), version)
    return dict(sorted(found.items()))
