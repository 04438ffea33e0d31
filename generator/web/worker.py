"""A worker: a process of the web door that builds one thing after the other, with everything imported before.

Place in the pipeline: a part of the door `web`; `crew` starts and ends it. In: a job a line of JSON on standard input;
out: lines of JSON on standard output, its steps and then its outcomes. Drawing and printing run in limited children
(`sandbox`), so what a document does to them does nothing to it; it is ended from outside where a build is cancelled or
takes too long, and its children with it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from ..accounts import finding_json, outcome_json
from ..errors import BriefingError, BusyError, OutsideError, WorkspaceError
from ..pipeline import Request, build, open_workshop
from ..reading import Findings
from ..workshop import Workshop
from ..workspace import Settings, Workspace, read_settings

_PAUSE = 0.2
"""Seconds after which a topic is looked at again that another process builds."""
Say = Callable[[dict[str, Any]], None]


class Worker:
    """The workspace, and a workshop that stays open while the settings that it was opened with stand."""

    def __init__(self, root: Path, documents: Path | None, workers: int) -> None:
        """Import what a build needs, and open the workshop."""
        from .. import knowledge, manuscript, record, signing  # noqa: F401 - a build would import them

        self._root, self._documents, self._workers = root, documents, workers
        self._shop: tuple[Settings, Workshop] | None = None
        self._open(Workspace(root, documents))

    def close(self) -> None:
        """End the workshop."""
        if self._shop:
            self._shop[1].close()

    def _open(self, workspace: Workspace) -> Workshop:
        settings = read_settings(workspace, Findings())
        if self._shop is None or self._shop[0] != settings:
            self.close()
            self._shop = settings, open_workshop(workspace, Request(workers=self._workers), lasting=True)
        return self._shop[1]

    def do(self, job: dict[str, Any], say: Say) -> None:
        """Build what a job says, and say each step and what became of it."""
        workspace = Workspace(self._root, self._documents)
        said_busy = False
        request = Request(
            topics=(job["topic"],),
            languages=tuple(job["languages"]),
            as_of=date.fromisoformat(job["as_of"]) if job["as_of"] else None,
            strict=job["strict"],
        )
        while True:
            try:
                shop = self._open(workspace)
                tell = _telling(say)
                outcomes = build(workspace, request, tell=tell, shop=shop)
            except BusyError as error:
                if not said_busy:
                    say({"step": 0, "what": error.message})
                said_busy = True
                time.sleep(_PAUSE)
                workspace = Workspace(self._root, self._documents)
                continue
            except BriefingError as error:
                say({"outcomes": [], **_failure(error)})
            else:
                retry = any(outcome.retry for outcome in outcomes)
                say({"outcomes": list(map(outcome_json, outcomes)), "error": "", "findings": [], "retry": retry})
            return


def _telling(say: Say) -> Callable[[int, str], None]:
    return lambda step, what: say({"step": step, "what": what})


def _failure(error: BriefingError) -> dict[str, Any]:
    """Return an error that is no topic's outcome: wrong settings, an archive that cannot be read."""
    found = [finding_json(finding) for finding in error.findings] if isinstance(error, WorkspaceError) else []
    message = "problems in the workspace" if found else str(error)
    return {"error": message, "findings": found, "retry": isinstance(error, OutsideError)}


def work(
    root: str, documents: str, workers: str, jobs: Iterable[str] = sys.stdin, answers: TextIO = sys.stdout
) -> None:
    """Be a worker until standard input ends."""

    def say(value: dict[str, Any]) -> None:
        answers.write(f"{json.dumps(value, default=str)}\n")
        answers.flush()

    worker = Worker(Path(root), Path(documents) if documents else None, int(workers))
    try:
        say({"ready": True})
        for line in jobs:
            worker.do(json.loads(line), say)
    except BrokenPipeError:
        # The server was killed: nobody hears us any more, and what is not kept yet is made after its next start.
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
    finally:
        worker.close()
