"""The archive: editions, each a folder that is written once and never changed.

Place in the pipeline: step 7 Keep. In: the files of an edition and its record; out: an `Edition` in
`reports/<topic>/<edition>/`. A folder is written beside its place, synced, read back, and renamed, so an
edition is there whole or not at all (the order that POSIX asks for: write, fsync, rename, fsync of the
folder: https://pubs.opengroup.org/onlinepubs/9799919799/functions/fsync.html).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import date
from io import FileIO
from itertools import chain
from pathlib import Path
from typing import Any

from .errors import ArchiveError, BusyError
from .model import Edition

RECORD = "record.json"
_PART = ".part"
_KEPT = (str, str, str, int, int)
"""What a record says of a file: language, name, sha256, bytes, pages; of the trace the three in the middle."""
_NUMBER = re.compile(r"\.(\d{1,9})\Z", re.ASCII)


def editions(reports: Path, topic: str) -> tuple[Edition, ...]:
    """Return a topic's editions, oldest first; ArchiveError where a record cannot be read."""
    missing = strays(reports, topic)
    found = [read_edition(reports, topic, name) for name in folders(reports, topic) if name not in missing]
    return tuple(sorted(found, key=lambda edition: edition.number))


def newest(reports: Path, topic: str, *, as_of: str = "", language: str = "", before: int = 10**9) -> Edition | None:
    """Return a topic's newest edition of those made as of the same day, with a page in the language if one is named.

    With `before` it is the newest of those with a smaller number. Older ones are not read.
    A look back does not become the current edition, so it does not stand between two current ones.
    """
    for name in reversed(numbered(reports, topic)):
        if _number(name) >= before:
            continue
        edition = read_edition(reports, topic, name) if _has_record(reports, topic, name) else None
        if edition and edition.as_of == as_of and (not language or language in edition.languages):
            return edition
    return None


def numbered(reports: Path, topic: str) -> list[str]:
    """Return the names of a topic's folders by their numbers, the oldest first; nothing in them is looked at."""
    return sorted(folders(reports, topic), key=lambda name: (_number(name), name))


def next_number(reports: Path, topic: str) -> int:
    """Return the number of a topic's next edition: one more than any folder's, damaged ones included."""
    return 1 + max(map(_number, folders(reports, topic)), default=0)


def _number(folder: str) -> int:
    """Return the number in a folder's name, 0 for a foreign one."""
    match = _NUMBER.search(folder)
    return int(match[1]) if match else 0


def strays(reports: Path, topic: str) -> tuple[str, ...]:
    """Return the folders of a topic that have no record: something took it away."""
    return tuple(sorted(name for name in folders(reports, topic) if not _has_record(reports, topic, name)))


def _has_record(reports: Path, topic: str, name: str) -> bool:
    return (reports / topic / name / RECORD).is_file()


def folders(reports: Path, topic: str) -> list[str]:
    """Return the names of a topic's folders, those without a readable record included."""
    # A killed build's folder may hold a whole record; until it is renamed it is no edition.
    folder = reports / topic
    with os.scandir(folder) if folder.is_dir() else nullcontext(()) as found:
        return [each.name for each in found if each.is_dir() and not each.name.startswith(".")]


def topics_kept(reports: Path) -> tuple[str, ...]:
    """Return the topics that have a folder in the archive."""
    if not reports.is_dir():
        return ()
    return tuple(sorted(path.name for path in reports.iterdir() if path.is_dir() and not path.name.startswith(".")))


def read_record(reports: Path, topic: str, edition: str) -> dict[str, Any]:
    """Return an edition's record as it was written; ArchiveError where it cannot be read."""
    path = reports / topic / edition / RECORD
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ArchiveError(
            f"the record cannot be read: {error}",
            where=str(path),
            hint="Restore the folder from a copy, or move it out of reports/ and build again.",
        ) from error
    return record


def read_edition(reports: Path, topic: str, edition: str) -> Edition:
    """Return an edition; ArchiveError where its record cannot be read."""
    record = read_record(reports, topic, edition)
    try:
        found = Edition(
            id=record["edition"],
            topic=record["topic"],
            number=record["number"],
            date=record["date"],
            digest=record["digest"],
            languages=tuple(record["languages"]),
            as_of=record["as_of"] or "",
            files=tuple(
                (item["language"], item["name"], item["sha256"], item["bytes"], item["pages"])
                for item in record["files"]
            ),
            briefs=tuple(
                (item["language"], *(item["brief"][key] for key in ("name", "sha256", "bytes", "pages")))
                for item in record["files"]
                if "brief" in item
            ),
            made_from=tuple(
                (item["language"], item.get("digest", ""), item.get("inputs", "")) for item in record["files"]
            ),
            # Editions were kept before their numerals were.
            trace=tuple(record["trace"][key] for key in ("name", "sha256", "bytes")) if "trace" in record else (),
        )
        _refuse_foreign(found)
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveError(
            f"the record lacks {error}",
            where=str(reports / topic / edition / RECORD),
            hint="Restore the folder from a copy, or move it out of reports/ and build again.",
        ) from error
    return found


def _refuse_foreign(edition: Edition) -> None:
    """Raise TypeError or ValueError where a record holds what this program does not write, or a name leads away."""
    date.fromisoformat(edition.date)
    texts = (edition.id, edition.topic, edition.digest, edition.as_of, *edition.languages, *chain(*edition.made_from))
    files = (*edition.files, *edition.briefs)
    if type(edition.number) is not int or set(map(type, texts)) != {str}:
        raise TypeError("a text or number where one should stand")
    odd = any(tuple(map(type, file)) != _KEPT for file in files)
    if odd or tuple(map(type, edition.trace)) not in ((), _KEPT[1:4]):
        raise TypeError("name, sha256, bytes or pages of a file")
    if any("/" in str(name) for name in (*(file[1] for file in files), *edition.trace[:1])):
        raise ValueError("names of files in its own folder")


def damage(reports: Path, edition: Edition, language: str = "") -> str:
    """Return what is wrong with an edition's files, or one language's ("economy-….pdf: 12 bytes, 300 kept"), or ""."""
    files = (*edition.files, *edition.briefs)
    kept = [(name, sha256, size) for mine, name, sha256, size, _ in files if language in ("", mine)]
    for name, sha256, size in (*kept, edition.trace) if edition.trace else kept:
        path = reports / edition.topic / edition.id / name
        if not path.is_file():
            return f"{name} is missing"
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            return f"{name} has changed: {len(data)} bytes now, {size} when it was kept"
    return ""


def keep(reports: Path, record: Mapping[str, Any], files: Mapping[str, bytes]) -> Path:
    """Write an edition's files and record, and return its folder; ArchiveError leaves nothing behind.

    The caller holds the topic `locked`. An edition that is there already is never touched.
    """
    written = (json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
    return keep_files(reports / str(record["topic"]) / str(record["edition"]), {**files, RECORD: written})


def keep_files(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """Write the files of an edition, its record among them, as `keep` does."""
    part = folder.with_name(f".{folder.name}{_PART}")
    if folder.exists():
        raise ArchiveError("the edition is there already", where=str(folder), hint="Editions are written once.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        part.mkdir(mode=0o755)
        for name, data in contents.items():
            _write(part / name, data)
        _sync(part)
        part.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise _explain(error, folder, sum(map(len, contents.values()))) from error
    return folder


def _remove(part: Path) -> None:
    """Remove what a killed build left: nobody else writes there while we hold the lock."""
    if part.is_symlink():
        raise OSError(40, "a symbolic link stands where the edition is to be written", str(part))
    if part.exists():
        shutil.rmtree(part)


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    # A disk that says it wrote and did not is found here, before anyone is told.
    if path.read_bytes() != data:
        raise OSError(5, "what was written is not what is read back", str(path))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explain(error: OSError, folder: Path, needed: int) -> ArchiveError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    free = shutil.disk_usage(next(parent for parent in folder.parents if parent.exists())).free
    sizes = f" ({needed} bytes needed, {free} free)" if full else ""
    cure = "Free space" if full else "Correct the rights of the folder, or what stands in its place"
    return ArchiveError(
        f"the edition could not be kept: {error.strerror or error}{sizes}",
        where=str(folder),
        hint=f"{cure}, then build again; earlier editions are untouched.",
    )


@contextmanager
def locked_topics(state: Path, topics: Iterable[str]) -> Iterator[None]:
    """Hold the archive's folders of some topics for this process; BusyError says who holds one otherwise."""
    with ExitStack() as held:
        for topic in sorted(set(topics)):
            held.enter_context(locked(state / "locks", topic, f"building '{topic}'"))
        yield


@contextmanager
def locked(state: Path, name: str, doing: str) -> Iterator[None]:
    """Hold what `name` says for this process; BusyError says who holds it otherwise, and what they do.

    A lock is the kernel's (flock): it dies with its process, so it is never stale.
    """
    path = state / f"{name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        rights = "Give yourself the right to write in the workspace: chown -R $(id -un) ."
        hint = "Free space on that disk." if full else rights
        raise ArchiveError(f"cannot write: {error.strerror}", where=str(path), hint=hint) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(_NAME).decode(errors="replace").strip() or "another process"
            raise BusyError(
                f"{holder} is {doing} in this workspace",
                where=str(path),
                hint="Wait for it to end, then run the command again.",
            ) from None
        _sign(file, f"process {os.getpid()}")
        yield
        _sign(file, "")


_NAME = 100
"""Bytes in which a lock's file says who holds it."""


def _sign(file: FileIO, holder: str) -> None:
    """Write who holds a lock; on a full disk it holds without that, and what is written under it says what is wrong."""
    with suppress(OSError):
        file.truncate(0)
        file.write(holder.encode())
