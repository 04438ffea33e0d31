"""Verdicts: what a check found of one part of a workspace, kept until something changes that it depends on.

Place in the pipeline: base; `inspection` and `survey` keep theirs here. In: a part's name, the digest of all that its
verdict depends on, and the verdict as JSON; out: the same for the same digest. It only saves time: what cannot be kept
or read is found anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from .model import Finding, Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one part; without a digest nothing is kept."""

    folder: Path
    part: str
    digest: str

    @property
    def path(self) -> Path:
        """The file: one a part, under a name that any file system takes."""
        return self.folder / f"{hashlib.sha256(self.part.encode()).hexdigest()}.json"

    def kept(self, read: Callable[[Any], T]) -> T | None:
        """Return what `read` makes of what was kept for this digest; None where nothing was, or it is damaged."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            digest, said = json.loads(self.path.read_bytes())
            if self.digest and digest == self.digest:
                return read(said)
        return None

    def keep(self, said: object) -> None:
        """Keep the verdict in place of the one before; a disk without room for it hides nothing."""
        if not self.digest:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(f".{os.getpid()}.part")
            part.write_text(json.dumps([self.digest, said]), "utf-8")
            part.replace(self.path)


def encoded(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings as JSON."""
    return [asdict(finding) for finding in findings]


def decoded(said: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Return findings from their JSON; KeyError or TypeError where it is none."""
    return tuple(Finding(**{**each, "place": Place(**each["place"])}) for each in said)
