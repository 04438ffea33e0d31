"""Turns beside other work: the schedules of a workspace, kept by a thread of a process that serves.

Place in the pipeline: engine. In: a workspace and the time; out: turns, until it is told to end. What fails outside is
waited for; what was not foreseen ends the whole process, because a scheduler that died in silence is worse than none.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable
from typing import Self

from .errors import BriefingError
from .journal import Journal
from .service import Clock, Service
from .shared_archive import shared_archive
from .workspace import Workspace

STUCK = 600.0
"""Seconds without a sign of life after which the thread counts as stuck."""


class Pulse(threading.Event):
    """A word to end that notes when it was last asked for: whoever asks is alive."""

    def __init__(self) -> None:
        """Begin alive."""
        super().__init__()
        self.at = time.monotonic()

    def is_set(self) -> bool:
        """Whether the word was given."""
        self.at = time.monotonic()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the word."""
        self.at = time.monotonic()
        return super().wait(timeout)


class Turning:
    """Turns of one workspace in a thread of this process, from `with` to its end; `died` is called should it die."""

    def __init__(self, workspace: Workspace, every: float, clock: Clock, died: Callable[[], None]) -> None:
        """Start nothing yet."""
        self._workspace, self._every, self._clock, self._died = workspace, every, clock, died
        self._pulse, self._journal = Pulse(), Journal()
        self._thread = threading.Thread(target=self._run, name="turns")
        self.fault = ""
        """What ended it that was not foreseen."""

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let what is under way be finished, and end."""
        self._pulse.set()
        self._thread.join()

    def trouble(self) -> str:
        """Return why no turns are taken, "" where they are."""
        if self.fault:
            return f"the schedules died: {self.fault}"
        silent = time.monotonic() - self._pulse.at
        return f"the schedules have given no sign of life for {silent:.0f} s" if silent > STUCK else ""

    def _run(self) -> None:
        try:
            while not self._pulse.is_set():
                self._work()
        except BaseException as error:  # noqa: BLE001 - whatever it was: the process must not go on without its schedules
            self.fault = f"{type(error).__name__}: {error}"
            self._journal.warn("schedules died", error="".join(traceback.format_exception(error)))
            self._died()

    def _work(self) -> None:
        try:
            with Service(self._workspace, self._clock, self._journal) as service:
                # What a turn came to, and what failed in it, stands in the journal.
                service.work(self._every, self._pulse, lambda _report: self._bring())
        except BriefingError as error:
            self._journal.warn("no turn", error=str(error))
            self._pulse.wait(self._every)

    def _bring(self) -> None:
        """Bring what other machines made since the last turn: readers ask this one for it too."""
        workspace = Workspace(self._workspace.root, self._workspace.documents)
        try:
            with shared_archive(workspace, os.environ) as shared:
                if shared is not None:
                    shared.exchange_all(workspace.topics())
        except BriefingError as error:
            self._journal.warn("no exchange with the shared archive", error=str(error))
