"""How much work a call is: counted, not timed, so that it is the same on every machine, slow or loaded; and what memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType


def kilobytes_more(work: Callable[[], object]) -> int:
    """Return by how much `work` raises the peak of this process's memory above what it holds before.

    getrusage knows one peak of the whole process: whatever ran before, and was larger, would hide this one.
    """
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = _peak()
    work()
    return _peak() - before


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found
    return int(found[1])


def calls_in(work: Callable[[], object]) -> int:
    """Return how many functions, of Python and of C, are called while `work` runs."""
    calls = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls
