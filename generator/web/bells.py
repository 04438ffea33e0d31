"""Bells: what those who follow something in an event stream wait for, rung by the threads that change it.

Place in the pipeline: a part of the door `web`. In: word from a thread that something changed; out: an event that is
set in the loop of each one who waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Bells:
    """The bells of all who wait; any thread may ring."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._pen = threading.Lock()
        self._hung: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @contextmanager
    def hung(self) -> Iterator[asyncio.Event]:
        """Give the running loop an event that is set at every ring; who waits clears it before each look."""
        bell = asyncio.Event()
        with self._pen:
            self._hung[bell] = asyncio.get_running_loop()
        try:
            yield bell
        finally:
            with self._pen:
                del self._hung[bell]

    def ring(self) -> None:
        """Wake all who wait."""
        with self._pen:
            waiting = list(self._hung.items())
        for bell, loop in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(bell.set)
