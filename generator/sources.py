"""The sources: every publication once, with the copy that was received and its sum.

Place in the pipeline: step 1 Read. In: `data/sources.toml`; out: `Source` values by id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from datetime import date

from .model import SOURCE_KINDS, Source
from .reading import Findings, Table, did_you_mean

FILE = "data/sources.toml"
_ORDER = (
    "producer", "title", "kind", "accessed", "published", "url", "licence", "language", "title_language",
    "document", "sha256", "encoding", "note",
)  # fmt: skip
ID = re.compile(r"[A-Za-z0-9_-]+\Z")
PART_OF_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?\Z", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_DESCRIBING = ("producer", "title", "published", "language", "url", "licence", "kind", "encoding")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")
_URL = re.compile(r"https?://\S+\Z")


def read_sources(table: Table) -> dict[str, Source]:
    """Return the sources of a table by id; what is wrong with them is collected."""
    return {id_: _read_source(id_, child) for id_, child in table.named()}


def _read_source(id_: str, table: Table) -> Source:
    source = Source(
        id=id_,
        producer=table.text("producer"),
        title=table.text("title"),
        kind=table.text("kind"),
        accessed=_accessed(table),
        published=_published(table),
        url=table.text("url", ""),
        licence=table.text("licence", ""),
        language=table.text("language", ""),
        title_language=table.text("title_language", ""),
        document=table.text("document", ""),
        sha256=table.text("sha256", ""),
        encoding=table.text("encoding", ""),
        version=table.text("version", ""),
        note=table.phrase("note", ""),
        guessed=table.texts("guessed"),
        place=table.place(),
    )
    _check(source, table)
    table.done()
    return source


def check_dates(sources: Iterable[Source], today: date, findings: Findings) -> None:
    """Collect an error for each date after `today`: one mistyped year would date the edition.

    The clock must not reach a page, so `build` compares with it before an edition is planned, or not at all.
    """
    for source in sources:
        for key, day in (("accessed", source.accessed), ("published", source.published)):
            if day and day > today.isoformat()[: len(day)]:
                findings.add(
                    source.place,
                    "sources.future",
                    f"{key} of '{source.id}' is {day}",
                    expected=f"a date up to {today}",
                    cure="Correct the date.",
                )


def write_source(source: Source) -> str:
    """Return a source as a table of data/sources.toml, with an empty line before it."""
    values = ((key, getattr(source, key)) for key in _ORDER)
    lines = ["", f"[{source.id}]"]
    lines += [f"{key} = {_toml(key, value)}" for key, value in values if value]
    if source.guessed:
        marked = json.dumps(list(source.guessed), ensure_ascii=False)
        lines.append(f"guessed = {marked}  # look at these, correct them, then remove this line")
    return "\n".join(lines) + "\n"


def _toml(key: str, value: str) -> str:
    return value if key == "accessed" else json.dumps(value, ensure_ascii=False)


def check_guessed(sources: Iterable[Source], used: Collection[str], findings: Findings) -> None:
    """Remind of fields that nobody has looked at: a warning where facts of the source, by `used`, are printed."""
    for source in sources:
        if source.guessed:
            was = "was" if len(source.guessed) == 1 else "were"
            findings.add(
                source.place,
                "sources.guessed",
                f"{', '.join(source.guessed)} of '{source.id}' {was} guessed from the document",
                expected="what the publication says of itself",
                cure="Look at them, correct them, then remove the line `guessed`.",
                severity="warning" if source.id in used else "note",
            )


def _accessed(table: Table) -> str:
    value = table.raw("accessed")
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        found = "is missing" if value is None else f"{value!r}"
        table.refuse("accessed", found, expected="a date: 2026-11-22", cure="Write the day it was read.")
        return ""


def _published(table: Table) -> str:
    """Return the date of publication, as far as it is known; "" where it is none, lest others stumble over it."""
    value = table.text("published", "")
    if not value or PART_OF_DATE.match(value):
        return value
    expected, cure = '"2022", "2022-01" or "2022-01-20"', "Write what is known, or leave it out."
    table.refuse("published", f"'{value}'", expected=expected, cure=cure)
    return ""


def _check(source: Source, table: Table) -> None:
    if not ID.match(source.id):
        table.findings.add(
            table.place(),
            "sources.id",
            f"id '{source.id}'",
            expected="letters, digits, _ and -",
            cure="Rename the source.",
        )
    if source.kind and source.kind not in SOURCE_KINDS:
        table.refuse(
            "kind",
            f"'{source.kind}'",
            expected=", ".join(SOURCE_KINDS),
            cure=did_you_mean(source.kind, SOURCE_KINDS),
        )
    if source.url and not _URL.match(source.url):
        table.refuse("url", f"'{source.url}'", expected="an address with http or https", cure="Correct it.")
    for key in ("language", "title_language"):
        if (tag := getattr(source, key)) and not _TAG.match(tag):
            expected = 'a language by its tag: "en", "zh-Hant"'
            table.refuse(key, f"'{tag}'", expected=expected, cure="Write its two or three letters (BCP 47).")
    for name in source.guessed:
        if name not in _DESCRIBING:
            cure = did_you_mean(name, _DESCRIBING)
            table.refuse("guessed", f"'{name}'", expected="names of fields", cure=cure)
    _check_document(source, table)


def _check_document(source: Source, table: Table) -> None:
    if not source.document:
        if source.sha256:
            table.refuse(
                "sha256",
                "stands without `document`, so no anchor of the source would be checked",
                expected="document and sha256 together",
                cure="Name the file in `document`, or take the sum out.",
            )
        return
    if "/" in source.document or "\\" in source.document:
        table.refuse(
            "document", f"'{source.document}'", expected="a file name without folders", cure="Name the file only."
        )
    if not _SHA256.match(source.sha256):
        table.refuse(
            "sha256",
            f"'{source.sha256}'",
            expected="64 hexadecimal digits",
            cure=f"Write what `sha256sum {source.document}` prints.",
        )
    if not source.language:
        table.refuse("language", "is missing", expected='the document\'s language: "en"', cure="Add it.")
