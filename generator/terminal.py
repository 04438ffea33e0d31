"""A bar for the steps of a build on a terminal; in a log there are plain lines instead.

Place in the pipeline: a part of the door `cli`. Rich draws it; it is imported only where there is a
terminal to draw on.
"""

from __future__ import annotations

from rich.console import Console
from rich.status import Status

from .pipeline import STEPS


class Bar:
    """Shows the step that was told last, with a spinner, and ends with the process."""

    def __init__(self) -> None:
        """Start the spinner on standard error."""
        self._status = Status("Step 1 - Read", console=Console(stderr=True))
        self._status.start()

    def __call__(self, step: int, what: str) -> None:
        """Show a step; the last one stops the spinner."""
        bar = "━" * step + "╌" * (len(STEPS) - 1 - step)
        self._status.update(f"{bar} Step {step} - {STEPS[step - 1]}: {what}")

    def stop(self) -> None:
        """Take the spinner away."""
        self._status.stop()
