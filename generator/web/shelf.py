"""The shelf: what the workspace holds, read once until a file of it changes.

Place in the pipeline: a part of the door `web`. In: a workspace; out: its knowledge and findings. Whether something has
changed is told by names, sizes and times of files, which costs a thousandth of reading them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

from ..draft import Draft
from ..errors import BriefingError, BusyError
from ..inspection import look_through
from ..knowledge import Knowledge, Memory, learn_again
from ..model import Finding
from ..review import FILE as REVIEW
from ..testimony import draw_for
from ..workspace import SETTINGS, Workspace

Stamp = tuple[tuple[str, int, int], ...]
T = TypeVar("T")
_FOLDERS = ("data", "templates")
_MOMENT = 2.0
"""Seconds in which an answer that is at hand has its turn, however many ask."""
SEATS = 12
"""How many may wait longer, for one that is being made: each takes one of the forty threads that answer requests."""


class Look:
    """A look at the files, one at a time: what begins after somebody asked answers all who asked until then."""

    def __init__(self) -> None:
        """Begin without one."""
        self._begun = 0
        self._found: tuple[Stamp, int] = (), 0
        self._turn = threading.Lock()

    def stamp(self, root: Path, documents: Path | None) -> Stamp:
        """Return the stamp of the files as they are now, or were seen since this was asked."""
        asked = self._begun
        with self._turn:
            if self._found[1] <= asked:
                self._begun += 1
                self._found = tuple(_stamp(root, documents)), self._begun
            return self._found[0]


@dataclass(frozen=True)
class Shelf:
    """Answers kept by their name, with the stamp of the files that they were made from."""

    root: Path
    documents: Path | None
    _kept: dict[str, tuple[Stamp, Any]] = field(default_factory=dict, repr=False)
    _locks: dict[str, threading.Lock] = field(default_factory=dict, repr=False)
    _seats: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(SEATS), repr=False)
    _memory: Memory = field(default_factory=Memory, repr=False)
    _look_at: Look = field(default_factory=Look, repr=False)
    _moment: list[Stamp] | None = field(default=None, repr=False)
    """The stamp of the one request that this shelf is for; None: each answer takes its own."""

    def at_once(self) -> Shelf:
        """Return the same shelf for one request: the files are looked at once for all that it asks."""
        return replace(self, _moment=[])

    def open_soon(self) -> None:
        """Begin to read, so that the first page need not wait for it."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # What stops the reading is told to whoever asks for what was read.
        with suppress(BriefingError):
            self.knowledge()

    def knowledge(self) -> Knowledge:
        """Return all that is known of every topic, as `briefing facts` lists it."""
        return self._once("knowledge", lambda mine: learn_again(mine, self._memory, today=date.max), without=REVIEW)

    def workspace(self) -> Workspace:
        """Return the workspace with what was read of it since a file changed: its documents are summed up once."""
        return self._once("workspace", lambda mine: mine, without=REVIEW)

    def findings(self, today: date) -> tuple[Finding, ...]:
        """Return every problem of the workspace; data/evidence.lock stays as it is."""
        return self._once(f"findings {today}", lambda mine: look_through(mine, today, record=False)[0])

    def draft(self, topic: str, language: str) -> Draft:
        """Return a topic's page as it would be drawn up now: what stands behind its numbers is told in its words."""
        return self._once(f"draft/{topic}/{language}", lambda mine: draw_for(mine, self.knowledge(), topic, language))

    def findings_at_hand(self, today: date) -> tuple[Finding, ...] | None:
        """Return what `findings` does where that is known; otherwise None, and a thread begins to look."""
        name = f"findings {today}"
        kept = self._kept.get(name)
        if kept is not None and kept[0] == self._stamped():
            return cast("tuple[Finding, ...]", kept[1])
        if not self._lock_of(name).locked():
            threading.Thread(target=self._look, args=(today,), daemon=True).start()
        return None

    def _look(self, today: date) -> None:
        # What stops the looking itself is told to whoever asks for the findings.
        with suppress(BriefingError):
            self.findings(today)

    def _lock_of(self, name: str) -> threading.Lock:
        return self._locks.setdefault(name.partition(" ")[0], threading.Lock())

    @contextmanager
    def _turn(self, name: str) -> Iterator[bool]:
        """Wait for one's turn at an answer, and give whether there was one to wait for; BusyError where many wait."""
        lock = self._lock_of(name)
        at_once = lock.acquire(blocking=False)
        if not at_once and not lock.acquire(timeout=_MOMENT):
            if not self._seats.acquire(blocking=False):
                raise BusyError("many wait for the same, which is being looked for", hint="Ask again in some seconds.")
            try:
                lock.acquire()
            finally:
                self._seats.release()
        try:
            yield not at_once
        finally:
            lock.release()

    def _stamped(self, without: str = "", *, anew: bool = False) -> Stamp:
        """Return the stamp of the files but one; within one request the same, unless it had to wait meanwhile."""
        if self._moment is None:
            stamp = self._look_at.stamp(self.root, self.documents)
        else:
            if anew or not self._moment:
                self._moment[:] = [self._look_at.stamp(self.root, self.documents)]
            stamp = self._moment[0]
        left_out = str(self.root / without)
        return tuple(each for each in stamp if each[0] != left_out) if without else stamp

    def _once(self, name: str, make: Callable[[Workspace], T], *, without: str = "") -> T:
        """Return an answer, made anew where a file has changed, but for the one that it does not depend on."""
        # What is at hand needs nobody's turn: twenty who ask for it at once do not wait for each other.
        stamp, kept = self._stamped(without), self._kept.get(name)
        if kept is not None and kept[0] == stamp:
            return cast("T", kept[1])
        with self._turn(name) as waited:
            # The stamp before the reading: what changes while it is read is read again the next time.
            stamp = self._stamped(without, anew=waited)
            if name not in self._kept or self._kept[name][0] != stamp:
                for other in [each for each in self._kept if each.partition(" ")[0] == name.partition(" ")[0]]:
                    del self._kept[other]
                self._kept[name] = stamp, make(Workspace(self.root, self.documents))
            return cast("T", self._kept[name][1])


def _stamp(root: Path, documents: Path | None) -> Iterator[tuple[str, int, int]]:
    """Yield each file that an answer may depend on, with its time and size."""
    yield _seen(str(root / SETTINGS))
    for base in (*(root / name for name in _FOLDERS), *((documents,) if documents else ())):
        for folder, folders, names in os.walk(base):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith((".", "~$")):
                    yield _seen(f"{folder}/{name}")


def _seen(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of them at each request: a Path takes four times as long
    except OSError:
        return path, 0, 0
    return path, status.st_mtime_ns, status.st_size
