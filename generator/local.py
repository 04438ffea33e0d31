"""Files of the workspace as answers, and packed answers unpacked.

Place in the pipeline: base of `inquiry`. In: the name of a file below the workspace; out: an `Answer` on the file
itself, which is not copied: that it did not change while it was read is checked afterwards, and its sum is taken
meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .answers import Answer
from .errors import OutsideError
from .packing import gunzip

_RATIO = 250
_SMALL = 16 << 20
"""Bytes up to which a file may unpack to any number of times its size."""


def open_local(root: Path, name: str) -> Answer:
    """Return a file below a folder as an answer without a sum; OutsideError where it is none that may be read."""
    path = root / name
    try:
        inside = path.resolve(strict=True).is_relative_to(root.resolve())
        status = path.stat()
    except OSError as error:
        raise OutsideError(f"{error.strerror}", where=name, hint="Put the file there, or correct `path`.") from error
    if not inside or not stat.S_ISREG(status.st_mode):
        hint = "Copy the file into the workspace: no link out of it, folder, pipe or device is read."
        raise OutsideError("it is not a regular file inside the workspace", where=name, hint=hint)
    return Answer(name, name, path.resolve(), "", status.st_size, etag=_stamp(status))


def summed(answer: Answer) -> Answer:
    """Return a local answer with the sum of its file; one that was fetched has it already."""
    if answer.sha256:
        return answer
    with answer.path.open("rb") as file:
        return replace(answer, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def refuse_torn(answer: Answer) -> None:
    """Refuse what was read of a local file where it is no longer the one that was opened."""
    if "://" in answer.address:
        return
    try:
        same = _stamp(answer.path.stat()) == answer.etag
    except OSError:
        same = False
    if not same:
        hint = "Run the command again when nothing writes to it."
        raise OutsideError("the file changed while it was read", where=answer.address, hint=hint)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def unpacked(answer: Answer, folder: Path, limit: int) -> Answer:
    """Return an answer whose path holds it unpacked, where it is a gzip file; at most `limit` bytes of it."""
    with answer.path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return answer
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{answer.path.name}.{os.getpid()}.unpacked"
    try:
        with target.open("wb") as copy:
            for part in _counted(answer, limit):
                copy.write(part)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return replace(answer, path=target)


def _counted(answer: Answer, limit: int) -> Iterator[bytes]:
    total, size = 0, max(1, answer.path.stat().st_size)
    for part in gunzip(_parts(answer.path)):
        total += len(part)
        if total > limit or (total > _SMALL and total > _RATIO * size):
            found = f"it unpacks to more than {total >> 20} MB, {total // size} times its size"
            hint = f"At most {_RATIO} times; `megabytes` under [network] in briefing.toml limits the size."
            raise OutsideError(found, where=answer.address, hint=hint)
        yield part


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(1 << 16):
            yield part
