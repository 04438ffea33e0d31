"""Origins: which answer of which address the rows of a refreshed series came from, and when.

Place in the pipeline: base; `refresh` writes `data/<topic>/series/<series>.origin.toml`, step 1 Read takes the day of a
source's last reading from it. One table a refresh that changed something, oldest first. An entry that no row of the
series' table refers to was left by an interruption and does not count. TOML 1.0 (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from .model import Series, Source
from .reading import Table

_HEAD = "# Written by `briefing refresh`: the answers that the rows of {table} come from, newest last.\n"
_SUM = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Origin:
    """One refresh: days are ISO; `known` is that of the rows it brought, `updated` "" where the publisher says none.

    `title` and `unit` are the publisher's own words for the series; `answers` are addresses and sha256.
    """

    known: str
    fetched: str
    source: str
    answers: tuple[tuple[str, str], ...]
    updated: str = ""
    title: str = ""
    unit: str = ""


def read_origins(table: Table) -> tuple[Origin, ...]:
    """Return the refreshes in a file, oldest first; what is wrong with it is collected."""
    found = tuple(_read_origin(entry) for entry in table.tables("refresh"))
    table.done()
    return found


def _read_origin(table: Table) -> Origin:
    origin = Origin(
        known=_day(table, "known"),
        fetched=_day(table, "fetched"),
        source=table.text("source"),
        answers=tuple(_read_answer(answer) for answer in table.tables("answers")),
        updated=_day(table, "updated") if "updated" in table.data else "",
        title=table.text("title", ""),
        unit=table.text("unit", ""),
    )
    table.done()
    return origin


def _read_answer(table: Table) -> tuple[str, str]:
    address, sha256 = table.text("address"), table.text("sha256")
    if sha256 and not _SUM.match(sha256):
        table.refuse("sha256", f"'{sha256}'", expected="64 hexadecimal digits", cure="Restore the file from a copy.")
    table.done()
    return address, sha256


def _day(table: Table, key: str) -> str:
    value = table.raw(key)
    if type(value) is date:
        return value.isoformat()
    table.refuse(key, f"{value!r}", expected="a date: 2026-11-22", cure="Restore the file from a copy.")
    return ""


def counting(origins: Iterable[Origin], series: Series) -> tuple[Origin, ...]:
    """Return the refreshes that rows of the series refer to by their `known` days."""
    known = {row.known for row in (*series.observations, *series.earlier)}
    return tuple(origin for origin in origins if origin.known in known)


def read_again(sources: Mapping[str, Source], all_series: Iterable[Series]) -> dict[str, Source]:
    """Return the sources, each with the day on which its newest row in these series was fetched, if that is later."""
    found = dict(sources)
    for origin in (origin for series in all_series for origin in series.origins):
        source = found.get(origin.source)
        if source and source.accessed < origin.fetched:
            found[origin.source] = replace(source, accessed=origin.fetched)
    return found


def write_origins(origins: Iterable[Origin], table: str) -> bytes:
    """Return the file's bytes; `table` is the name of the series' CSV."""
    text = _HEAD.format(table=table) + "".join(map(_written, origins))
    tomllib.loads(text)
    return text.encode()


def _written(origin: Origin) -> str:
    answers = "".join(
        f'    {{ address = {_quoted(address)}, sha256 = "{sha256}" }},\n' for address, sha256 in origin.answers
    )
    lines = [
        "\n[[refresh]]",
        f"known = {origin.known}",
        f"fetched = {origin.fetched}",
        f"source = {_quoted(origin.source)}",
        f"answers = [\n{answers}]",
        f"updated = {origin.updated}" if origin.updated else "",
        f"title = {_quoted(origin.title)}" if origin.title else "",
        f"unit = {_quoted(origin.unit)}" if origin.unit else "",
    ]
    return "".join(f"{line}\n" for line in lines if line)


def _quoted(text: str) -> str:
    # A basic string of TOML is written like one of JSON, but for the control character that JSON leaves bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
