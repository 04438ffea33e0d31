"""Waiting for what another process does: the only clock of the tests, and no machine is slow enough to fail by it."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 300
"""Seconds after which what has not come true will not."""


def await_true(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; AssertionError where it does not in `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it did not come true in {PATIENCE} seconds"
        time.sleep(0.02)
