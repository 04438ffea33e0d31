"""The workspace: its folders, its settings, and the bytes of its files, read once.

Place in the pipeline: base. Every stage gets its bytes here, and the digest of an edition's inputs is
taken over the same bytes, so what was checked is what is printed. Layout: docs/workspace.md.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from .catalogues import OWN_WORDS, PROGRAM_WORDS
from .errors import DocumentError, UsageError
from .model import Finding, Place
from .reading import MAX_BYTES, Findings, Table, decode, read_file, read_toml, take_once

SETTINGS = "briefing.toml"
LOCK = "data/evidence.lock"
STATE = ".briefing"
LAYOUTS = ("full", "brief")
"""Everything that is known, and one page of it."""
ELSEWHERE = ("combined", "schedules", "releases", "calendars", "engine", "delivery", "channels", "lists", "serve")
"""Tables of `briefing.toml` that others read: they change no topic's page."""
ORIGIN = ".origin.toml"
"""How the names of the files end that say where a series' rows were fetched from."""
_FETCHED = re.compile(r"^fetched = (\d{4}-\d\d-\d\d)$", re.ASCII | re.MULTILINE)
T = TypeVar("T")
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Network:
    """What fetching may use: seconds for one fetch with its retries, megabytes of an answer, private hosts."""

    seconds: int = 60
    megabytes: int = 256
    private: tuple[str, ...] = ()
    """`host` or `host:port` that may be fetched from although it is no public address."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `briefing.toml` says; the defaults are what an empty file means."""

    issuer: str
    tagline: str = ""
    contact: str = ""
    languages: tuple[str, ...] = ("en",)
    layouts: tuple[str, ...] = ("full",)
    workers: int = 0
    """Processes that draw and print at the same time; 0: as many as there are processors."""
    seconds: int = 120
    megabytes: int = 2048
    file_megabytes: int = 5
    """What a PDF may have for mail to take it."""
    network: Network = field(default_factory=Network)
    publishers: tuple[tuple[str, str], ...] = ()
    """Connectors and the addresses that stand in for their own: mirrors."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with `briefing.toml`, and the bytes of each file that was asked for."""

    root: Path
    documents: Path | None = None
    """A second folder in which documents are looked for (BRIEFING_DOCUMENTS)."""
    _bytes: dict[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)
    _kept: dict[str, tuple[Any, Findings]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def state(self) -> Path:
        """The folder for caches, locks and the engine's file: its caches may be deleted at any time."""
        return self.root / STATE

    @property
    def reports(self) -> Path:
        """The folder of editions."""
        return self.root / "reports"

    def has_topic(self, name: str) -> bool:
        """Whether `data/` has such a topic, whatever else it holds."""
        folder = self.root / "data"
        with os.scandir(folder) if folder.is_dir() else nullcontext(()) as found:
            return any(each.name == name for each in found) and _is_topic(folder / name)

    def topics(self) -> tuple[str, ...]:
        """Return the names of the folders in `data/` that hold a `topic.toml` or a `facts.csv`: both are required."""
        folder = self.root / "data"
        if not folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in folder.iterdir() if _is_topic(path)))

    def files(self, folder: str, suffix: str = "") -> tuple[str, ...]:
        """Return the names of the files below a folder, sorted, without hidden ones and office programs' locks (~$)."""
        base = self.root / folder
        names = (path.relative_to(self.root).as_posix() for path in base.rglob(f"*{suffix}") if path.is_file())
        return tuple(sorted(name for name in names if "/." not in f"/{name}" and "/~$" not in f"/{name}"))

    def read(self, name: str, findings: Findings) -> bytes | None:
        """Return a file's bytes, the same ones on every call; None, with a finding, where there are none."""
        if name not in self._bytes:
            self._bytes[name] = read_file(self.root, name, findings)
        return self._bytes[name]

    def forget(self, names: Iterable[str]) -> None:
        """Read these files anew when they are asked for again: they have just been written."""
        for name in names:
            self._bytes.pop(name, None)

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.root / name).is_file()

    def text(self, name: str, findings: Findings) -> str | None:
        """Return a file's text; None, with a finding, where it has none."""
        data = self.read(name, findings)
        return None if data is None else decode(data, name, findings)

    def table(self, name: str, findings: Findings) -> Table | None:
        """Return a TOML file's table; None, with a finding, where it has none."""
        text = self.text(name, findings)
        return None if text is None else read_toml(text, name, findings)

    def taken(self, name: str, take: Callable[[Table], T], findings: Findings) -> T | None:
        """Return what `take` makes of a TOML file, one value for the same bytes; None, with a finding, without a table.

        For what all topics share: it is not taken again for each of them.
        """
        data = self.read(name, findings)
        return None if data is None else take_once(data, name, take, findings)

    def document(self, name: str) -> bytes | None:
        """Return the bytes of a document as received, by its file name; None where it is not at hand.

        DocumentError where it is too large to be read.
        """
        for folder in (self.root / "data/sources", self.documents):
            if folder and name and (path := folder / Path(name).name).is_file():
                if (size := path.stat().st_size) > MAX_BYTES:
                    raise DocumentError([_too_large(path, size)])
                return path.read_bytes()
        return None

    def templates(self, folder: str, findings: Findings) -> dict[str, bytes]:
        """Return the templates of a folder by name, the same on every call: the program's, then the workspace's."""
        return dict(self._once(f"templates {folder}", findings, lambda mine: self._templates(folder, mine)))

    def _once(self, key: str, findings: Findings, read: Callable[[Findings], T]) -> T:
        """Return what `read` returned the first time, and tell its findings again."""
        if key not in self._kept:
            mine = Findings()
            self._kept[key] = read(mine), mine
        value, mine = self._kept[key]
        findings.extend(mine)
        return cast("T", value)

    def _templates(self, folder: str, findings: Findings) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for root in (shipped_templates(), self.root / "templates"):
            base = root / folder
            for path in sorted(base.rglob("*")):
                name = path.relative_to(base).as_posix()
                if path.is_file() and not any(part.startswith(".") for part in Path(name).parts):
                    data = read_file(root, f"{folder}/{name}", findings)
                    if data is not None:
                        found[name] = data
        return found

    def strangers(self) -> dict[str, str]:
        """Return the sums of the documents at hand that are not the ones `data/sources.toml` describes.

        A document that is the right one adds nothing to what the lock says; another one must not pass as
        unchanged.
        """
        return self._once("strangers", Findings(), lambda _: self._strangers())

    def _strangers(self) -> dict[str, str]:
        table = self.table("data/sources.toml", Findings())
        found = {}
        for source in table.data.values() if table else ():
            name = source.get("document") if isinstance(source, dict) else None
            data = self.document(name) if isinstance(name, str) and name else None
            if data is not None and (actual := hashlib.sha256(data).hexdigest()) != source.get("sha256"):
                found[f"document {name}"] = actual
        return found

    def catalogues(self, language: str, findings: Findings) -> tuple[bytes | None, bytes | None]:
        """Return the language's PO catalogues: the program's words, and the workspace's own; None where there is none.

        A workspace may have a catalogue of the program's words too; it stands for the shipped one.
        """
        return self._catalogue(language, PROGRAM_WORDS, findings), self._catalogue(language, OWN_WORDS, findings)

    def _catalogue(self, language: str, name: str, findings: Findings) -> bytes | None:
        path = f"locales/{language}/LC_MESSAGES/{name}"
        roots = (self.root / "templates", shipped_templates()) if name == PROGRAM_WORDS else (self.root / "templates",)
        for root in roots:
            if (root / path).is_file():
                return self._once(path, findings, partial(read_file, root, path))
        return None


