"""The gallery: pictures of printed pages, and the places of their numerals, each made once.

Place in the pipeline: a part of the door `web`. In: a PDF with its sha256; out: what `facsimile` makes of it in a
limited child. Pictures of editions are kept in `.briefing/cache/pictures` by sum, page and width; they may be deleted.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..reading import Findings
from ..sandbox import Child, Limits
from ..workspace import Workspace, read_settings

WIDE, SMALL = 1240, 360
"""Pixels of a page that is read, 150 to the inch of A4, and of a thumbnail."""
_REMEMBERED = 64
Area = tuple[float, ...]


class Gallery:
    """Pictures and measures of PDFs; threads may ask for them at the same time."""

    def __init__(self, state: Path, limits: Limits) -> None:
        """Begin without a child: it starts when the first picture is asked for."""
        self._state, self._limits = state, limits
        self._folder = state / "cache" / "pictures"
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[object, ...], Any] = OrderedDict()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            if self._child is not None:
                self._child.close()
                self._child = None

    def measure(self, pdf: bytes, sha256: str) -> tuple[tuple[float, float], ...]:
        """Return width and height of each page in millimetres; RenderError where there is no reading it."""
        return tuple(self._once((sha256, "size"), lambda: self._run("measure", pdf)))

    def locate(self, pdf: bytes, sha256: str, numerals: Sequence[tuple[int, str, Area]]) -> tuple[Area, ...]:
        """Return where each numeral of the PDF's trace stands."""
        return tuple(self._once((sha256, "areas"), lambda: self._run("locate", pdf, tuple(numerals))))

    def picture(self, pdf: Callable[[], bytes], sha256: str, page: int, width: int, *, keep: bool = True) -> bytes:
        """Return a page as a PNG; `keep` keeps it on disk too. RenderError where there is no such page."""

        def made() -> bytes:
            path = self._folder / f"{sha256}-{page}-{width}.png"
            if keep and path.is_file():
                return path.read_bytes()
            png: bytes = self._run("picture", pdf(), page, width)
            if keep:
                _write(path, png)
            return png

        found: bytes = self._once((sha256, page, width), made)
        return found

    def _run(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - what the job returns
        with self._lock:
            if self._child is None:
                self._child = Child(("generator.facsimile",), state=self._state, limits=self._limits)
            child = self._child
        return child.run(f"generator.facsimile:{name}", *arguments)

    def _once(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:  # noqa: ANN401 - what was made
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        with self._lock:
            self._known[key] = made
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return made


def open_gallery(workspace: Workspace) -> Gallery:
    """Return the gallery of a workspace, within the limits that its settings give."""
    settings = read_settings(workspace, Findings())
    return Gallery(workspace.state, Limits(seconds=settings.seconds, megabytes=settings.megabytes))


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    # The cache only saves time: a disk without room for it hides no page.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
