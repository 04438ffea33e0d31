"""Workspaces for the tests of schedules and rebuilds: many topics in many languages, all of them sound."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po, write_po

from generator.catalogues import LISTED, OWN_WORDS, PROGRAM_WORDS
from generator.page import Document
from generator.translation import update_words
from generator.workspace import Workspace, shipped_templates

THIRTY = ("en", "de", "nl", "sv", "da", "fi", "et", "el", "bg", "eu", "gl", "nb", "nn", "sq", "ca", "mk", "af", "sw", "lb", "fo",
          "so", "rm", "fy", "ml", "mr", "ta", "te", "ne", "ur", "bn")  # fmt: skip
"""Languages that CLDR knows, with two forms of number like English, so that English words fill their catalogues."""


def branches(folder: Path, topics: Sequence[str], languages: Sequence[str] = ("en",)) -> Workspace:
    """Write a workspace with a small topic a name: a branch of a library, with a metric and a source of its own."""
    data = folder / "data"
    data.mkdir(parents=True)
    spoken = ", ".join(f'"{language}"' for language in languages)
    (folder / "briefing.toml").write_text(f'issuer = "City Library"\nlanguages = [{spoken}]\n', "utf-8")
    metrics = "".join(
        f'[metrics.{name}_readers]\nlabel = "Readers of {name}"\n[metrics.{name}_cost]\nlabel = "Cost of {name}"\n'
        f'[metrics.{name}_loans]\nlabel = "Loans of {name}"\n'
        for name in topics
    )
    entities = "".join(f'{name} = "Branch {name}"\n' for name in topics)
    units = '[units.reader]\none = "reader"\nother = "readers"\n'
    (data / "vocabulary.toml").write_text(f"{metrics}[entities]\n{entities}{units}", "utf-8")
    sources = "".join(_source(name.upper(), f"Report of {name}") for name in (*topics, "city"))
    (data / "sources.toml").write_text(sources, "utf-8")
    for number, name in enumerate(topics, 1):
        _topic(data / name, name, number, languages)
    translate(folder, languages)
    return Workspace(folder)


def _source(id_: str, title: str) -> str:
    return f'[{id_}]\nproducer = "City"\ntitle = "{title}"\nkind = "dataset"\naccessed = 2025-02-03\n\n'


def _topic(folder: Path, name: str, number: int, languages: Sequence[str]) -> None:
    (folder / "series").mkdir(parents=True)
    (folder / "topic.toml").write_text(
        f'title = "Branch {name}"\naccent = "#0b5d7a"\nbottom_line = "It had {{{{ fact(\'{name}.readers\') }}}}."\n\n'
        f'[[charts]]\nid = "loans"\nkind = "columns"\ntitle = "Loans rose"\nlines = [{{ series = "{name}_loans", label = "Loans" }}]\n',
        "utf-8",
    )
    head = "id,metric,entity,period,value,scale,unit,qualifier,basis,source,anchor,rank,formula,reason,note,ref\n"
    rows = (
        f"{name}.readers,{name}_readers,{name},2024,{1000 + number},,reader,,,{name.upper()},,normal,,,,1\n"
        f"{name}.cost,{name}_cost,{name},2024,{number}.5,million,EUR,,,CITY,,normal,,,,2\n"
        f"{name}.old,{name}_readers,{name},2023,{900 + number},,reader,,,CITY,,deprecated,,Counted twice.,,3\n"
    )
    (folder / "facts.csv").write_text(head + rows, "utf-8")
    (folder / "series" / f"{name}_loans.toml").write_text(
        f'label = "Loans of {name}"\nmetric = "{name}_loans"\nentity = "{name}"\nunit = "reader"\nmeasure = "flow"\n', "utf-8"
    )
    series = "".join(f"{year},{year + number},reader,,{name.upper()},,\n" for year in range(2018, 2025))
    (folder / "series" / f"{name}_loans.csv").write_text(f"period,value,unit,basis,source,status,note\n{series}", "utf-8")
    for language in languages:
        said = f"- Points in {language}: {{{{ fact('{name}.cost') }}}}.\n\n# Loans\n\nLoans rose.\n"
        (folder / f"text.{language}.md").write_text(said, "utf-8")


def translate(folder: Path, languages: Sequence[str]) -> None:
    """Give every language but the first a whole catalogue: each text stands for itself."""
    for language in languages[1:]:
        path = folder / "templates" / "locales" / language / "LC_MESSAGES" / PROGRAM_WORDS
        path.parent.mkdir(parents=True)
        path.write_bytes(_filled((shipped_templates() / "locales" / LISTED).read_bytes(), language))
    if len(languages) > 1:
        *_, updated = update_words(Workspace(folder), (languages[1],))
        own = (folder / updated.file).read_bytes()
        for path in folder.rglob(PROGRAM_WORDS):
            path.with_name(OWN_WORDS).write_bytes(_filled(own, path.parent.parent.name))


def _filled(catalogue: bytes, language: str) -> bytes:
    read = read_po(io.BytesIO(catalogue), locale=language)
    for message in read:
        if message.id:
            forms = message.id if isinstance(message.id, tuple) else ()
            message.string = tuple(forms[number > 0] for number in range(read.num_plurals)) if forms else message.id
    written = io.BytesIO()
    write_po(written, read)
    return written.getvalue()


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must hold it."""
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new), "utf-8")


class PaperShop:
    """A workshop that prints nothing: it counts the pages it gets, and makes bytes that depend on what they show."""

    workers = 2

    def __init__(self) -> None:
        self.made: list[str] = []

    def make(self, draft: Any, *_: object) -> Document:
        """Count a page and return bytes that hang on all it shows."""
        self.made.append(f"{draft.topic.id}.{draft.language}")
        return Document(b"%PDF-paper " + hashlib.sha256(repr(draft.composed.context).encode()).hexdigest().encode(), 1)

    def close(self) -> None:
        """Have nothing to close."""
