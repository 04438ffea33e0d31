"""Watching: told of each save in a workspace's data, templates and settings.

Place in the pipeline: a part of `briefing preview`. watchfiles stands in this room only: it asks the system
(inotify, https://man7.org/linux/man-pages/man7/inotify.7.html), and looks by itself where a file system tells nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, watch

from ..workspace import SETTINGS, Workspace

_STEP, _TOGETHER = 40, 400
"""Milliseconds without a further change after which a save is told, and after which it is told in any case."""
_FOLDERS = ("data", "templates")


class Watcher:
    """Threads that call `saved` after each save, until it is closed."""

    def __init__(self, workspace: Workspace, saved: Callable[[], None]) -> None:
        """Begin to watch; a folder that is made later is watched from then on."""
        self._workspace, self._saved = workspace, saved
        self._closed = threading.Event()
        self._folders_changed = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._watch_root, self._watch_folders)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads."""
        self._closed.set()
        self._folders_changed.set()
        for thread in self._threads:
            thread.join()

    def _folders(self) -> list[Path]:
        named = [self._workspace.root / name for name in _FOLDERS]
        documents = [self._workspace.documents] if self._workspace.documents else []
        return [folder for folder in (*named, *documents) if folder.is_dir()]

    def _watch_root(self) -> None:
        def counts(_change: Change, path: str) -> bool:
            return Path(path).name in (SETTINGS, *_FOLDERS)

        root = self._workspace.root
        for changes in watch(
            root, watch_filter=counts, step=_STEP, debounce=_TOGETHER, recursive=False, stop_event=self._closed,
            rust_timeout=1000, raise_interrupt=False,
        ):  # fmt: skip
            if any(Path(path).name in _FOLDERS for _, path in changes):
                self._folders_changed.set()
            self._saved()

    def _watch_folders(self) -> None:
        while not self._closed.is_set():
            self._folders_changed.clear()
            folders = self._folders()
            if not folders:
                self._folders_changed.wait()
                continue
            for _ in watch(
                *folders, watch_filter=_counts, step=_STEP, debounce=_TOGETHER, stop_event=self._folders_changed,
                rust_timeout=1000, raise_interrupt=False,
            ):  # fmt: skip
                self._saved()


def _counts(_change: Change, path: str) -> bool:
    """Whether a file is one that a page may be made from: not hidden, no editor's own."""
    name = Path(path).name
    return not name.startswith((".", "~$", "#")) and not name.endswith(("~", ".swp", ".part"))