def _is_topic(folder: Path) -> bool:
    # A topic whose topic.toml was lost or misspelt is told as a topic with a problem, not left out without a word.
    return (folder / "topic.toml").is_file() or (folder / "facts.csv").is_file()


def _too_large(path: Path, size: int) -> Finding:
    cure = "Keep the part that holds the figures."
    return Finding(Place(str(path)), "document.size", f"{size} bytes", f"at most {MAX_BYTES}", cure)


def ships_words(language: str) -> bool:
    """Return whether the program has its own words in a language: English, and those that it has a catalogue of."""
    path = shipped_templates() / f"locales/{language}/LC_MESSAGES/{PROGRAM_WORDS}"
    return language.partition("-")[0] == "en" or path.is_file()


def shipped_templates() -> Path:
    """Return the folder of the program's own templates, installed or in its source tree."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parent / "templates"


def find_workspace(start: Path, documents: str | None = None) -> Workspace:
    """Return the workspace that holds `start`; UsageError where no folder above has `briefing.toml`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return Workspace(folder, Path(documents).expanduser() if documents else None)
    raise UsageError(
        f"no {SETTINGS} here or in a folder above",
        where=str(start),
        hint="Go to a workspace, name one (briefing -C DIR …), or make a new one: briefing init DIR.",
    )


