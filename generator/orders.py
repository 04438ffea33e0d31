"""The orders: which editions a build is to make, from what inputs, under what name.

Place in the pipeline: before step 1. Only digests are taken here, so that an unchanged edition costs the
reading of its files and nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import archive
from .catalogues import OWN_WORDS, PROGRAM_WORDS
from .errors import UsageError, WorkspaceError
from .model import Vocabulary
from .reading import Findings, did_you_mean
from .sources import FILE as SOURCES
from .sources import check_dates, read_sources
from .workspace import LOCK, SETTINGS, Settings, Workspace, digest, newest_date, read_settings

if TYPE_CHECKING:
    from .context import Imprint

VERSION = "0.1.0"
PROGRAM = f"briefing-generator {VERSION}"
LIBRARIES = (
    "weasyprint", "pydyf", "tinyhtml5", "tinycss2", "cssselect2", "pyphen", "fonttools", "pillow", "matplotlib",
    "numpy", "jinja2", "markupsafe", "babel", "markdown_it_py", "pikepdf",
)  # fmt: skip
"""What the bytes of a PDF depend on; another version of one makes another edition."""
SHARED = (SETTINGS, "data/vocabulary.toml", SOURCES, LOCK)
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Order:
    """One edition to make: its inputs' sums by name, their digest, and what it will be called."""

    topic: str
    languages: tuple[str, ...]
    date: dt.date
    as_of: dt.date | None
    number: int
    inputs: Mapping[str, str] = field(repr=False)
    digest: str

    @property
    def edition(self) -> str:
        """The edition's name: its date and its number within the topic."""
        return f"{self.date}.{self.number}"

    def file(self, language: str) -> str:
        """Return the name of a language's PDF."""
        return f"{self.topic}-{self.edition}.{language}.pdf"

    def imprint(self, settings: Settings) -> Imprint:
        """Return what identifies the edition on its pages."""
        from .context import Imprint

        return Imprint(
            edition=self.edition,
            number=self.number,
            date=self.date.isoformat(),
            digest=self.digest,
            program=PROGRAM,
            issuer=settings.issuer,
            tagline=settings.tagline,
            contact=settings.contact,
            as_of=str(self.as_of or ""),
        )


def plan_orders(
    workspace: Workspace,
    topics: tuple[str, ...],
    languages: tuple[str, ...],
    as_of: dt.date | None,
    *,
    force: bool,
    latest: dt.date,
) -> list[Order]:
    """Return an order a topic; UsageError where a topic is not there, WorkspaceError where settings are wrong.

    `latest` is the last day that an edition may bear: the clock refuses dates to come, and dates nothing itself.
    """
    findings = Findings()
    settings = read_settings(workspace, findings)
    if findings.errors:
        raise WorkspaceError(findings)
    known = workspace.topics()
    if not known:
        raise UsageError(
            "no topics",
            where=str(workspace.root / "data"),
            hint="Make a folder in data/ with topic.toml and facts.csv; docs/workspace.md shows how.",
        )
    for topic in topics:
        if topic not in known:
            raise UsageError(f"no topic '{topic}'", where="data", hint=did_you_mean(topic, known))
    chosen = tuple(dict.fromkeys(languages)) or settings.languages
    if languages:
        _refuse_unknown_languages(languages)
    common = _common_inputs(workspace, chosen, as_of)
    day = as_of or newest_date(workspace)
    if day > latest:
        _refuse_future(workspace, as_of, latest)
    wanted = dict.fromkeys(topics or known)
    return [_order(workspace, topic, chosen, day, as_of, common, force=force) for topic in wanted]


def _refuse_future(workspace: Workspace, as_of: dt.date | None, latest: dt.date) -> None:
    if as_of and as_of > latest:
        raise UsageError(f"--as-of {as_of} is yet to come", hint=f"Give a day up to {latest}.")
    table = workspace.table(SOURCES, Findings())
    findings = Findings()
    check_dates(read_sources(table).values() if table else (), latest, findings)
    if findings:
        raise WorkspaceError(findings)


def _refuse_unknown_languages(languages: tuple[str, ...]) -> None:
    from .language import Words

    for language in languages:
        Words(language, None, Vocabulary((), (), (), ()))


def _order(
    workspace: Workspace,
    topic: str,
    languages: tuple[str, ...],
    day: dt.date,
    as_of: dt.date | None,
    common: Mapping[str, str],
    *,
    force: bool,
) -> Order:
    inputs = {**common, **_sums(workspace, workspace.files(f"data/{topic}"))}
    total = digest(inputs)
    newest = archive.newest(workspace.reports, topic, as_of=str(as_of or ""), languages=languages)
    again = force and newest is not None and newest.digest == total and not archive.damage(workspace.reports, newest)
    number = newest.number if again and newest else archive.next_number(workspace.reports, topic)
    return Order(topic, languages, day, as_of, number, inputs, total)


def _common_inputs(workspace: Workspace, languages: tuple[str, ...], as_of: dt.date | None) -> dict[str, str]:
    findings = Findings()
    inputs = _sums(workspace, tuple(name for name in SHARED if workspace.has(name)))
    for name, data in workspace.templates("briefing", findings).items():
        inputs[f"templates/briefing/{name}"] = _sum(data)
    for language in languages:
        for name, words in zip((PROGRAM_WORDS, OWN_WORDS), workspace.catalogues(language, findings), strict=True):
            if words is not None:
                inputs[f"templates/locales/{language}/LC_MESSAGES/{name}"] = _sum(words)
    if findings.errors:
        raise WorkspaceError(findings)
    documents = workspace.strangers()
    return {
        **inputs,
        **documents,
        "program": f"{PROGRAM} {code_digest()}",
        "libraries": " ".join(f"{name}={version}" for name, version in versions().items()),
        "languages": " ".join(languages),
        "as of": str(as_of or ""),
    }


def _sums(workspace: Workspace, names: tuple[str, ...]) -> dict[str, str]:
    findings = Findings()
    return {name: _sum(workspace.read(name, findings) or b"") for name in names}


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def code_digest() -> str:
    """Return the digest of the program's own files."""
    return digest({path.name: path.read_bytes() for path in _PACKAGE.glob("*.py")})


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
