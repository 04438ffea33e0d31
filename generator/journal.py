"""The journal: what a process of the engine writes about its work, an event a line, with the ids of what it is about.

Place in the pipeline: engine. In: events; out: records of the logger `briefing`, which a door shows as it likes: steps
for people, or every event as a line of JSON for machines. Ids are `run` (a turn of a process), `schedule`, `slot`,
`topic`, `attempt`, `step` and `editions`; one line leads to all others of the same thing.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from .pipeline import STEPS, Tell

LOGGER = "briefing"
# Who imports the program and shows no log is told by its answers.
logging.getLogger(LOGGER).addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Journal:
    """Where events are written, and the ids that every one of them bears."""

    ids: Mapping[str, object] = field(default_factory=dict)

    def about(self, **ids: object) -> Journal:
        """Return a journal whose events bear further ids."""
        return replace(self, ids={**self.ids, **ids})

    def say(self, event: str, *, level: int = logging.INFO, **more: object) -> None:
        """Write an event."""
        logging.getLogger(LOGGER).log(level, "%s", event, extra={"ids": {**self.ids, **more}})

    def warn(self, event: str, **more: object) -> None:
        """Write an event that somebody should look at."""
        self.say(event, level=logging.WARNING, **more)

    def step(self, number: int, what: str) -> None:
        """Write that a step of the pipeline begins."""
        self.say(f"Step {number} - {STEPS[number - 1]}", step=number, what=what)


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON: `at` (universal time), `level`, `event`, then the ids."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what libraries write has their logger's name as `by`."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        ids = getattr(record, "ids", None)
        more = ids if ids is not None else {"by": record.name}
        if record.exc_info:
            more = {**more, "trouble": self.formatException(record.exc_info)}
        return json.dumps({**line, **{key: value for key, value in more.items() if value not in ("", {})}},
                          ensure_ascii=False, default=str)  # fmt: skip


class Steps(logging.Handler):
    """Shows the steps of the pipeline, as the other commands do, and what libraries say of their own trouble."""

    def __init__(self, tell: Tell) -> None:
        """Show them by `tell`."""
        super().__init__()
        self._tell: Callable[[int, str], None] = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Show a step; anything else is told by the command's answer."""
        ids = getattr(record, "ids", None)
        if ids is None:
            trouble = f": {record.exc_info[1]!r}" if record.exc_info else ""
            sys.stderr.write(f"{record.name}: {record.getMessage()}{trouble}\n")
        elif "step" in ids:
            self._tell(ids["step"], ids["what"])


def written_by(handler: logging.Handler) -> None:
    """Write the journal, and what libraries say of their own trouble, by this handler from now on."""
    for name, level in ((LOGGER, logging.INFO), ("dbos", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
    threading.excepthook = _died


def _died(what: threading.ExceptHookArgs) -> None:
    """Write that a thread ended of what was not foreseen."""
    trouble = (what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
    logging.getLogger("dbos").error("a thread died", exc_info=trouble)
