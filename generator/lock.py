"""The lock: which facts were checked, against which document, on which day.

Place in the pipeline: base of step 2 Check; `evidence` offers it. In and out: `data/evidence.lock`, one line a
fact, sorted, so that a change is one line of a diff. TOML 1.0 (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from .model import Checked, Fact, Finding, Place

FILE = "data/evidence.lock"
_HEAD = "# Written by `briefing check`: what was checked, when, against which document (sha256).\n"
_SUM = re.compile(r"[0-9a-f]{64}\Z")
_LINE = re.compile(
    r'"([^"\\\x00-\x1f\x7f]+)" = \{ on = (\d{4}-\d\d-\d\d), '
    r'document = "([0-9a-f]{64})", statement = "([0-9a-f]{64})" \}\Z',
    re.ASCII,
)
"""A line as `write_lock` writes it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One checked fact: the sums of its statement and of the document, and the day."""

    statement: str
    document: str
    on: str


@dataclass(frozen=True, slots=True)
class Lock:
    """What was checked before, by fact; `findings` are the lines of the file that could not be read."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@lru_cache(maxsize=2)
def read_lock(data: bytes) -> Lock:
    """Return the lock in a file's bytes, empty for none; what cannot be read is among its findings.

    All topics share it: the same bytes are read once in a process, and nobody changes what was read.
    """
    if written := _as_written(data):
        return written
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Lock(findings=(_bad_lock(f"not readable: {error}"),))
    entries, findings = {}, []
    for fact, row in table.items():
        entry = _entry(row)
        if entry is None:
            findings.append(_bad_lock(f"'{fact}' is no record of a check"))
        else:
            entries[fact] = entry
    return Lock(entries, tuple(findings))


def _as_written(data: bytes) -> Lock | None:
    """Return the lock in bytes as `write_lock` writes them, many times faster than TOML is read; None for others."""
    entries = {}
    with suppress(ValueError):  # not UTF-8, or no date
        lines = data.decode("utf-8").removeprefix(_HEAD).removesuffix("\n").split("\n")
        for line in lines:
            match = _LINE.match(line)
            if match is None:
                return None
            entries[match[1]] = Entry(match[4], match[3], date.fromisoformat(match[2]).isoformat())
        # An id that stands twice is no TOML.
        return Lock(entries) if len(entries) == len(lines) else None
    return None


def _bad_lock(found: str) -> Finding:
    cure = "Restore the file, or delete it and run `briefing check` with the documents at hand."
    return Finding(Place(FILE), "evidence.lock", found, "what `briefing check` writes", cure)


def _entry(row: object) -> Entry | None:
    if not isinstance(row, dict) or set(row) != {"on", "document", "statement"} or type(row["on"]) is not date:
        return None
    sums = (row["statement"], row["document"])
    if not all(isinstance(each, str) and _SUM.match(each) for each in sums):
        return None
    return Entry(*sums, row["on"].isoformat())


def write_lock(checked: Iterable[Checked], facts: Iterable[Fact]) -> bytes:
    """Return the lock of what stands now: one line a fact, sorted, with the days `check_anchors` kept.

    `facts` are the whole workspace's: a fact that is not among them leaves the lock.
    """
    by_id = {fact.id: fact for fact in facts}
    # An id that stands twice is an error of its own; the lock holds it once.
    held = {row.fact: row for row in checked if row.state in ("now", "locked") and row.fact in by_id}
    lines = [
        f'"{id_}" = {{ on = {row.on}, document = "{row.sha256}", statement = "{statement_sum(by_id[id_])}" }}\n'
        for id_, row in sorted(held.items(), key=lambda each: each[0])
    ]
    return "".join([_HEAD, *lines]).encode()


def lock_dates(data: bytes) -> list[date]:
    """Return the days on which the lock's facts were checked."""
    return [date.fromisoformat(entry.on) for entry in read_lock(data).entries.values()]


def statement_sum(fact: Fact) -> str:
    """Return the sha256 of what is checked of a fact: anchor, value, scale, unit, qualifier, period."""
    parts = (fact.anchor, str(fact.value), fact.scale, fact.unit, fact.qualifier, str(fact.period))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
