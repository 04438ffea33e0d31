"""The journal: builds on disk, a file each, so that their addresses answer after a restart.

Place in the pipeline: a part of the door `web`. In: builds; out: the same after a restart. Several servers of one
workspace each have a folder of their own, held by a lock that dies with its process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .. import archive
from ..errors import ArchiveError, BusyError

if TYPE_CHECKING:
    from .builds import Build

_SERVERS = 64
"""Servers that one workspace may have at a time."""


class Journal:
    """A folder with a file a build; a disk without room for it stops no build."""

    def __init__(self, folder: Path) -> None:
        """Keep builds in a folder, which is made."""
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self) -> list[Build]:
        """Return the builds, oldest first; a file that is none is left out."""
        from .builds import Asked, Build, Step

        found = []
        for path in self._folder.glob("*.json"):
            with suppress(OSError, ValueError, TypeError, KeyError):
                told = json.loads(path.read_bytes())
                asked, steps = told.pop("asked"), told.pop("steps")
                asked["languages"] = tuple(asked["languages"])
                told |= {name: tuple(told[name]) for name in ("outcomes", "findings")}
                found.append(Build(asked=Asked(**asked), steps=tuple(Step(**step) for step in steps), **told))
        return sorted(found, key=lambda build: (build.created, build.id))

    def write(self, build: Build) -> None:
        """Keep a build as it is now."""
        path = self._path(build.id)
        part = path.with_suffix(".part")
        with suppress(OSError):
            part.write_text(json.dumps(asdict(build), ensure_ascii=False), "utf-8")
            part.replace(path)

    def remove(self, id_: str) -> None:
        """Forget a build."""
        with suppress(OSError):
            self._path(id_).unlink(missing_ok=True)

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"


@contextmanager
def open_journal(state: Path) -> Iterator[Journal]:
    """Give the first folder that no other server of the workspace holds; ArchiveError where all are held."""
    with ExitStack() as held:
        for number in range(_SERVERS):
            try:
                held.enter_context(archive.locked(state / "locks", f"serve-{number}", "serving"))
            except BusyError:
                continue
            yield Journal(state / "serve" / str(number) / "builds")
            return
        raise ArchiveError(f"{_SERVERS} servers are serving this workspace", hint="End one of them.")
