"""Editions that were called back: a mark beside the folder of the edition, which itself is written once.

Place in the pipeline: a part of the archive. In: an edition and the reason; out:
`reports/<topic>/<edition>.recalled.json`. The mark is written before anybody is told, so who asks the archive knows at
least as much as who gets the erratum.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from .errors import ArchiveError

_ENDING = ".recalled.json"


@dataclass(frozen=True, slots=True)
class Recall:
    """Why and when an edition was called back; `instead` is the edition (its id) that takes its place, by language."""

    topic: str
    edition: str
    reason: str
    when: str
    """In universal time, ISO 8601."""
    instead: dict[str, str]

    def __str__(self) -> str:
        """Return it in words, without the edition's name."""
        others = ", ".join(f"{self.topic}/{id_}" for id_ in dict.fromkeys(self.instead.values()))
        return f"RECALLED on {self.when[:10]}: {self.reason.rstrip('.')}; instead of it: {others}"


def recall_of(reports: Path, topic: str, edition: str) -> Recall | None:
    """Return the recall of an edition, None where it was not called back; ArchiveError where that cannot be read."""
    path = _path(reports, topic, edition)
    try:
        said = json.loads(path.read_bytes())
        return Recall(topic, edition, said["reason"], said["when"], dict(said["instead"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        hint = "Restore the file from a copy; until then the edition counts as recalled."
        raise ArchiveError(f"the recall cannot be read: {error}", where=str(path), hint=hint) from error


def recalls(reports: Path, topic: str) -> tuple[Recall, ...]:
    """Return the recalls of a topic's editions."""
    names = sorted(path.name.removesuffix(_ENDING) for path in (reports / topic).glob(f"*{_ENDING}"))
    return tuple(recall for name in names if (recall := recall_of(reports, topic, name)))


def mark(reports: Path, topic: str, edition: str, reason: str, instead: dict[str, str], now: datetime) -> Recall:
    """Mark an edition as called back and return the recall: the first one, where there is one already."""
    known = recall_of(reports, topic, edition)
    if known is not None:
        return known
    when = now.astimezone(UTC).isoformat(timespec="seconds")
    recall = Recall(topic, edition, reason, when, instead)
    path = _path(reports, topic, edition)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(recall), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        hint = "Free space, or correct the rights of the folder, then run the command again."
        raise ArchiveError(f"the recall could not be kept: {error.strerror}", where=str(path), hint=hint) from error
    return recall


def _path(reports: Path, topic: str, edition: str) -> Path:
    return reports / topic / f"{edition}{_ENDING}"
