"""Writing files of the workspace: beside their place, synced, renamed; several of them together or not at all.

Place in the pipeline: base; `refresh` writes series with it. The order is POSIX's for a file that is there whole or as
it was: write, fsync, rename, fsync of the folder (https://pubs.opengroup.org/onlinepubs/9799919799/functions/fsync.html).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .errors import ArchiveError


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write the files in their order; ArchiveError where one cannot be written, and then all are as they were.

    Whoever is ended by force between two renames leaves the first files new and the others old: the order must make
    sense of that.
    """
    parts = {path: path.with_name(f".{path.name}.part") for path in files}
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    done: list[Path] = []
    try:
        for path, data in files.items():
            _write(parts[path], data)
        for path, part in parts.items():
            done.append(path)
            part.replace(path)
        for folder in {path.parent for path in files}:
            _sync(folder)
    except BaseException as error:
        _undo({path: before[path] for path in reversed(done)}, parts)
        if isinstance(error, OSError):
            hint = "Free space on that disk, or give yourself the right to write there. Nothing was changed."
            where = str(error.filename or next(iter(files)))
            raise ArchiveError(f"cannot write: {error.strerror}", where=where, hint=hint) from error
        raise


def _undo(before: Mapping[Path, bytes | None], parts: Mapping[Path, Path]) -> None:
    for path, data in before.items():
        with suppress(OSError):
            if data is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != data:
                _write(parts[path], data)
                parts[path].replace(path)
    for part in parts.values():
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
