"""The desk: the newest proof of each page that somebody looks at, pulled again on each save.

Place in the pipeline: a part of `briefing preview`. In: that files have changed; out: sheets. One thread pulls, one
page after the other; whoever waits is rung from there. A mistake leaves the last good proof on its sheet.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..proof import Proof
from .bells import Bells

Key = tuple[str, str]
"""A topic, and a language or a language's brief: `en`, `en-brief`."""
Pull = Callable[[Key, Callable[[int], None]], Proof]
"""Pulls a proof, and tells each step."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What lies on the desk for a page: its newest proof, and the last one that could be printed.

    `version` counts the proofs, 0 before the first; `step` is the step that is being done, 0 at rest.
    """

    version: int = 0
    step: int = 0
    proof: Proof = Proof()
    good: Proof = Proof()

    @property
    def sha256(self) -> str:
        """The sum of the PDF that is shown, "" where there is none."""
        return hashlib.sha256(self.good.pdf).hexdigest() if self.good.pdf else ""

    @property
    def old(self) -> bool:
        """Whether the page that is shown is not the newest proof's."""
        return bool(self.good.pdf) and not self.proof.pdf


class Desk:
    """The sheets, and the thread that pulls their proofs."""

    def __init__(self, pull: Pull) -> None:
        """Begin to work; `close` ends it."""
        self._pull = pull
        self._sheets: dict[Key, Sheet] = {}
        self._due: dict[Key, None] = {}
        self._stale: set[Key] = set()
        self._readers: Counter[Key] = Counter()
        self._bells = Bells()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="desk", daemon=True)
        self._thread.start()

    def stop_soon(self) -> None:
        """Pull nothing more, and let those go who wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._bells.ring()

    def close(self) -> None:
        """End the thread when it has done what it is at."""
        self.stop_soon()
        self._thread.join()

    def sheet(self, key: Key) -> Sheet:
        """Return a page's sheet; one that is not up to date is pulled from now on."""
        with self._changed:
            if key not in self._sheets or key in self._stale:
                self._stale.discard(key)
                self._sheets.setdefault(key, Sheet())
                self._ask(key)
            return self._sheets[key]

    def knows(self, key: Key) -> bool:
        """Whether a page has been looked at before: it stays on the desk when a mistake hides it from the workspace."""
        return key in self._sheets

    def saved(self) -> None:
        """Pull what is looked at again: files have changed. The rest is pulled when it is looked at."""
        with self._changed:
            for key in self._sheets:
                if self._readers[key]:
                    self._ask(key)
                else:
                    self._stale.add(key)

    def _ask(self, key: Key) -> None:
        self._due[key] = None
        self._changed.notify_all()

    @contextmanager
    def reading(self, key: Key) -> Iterator[asyncio.Event]:
        """Count a reader of a page in, and give what is set whenever a sheet changes."""
        with self._changed:
            self._readers[key] += 1
        try:
            with self._bells.hung() as bell:
                yield bell
        finally:
            with self._changed:
                self._readers[key] -= 1

    @property
    def closed(self) -> bool:
        """Whether nothing will be pulled any more."""
        return self._closed

    def _put(self, key: Key, sheet: Sheet) -> None:
        with self._changed:
            self._sheets[key] = sheet
        self._bells.ring()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due or self._closed)
                if self._closed:
                    return
                key = next(iter(self._due))
                del self._due[key]
                before = self._sheets[key]

            def tell(step: int, key: Key = key, before: Sheet = before) -> None:
                self._put(key, replace(before, step=step))

            proof = self._pull(key, tell)
            self._put(key, Sheet(before.version + 1, 0, proof, proof if proof.pdf else before.good))
