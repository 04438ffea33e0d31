"""What publishers are asked, and their answers as they were received, kept for the next time.

Place in the pipeline: base of `fetching`. In: a `Request` and a body as it comes; out: an `Answer` with a file of its
bytes, named by their sum, so that a file is never half of one answer and half of another. The folder is a cache: what
is damaged or missing is fetched again, and the oldest are removed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from .errors import OutsideError

_SENDABLE = re.compile(r"[\x20-\x7e]+\Z")
ROOM = 4 << 30
"""Bytes that the folder may take; the answer used longest ago goes first."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to fetch. `accept` is the media type asked for; `secrets` are headers that are never told or stored."""

    address: str
    accept: str = "*/*"
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A publisher's answer: what was asked, where it came from, and the file that holds its body, unpacked.

    `kind` is the media type as declared, in lower case; `charset` is "" where none was declared. `new` is false where
    the publisher said that the answer kept from the last time still holds.
    """

    address: str
    final: str
    """The address after redirects."""
    path: Path
    sha256: str
    size: int
    kind: str = ""
    charset: str = ""
    etag: str = ""
    modified: str = ""
    """Last-Modified, as it was sent."""
    new: bool = True

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the body only if it is another one (RFC 9110, section 13)."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        # A mark that no header may hold cannot be sent back: such an answer is fetched anew each time.
        return {name: value for name, value in found.items() if _SENDABLE.match(value)}


class Answers:
    """A folder of answers."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder; it is made when the first answer comes."""
        self._folder = folder

    def look_up(self, address: str, accept: str) -> Answer | None:
        """Return the answer kept for an address, None where there is none or it is damaged."""
        try:
            kept = json.loads(self._note(address, accept).read_bytes())
            answer = replace(Answer(**{**kept, "path": self._folder / kept["path"]}), new=False)
            whole = _sum(answer.path) == answer.sha256
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        if not whole:
            return None
        for path in (answer.path, self._note(address, accept)):
            with suppress(OSError):
                os.utime(path)
        return answer

    def keep(self, address: str, accept: str, final: str, headers: Mapping[str, str], body: Iterable[bytes]) -> Answer:
        """Return the answer whose body this is; what `body` raises passes through and leaves nothing behind."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path, sha256, size = self._write(body)
            kind, charset = _media(headers.get("content-type", ""))
            answer = Answer(
                address, final, path, sha256, size, kind, charset,
                etag=headers.get("etag", ""), modified=headers.get("last-modified", ""),
            )  # fmt: skip
            self._remember(self._note(address, accept), {**asdict(answer), "path": path.name})
            self._make_room()
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            hint = "Free space on that disk." if full else "Give yourself the right to write there."
            message = f"the answer cannot be kept: {error.strerror}"
            raise OutsideError(message, where=str(self._folder), hint=hint) from error
        return answer

    def _note(self, address: str, accept: str) -> Path:
        name = hashlib.sha256(f"{address}\n{accept}".encode()).hexdigest()
        return self._folder / f"{name}.json"

    def _write(self, body: Iterable[bytes]) -> tuple[Path, str, int]:
        total, size = hashlib.sha256(), 0
        with self._part() as file:
            for part in body:
                total.update(part)
                size += len(part)
                file.write(part)
            file.flush()
            path = self._folder / f"{total.hexdigest()}.body"
            Path(file.name).replace(path)
        return path, total.hexdigest(), size

    def _remember(self, note: Path, content: Mapping[str, Any]) -> None:
        with self._part() as file:
            file.write(json.dumps(content).encode())
            file.flush()
            Path(file.name).replace(note)

    @contextmanager
    def _part(self) -> Iterator[IO[bytes]]:
        """Open a file beside the others; what is not renamed to its place in the end is removed."""
        with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Remove the files used longest ago, until what is left fits."""
        room = ROOM
        for used, size, path in sorted(map(_used, self._folder.iterdir()), reverse=True):
            room -= size
            if room < 0 and used:
                path.unlink(missing_ok=True)


def _used(path: Path) -> tuple[float, int, Path]:
    """Return when a file was last used, and its bytes; zeros where another process has just removed it."""
    try:
        status = path.stat()
    except OSError:
        return 0.0, 0, path
    return status.st_mtime, status.st_size, path


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _media(value: str) -> tuple[str, str]:
    kind, _, rest = value.partition(";")
    name, _, charset = rest.partition("=")
    return kind.strip().lower(), charset.strip().strip('"').lower() if name.strip().lower() == "charset" else ""