def read_settings(workspace: Workspace, findings: Findings) -> Settings:
    """Return what `briefing.toml` says; problems are collected, defaults stand in."""
    table = workspace.table(SETTINGS, findings)
    if table is None:
        return Settings(issuer="")
    limits = table.table("limits")
    settings = Settings(
        issuer=table.label("issuer"),
        tagline=table.label("tagline", ""),
        contact=table.label("contact", ""),
        languages=table.texts("languages") or ("en",),
        layouts=read_layouts(table) or ("full",),
        workers=_positive(table, "workers", 0),
        seconds=_positive(limits, "seconds", 120),
        megabytes=_positive(limits, "megabytes", 2048),
        file_megabytes=_positive(limits, "file_megabytes", 5),
        network=_network(table.table("network")),
        publishers=tuple(map(_publisher, table.table("connectors").named())),
    )
    limits.done()
    for key in (*ELSEWHERE, "sign"):
        table.raw(key)
    table.done()
    return settings


def read_layouts(table: Table) -> tuple[str, ...]:
    """Return the layouts that a table asks for, none where it says nothing: the full one is always among them."""
    layouts = table.texts("layouts")
    wrong = [layout for layout in layouts if layout not in LAYOUTS]
    if wrong or (layouts and "full" not in layouts):
        found = f"no layout '{wrong[0]}'" if wrong else "the brief without the full briefing that it refers to"
        expected = 'layouts = ["full"] or ["full", "brief"]'
        table.refuse("layouts", found, expected=expected, cure="Correct it.", rule="layouts")
        return ("full",)
    return layouts


def _publisher(named: tuple[str, Table]) -> tuple[str, str]:
    name, table = named
    url = table.text("url")
    table.done()
    return name, url


def _network(table: Table) -> Network:
    found = Network(
        seconds=_positive(table, "seconds", 60),
        megabytes=_positive(table, "megabytes", 256),
        private=table.texts("private"),
    )
    table.done()
    return found


def _positive(table: Table, key: str, default: int) -> int:
    value = table.number(key, default)
    if value is None or (value < 1 and key in table.data):
        table.refuse(key, f"{value}", expected="a whole number above zero", cure="Correct it.")
        return default
    return value


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fetched_days(workspace: Workspace, folder: str) -> list[str]:
    """Return the days on which the series below a folder were fetched."""
    files = (workspace.read(name, Findings()) or b"" for name in workspace.files(folder, ORIGIN))
    return [day for data in files for day in _FETCHED.findall(data.decode("utf-8", "replace"))]


def digest(parts: Mapping[str, bytes | str]) -> str:
    """Return the sha256, in hexadecimal, of named parts: of each name and each content's own sum."""
    total = hashlib.sha256()
    for name in sorted(parts):
        content = parts[name]
        data = content.encode() if isinstance(content, str) else content
        total.update(f"{name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    return total.hexdigest()


