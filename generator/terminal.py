"""A bar for the steps of a build on a terminal; in a log there are plain lines instead.

Place in the pipeline: a part of the door `cli`. Rich draws it; it is imported with the first step, so a build
that has nothing to do imports and draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pipeline import STEPS

if TYPE_CHECKING:
    from rich.status import Status


class Bar:
    """Shows the step that was told last, on standard error, from the first step until `stop`."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._status: Status | None = None

    def __call__(self, step: int, what: str) -> None:
        """Show a step."""
        if self._status is None:
            from rich.console import Console
            from rich.status import Status

            self._status = Status("", console=Console(stderr=True))
            self._status.start()
        bar = "━" * step + "╌" * (len(STEPS) - 1 - step)
        self._status.update(f"{bar} Step {step} - {STEPS[step - 1]}: {what}")

    def stop(self) -> None:
        """Take the bar away and give the cursor back."""
        if self._status is not None:
            self._status.stop()
