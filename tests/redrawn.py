"""From a save to the page redrawn in the preview, beside the same change printed by the command line."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

Measure = Callable[..., dict[str, float]]
TOPIC, LANGUAGE = "economy", "en"
_WORDS = ("Trade", "Commerce")
"""A heading is changed from one to the other, so that each save makes another page."""


@contextmanager
def previewing(workspace: Path) -> Iterator[str]:
    """Run the preview of a workspace and give its host and port."""
    command = [sys.executable, "-m", "generator", "-C", str(workspace), "preview", TOPIC, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout is not None
        yield urlsplit(process.stdout.readline().strip()).netloc
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


class Reader:
    """A browser as far as it counts here: it hears of a proof, asks for it and for its first picture."""

    def __init__(self, netloc: str) -> None:
        self._netloc, self._page = netloc, f"/preview/{TOPIC}/{LANGUAGE}"
        self._stream = http.client.HTTPConnection(netloc, timeout=300)
        self._stream.request("GET", f"{self._page}/events")
        self._events = self._stream.getresponse()
        self.version = 0

    def await_page(self) -> bytes:
        """Return the first page's picture once a newer proof is there."""
        while True:
            line = self._events.readline()
            if not line:
                raise RuntimeError("the preview has ended")
            if line.startswith(b"data: ") and (version := json.loads(line[6:])["version"]) > self.version:
                self.version = version
                break
        part = self._get(self._page).decode()
        return self._get(part.partition('<img src="')[2].partition('"')[0])

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(self._netloc, timeout=300)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
            return body
        finally:
            connection.close()


def save(workspace: Path, number: int) -> None:
    """Change a heading of the text."""
    path = workspace / "data" / TOPIC / f"text.{LANGUAGE}.md"
    said = path.read_text("utf-8").partition("\n\n# Bench ")[0].rstrip("\n")
    path.write_text(f"{said}\n\n# Bench {_WORDS[number % 2]}\n\nWords {'of a bench ' * (number % 7)}.\n", "utf-8")


def redrawn(workspace: Path, other: Path, rounds: int, measure: Measure, cold: Callable[[Path], None]) -> dict[str, float]:
    """Return the medians of `redrawn`, in seconds, and of `printed` by the command line in a copy of the workspace."""
    numbers = itertools.count(1)
    with previewing(workspace) as netloc:
        reader = Reader(netloc)
        reader.await_page()

        def redraw() -> None:
            save(workspace, next(numbers))
            if not reader.await_page().startswith(b"\x89PNG"):
                raise RuntimeError("no picture")

        def printed() -> None:
            save(other, next(numbers))
            cold(other)

        return measure(rounds, redrawn=redraw, printed=printed)
