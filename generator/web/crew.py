"""The crew: the worker processes of the web door, each in the hands of a thread that gives it one job at a time.

Place in the pipeline: a part of the door `web`. In: jobs; out: what workers say, as it comes. A worker that is
cancelled, too slow or dead is replaced: the next job finds a fresh one.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..errors import LimitError, RenderError

_ROOT = str(Path(__file__).resolve().parent.parent.parent)
_BOOT = f"import sys; sys.path.insert(0, {_ROOT!r}); from generator.web.worker import work; work(*sys.argv[1:])"
_LOOK = 0.2
"""Seconds between two looks whether a job was cancelled."""
_LONGEST = 64 << 20
"""Bytes of a line that a worker may say."""


class CancelledError(Exception):
    """A job that was ended before it was done."""


class Hand:
    """One worker process, started before its first job and again after it was ended."""

    def __init__(self, root: Path, documents: Path | None, workers: int) -> None:
        """Start the process."""
        self._arguments = (str(root), str(documents or ""), str(workers))
        self._start()

    @property
    def pid(self) -> int:
        """The process id of the worker that is there now."""
        return self._process.pid

    def do(self, job: dict[str, Any], seconds: float, stop: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """Yield what the worker says about a job, its outcomes last.

        LimitError after so many seconds, CancelledError once `stop` holds, RenderError where the worker died; it is
        replaced then.
        """
        if self._process.poll() is not None:
            self.end()
            self._start()
        ends = time.monotonic() + seconds
        try:
            self._jobs.write(json.dumps(job).encode() + b"\n")
            self._jobs.flush()
            while True:
                said = self._hear(ends, seconds, stop)
                if "ready" not in said:
                    yield said
                if "outcomes" in said:
                    return
        except (OSError, ValueError) as error:
            self.end()
            raise RenderError("the worker ended before the build did", hint="Try again.") from error
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End the process with whatever it is at, and its children with it."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._jobs.close()
        self._answers.close()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT, *self._arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0,
        )  # fmt: skip
        if self._process.stdin is None or self._process.stdout is None:
            raise RenderError("the worker has no pipes")
        self._jobs, self._answers, self._heard = self._process.stdin, self._process.stdout, bytearray()

    def _hear(self, ends: float, seconds: float, stop: Callable[[], bool]) -> dict[str, Any]:
        """Return the next line, waiting no longer than the job may take."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._answers, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                if stop():
                    raise CancelledError
                if time.monotonic() >= ends:
                    hint = "Raise `seconds` in [serve] of briefing.toml, or build with the command line."
                    raise LimitError(f"the build took more than {seconds:g} s", hint=hint)
                if ready.select(_LOOK):
                    part = os.read(self._answers.fileno(), 1 << 16)
                    if not part or len(self._heard) > _LONGEST:
                        raise OSError("the worker is gone")
                    self._heard += part
        line, _, rest = bytes(self._heard).partition(b"\n")
        self._heard = bytearray(rest)
        said: dict[str, Any] = json.loads(line)
        return said
