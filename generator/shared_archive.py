"""The shared archive: editions in a store that many machines reach, and this machine's copies of them in `reports/`.

Place in the pipeline: around steps 1 to 7. In: the store that `[engine.archive]` names; out: editions of other machines
here, and ours there. An edition is its record: its files are put first and the record last, each on the condition that
none of its name is there, so an edition is in the store whole or not at all, and once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import archive
from .errors import ArchiveError, WorkspaceError
from .operation import read_operation
from .reading import Findings
from .stores import Store, open_store
from .workspace import Workspace

_EDITION = r"\d{4}-\d\d-\d\d\.\d{1,9}"
_FILE = re.compile(r"[\w][\w.-]*")
"""A file's name: what leads out of the folder is none."""


@dataclass(frozen=True, slots=True)
class SharedArchive:
    """One workspace's share in a store: `reports` holds its copies, `state` which of them are known to be there."""

    reports: Path
    state: Path
    store: Store

    def exchange_all(self, topics: Iterable[str]) -> None:
        """Exchange each of some topics."""
        for topic in topics:
            self.exchange(topic)

    def exchange(self, topic: str) -> None:
        """Put what is only here into the store, and bring what is only there; OutsideError where it cannot be reached.

        ArchiveError where another process of this machine builds the topic, or a copy is not what its record says.
        """
        with archive.locked_topics(self.state, [topic]):
            for edition in self._unshared(topic):
                self._settle(topic, edition)
            here = set(archive.folders(self.reports, topic))
            for edition in self._there(topic):
                if edition not in here:
                    self._bring(topic, edition)

    def _unshared(self, topic: str) -> list[str]:
        """Return the editions that are not known to be in the store, the oldest first."""
        stray = set(archive.strays(self.reports, topic))
        kept = archive.numbered(self.reports, topic)
        return [edition for edition in kept if edition not in stray and not self._mark(topic, edition).exists()]

    def _there(self, topic: str) -> list[str]:
        record = re.compile(rf"{re.escape(topic)}/({_EDITION})/{re.escape(archive.RECORD)}")
        return sorted(match[1] for name in self.store.names(topic) if (match := record.fullmatch(name)))

    def _settle(self, topic: str, edition: str) -> None:
        """Put an edition into the store, or set ours aside where another machine was first with other files."""
        mine = archive.read_record(self.reports, topic, edition)
        theirs = self._record(topic, edition)
        if theirs is None:
            self._put(topic, edition, mine)
            theirs = self._record(topic, edition)
        if theirs is not None and _files(theirs) == _files(mine):
            self._note(topic, edition)
            return
        # Nobody was given ours: an edition is out when it is in the store. It stays for a person to look at.
        folder = self.reports / topic / edition
        folder.rename(folder.with_name(f".{edition}.unshared-{mine['digest'][:12]}"))

    def _put(self, topic: str, edition: str, record: Mapping[str, Any]) -> None:
        """Put the files of an edition, then its record."""
        folder = self.reports / topic / edition
        for name in _files(record):
            data, there = (folder / name).read_bytes(), f"{topic}/{edition}/{name}"
            if not self.store.create(there, data) and self.store.read(there) != data:
                # Without a record it is no edition's: a machine died before it had put them all.
                self.store.update(there, partial(_instead, data))
        self.store.create(f"{topic}/{edition}/{archive.RECORD}", (folder / archive.RECORD).read_bytes())

    def _bring(self, topic: str, edition: str) -> None:
        where = f"{topic}/{edition}"
        record = self.store.read(f"{where}/{archive.RECORD}") or b""
        kept = _files(_read(record, where))
        files = {name: self.store.read(f"{where}/{name}") or b"" for name in kept}
        for name, data in files.items():
            if hashlib.sha256(data).hexdigest() != kept[name]:
                hint = "Restore the file there from a copy of the edition on another machine."
                raise ArchiveError("it is not what its record says", where=f"shared archive, {where}/{name}", hint=hint)
        archive.keep_files(self.reports / topic / edition, {**files, archive.RECORD: record})
        self._note(topic, edition)

    def _record(self, topic: str, edition: str) -> dict[str, Any] | None:
        found = self.store.read(f"{topic}/{edition}/{archive.RECORD}")
        return None if found is None else _read(found, f"{topic}/{edition}")

    def _mark(self, topic: str, edition: str) -> Path:
        return self.state / "shared" / topic / edition

    def _note(self, topic: str, edition: str) -> None:
        """Remember that an edition is in the store as it is here; that only saves asking."""
        with suppress(OSError):
            self._mark(topic, edition).parent.mkdir(parents=True, exist_ok=True)
            self._mark(topic, edition).touch()


def _instead(data: bytes, _there: bytes | None) -> bytes:
    return data


def _read(record: bytes, where: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(record)
        _files(found)
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        hint = "Restore it there from a copy of the edition on another machine."
        raise ArchiveError("the record cannot be read", where=f"shared archive, {where}", hint=hint) from error
    return found


def _files(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the sum of each file of an edition, by name."""
    listed = [*record["files"], *([record["trace"]] if "trace" in record else [])]
    found = {str(item["name"]): str(item["sha256"]) for item in listed}
    if strange := [name for name in found if not _FILE.fullmatch(name)]:
        raise ValueError(strange[0])
    return found


@contextmanager
def shared_archive(workspace: Workspace, secrets: Mapping[str, str]) -> Iterator[SharedArchive | None]:
    """Yield the shared archive that `[engine.archive]` names; None where there is none."""
    findings = Findings()
    settings = read_operation(workspace, findings).archive
    if findings.errors:
        raise WorkspaceError(findings.errors)
    if settings is None:
        yield None
        return
    with open_store(settings, workspace.root, secrets) as store:
        yield SharedArchive(workspace.reports, workspace.state, store)
