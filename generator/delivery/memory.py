"""The channel in memory: it delivers into a list of its process, and answers what an address asks for.

Place in the pipeline: step 8 Deliver, in tests and trials. An address that begins with `refused`, `later` or `unknown`
is answered so; `later` with a wait of a minute. The boxes are the process's, by the channel's settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from ..reading import Table
from .base import LATER, REFUSED, SENT, UNKNOWN, Message, Outcome, World

BOXES: dict[str, list[tuple[str, Message]]] = defaultdict(list)
"""What was delivered, address and message in their order, by the name of the box."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What [channels.<name>] says: which box."""

    box: str = ""


@dataclass(frozen=True, slots=True)
class _Memory:
    box: list[tuple[str, Message]]

    def deliver(self, message: Message, address: str, commit: Callable[[], None]) -> Outcome:
        """Put a message into the box, unless its address asks for something else."""
        if address.startswith(REFUSED):
            return Outcome("refused", "no such address")
        if address.startswith(LATER):
            return Outcome("later", "busy", timedelta(minutes=1))
        commit()
        self.box.append((address, message))
        return Outcome("unknown", "the answer was lost") if address.startswith(UNKNOWN) else Outcome(SENT, "taken")


class _Kind:
    recipients = "any text"

    def take(self, table: Table) -> Settings:
        """Take the name of the box."""
        return Settings(table.text("box", ""))

    def address(self, text: str) -> str:
        """Take any text without blanks."""
        if not text or text.split() != [text]:
            raise ValueError("a text without blanks")
        return text

    @contextmanager
    def open(self, settings: object, world: World) -> Iterator[_Memory]:  # noqa: ARG002 - it needs no world
        """Open a box, which stays when the channel is closed."""
        yield _Memory(BOXES[cast("Settings", settings).box])


KIND = _Kind()
