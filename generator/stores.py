"""Stores: files by name in a folder, in an S3 bucket, or on an SFTP or WebDAV server, behind one interface.

Place in the pipeline: a part of step 8 Deliver and of the archive. In: an address and what opens it; out: files that
are there whole or not at all: written beside and renamed, or put by one conditional request
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html). An OutsideError may be better at
another try; a UsageError is ours to cure: a key, a right, a host that is not the one that was known.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets as chance
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from .errors import OutsideError, UsageError
from .reading import Table

SCHEMES = {"s3": "s3", "sftp": "sftp", "webdav": "webdav", "webdavs": "webdav"}
"""The addresses that need an extra of the program, and which; every other one is a folder."""
_PART = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")
Change = Callable[[bytes | None], bytes]
"""What a file is to hold, given what it holds now; None where it is not there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where files are kept, and what opens the place: secrets by the names of variables of the environment."""

    address: str
    user: str = ""
    secret: str = ""
    key: str = ""
    """A file with a private key (SFTP)."""
    known_hosts: str = ""
    """A file with the keys of hosts, as OpenSSH writes it (SFTP)."""
    ca: str = ""
    """A file of certificates that are trusted instead of the machine's (S3, WebDAV)."""
    endpoint: str = ""
    """Where an S3 service is that is not Amazon's."""
    region: str = "us-east-1"
    seconds: int = 60

    @property
    def scheme(self) -> str:
        """The address's scheme; "" for a folder."""
        scheme = self.address.partition("://")[0] if "://" in self.address else ""
        return scheme.lower()


class Store(Protocol):
    """An open store. Names are relative, with "/" between their parts; every method may raise a BriefingError."""

    def create(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet; False, and nothing is touched, where one of this name is."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None where it is not there."""
        ...

    def update(self, name: str, change: Change) -> None:
        """Put what `change` returns in place of what a file holds; a folder and S3 let nobody come in between."""
        ...

    def names(self, folder: str = "") -> tuple[str, ...]:
        """Return the names of all files under a folder, in order."""
        ...


def take_store(table: Table, take_secret: Callable[[Table, str], str]) -> Settings:
    """Return a store's settings out of a table of briefing.toml; what is wrong with them is collected."""
    settings = Settings(
        address=table.text("address"),
        user=table.text("user", ""),
        secret=take_secret(table, "secret"),
        key=table.text("key", ""),
        known_hosts=table.text("known_hosts", ""),
        ca=table.text("ca", ""),
        endpoint=table.text("endpoint", ""),
        region=table.text("region", "us-east-1"),
        seconds=_seconds(table),
    )
    if settings.address and (wrong := _wrong(settings)):
        key, found, expected, cure = wrong
        table.refuse(key, found, expected=expected, cure=cure)
    return settings


def _seconds(table: Table) -> int:
    seconds = table.number("seconds", 60)
    if seconds is None or not 1 <= seconds <= 3600:
        table.refuse("seconds", f"{seconds}", expected="a whole number from 1 to 3600", cure="Correct it.")
        return 60
    return seconds


def _wrong(settings: Settings) -> tuple[str, str, str, str] | None:
    """Return what is wrong with settings: key, found, expected, cure."""
    expected = "a folder, s3://bucket/folder, sftp://host/folder or webdavs://host/folder"
    scheme = settings.scheme
    if scheme and scheme not in SCHEMES:
        return "address", f"'{settings.address[:80]}'", expected, "Correct it."
    try:
        parts = urlsplit(settings.address) if scheme else None
        host = parts.hostname if parts else "-"
        secretive = bool(parts and (parts.password or parts.username))
    except ValueError:
        host, secretive = "", False
    if not host:
        return "address", f"'{settings.address[:80]}'", expected, "Correct it."
    if secretive:
        said = "an address with a user's name or password (not repeated here)"
        return "address", said, "`user`, and `secret` with the name of a variable", "Take it out of the address."
    if scheme == "sftp" and not settings.known_hosts:
        cure = "Ask who runs the server for its key; `ssh-keyscan HOST` shows what answers now. Compare both."
        return "known_hosts", "no file", "a file with the host's key, as OpenSSH writes it", cure
    return None


@contextmanager
def open_store(settings: Settings, root: Path, secrets: Mapping[str, str]) -> Iterator[Store]:
    """Yield a store; UsageError where a secret, a file or the program's extra for it is missing."""
    if not settings.scheme:
        yield _Folder(root / settings.address)
        return
    secret = secrets.get(settings.secret, "") if settings.secret else ""
    if settings.secret and not secret:
        hint = f"Set it: export {settings.secret}=…"
        raise UsageError(f"{settings.secret} is not set", where="the environment", hint=hint)
    store: Any
    if settings.scheme == "s3":
        from .stores_bucket import Bucket

        store = Bucket(settings, root, secret)
    else:
        from .stores_remote import remote

        store = remote(settings, root, secret)
    try:
        yield store
    finally:
        store.close()


def checked(name: str) -> str:
    """Return a name that stays within its store; UsageError for one that would lead out of it."""
    parts = name.split("/")
    if not all(_PART.fullmatch(part) and not part.startswith(".") and part == part.strip() for part in parts):
        raise UsageError(f"'{name[:80]}' is no name of a file in a store", hint="Name no folders above it.")
    return name


# --- a folder -----------------------------------------------------------------------------------------------


class _Folder:
    """A folder of this machine. A file is written beside, synced, and linked to its name, which fails where one is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, name: str, data: bytes) -> bool:
        target = self._folder / checked(name)
        with _told(str(target)):
            if target.exists():
                return False
            part = _written(target, data)
            try:
                os.link(part, target)
            except FileExistsError:
                return False
            finally:
                part.unlink(missing_ok=True)
            _sync(target.parent)
            return True

    def read(self, name: str) -> bytes | None:
        path = self._folder / checked(name)
        with _told(str(path)):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            except FileNotFoundError:
                return None
            with os.fdopen(descriptor, "rb") as file:
                return file.read()

    def update(self, name: str, change: Change) -> None:
        target = self._folder / checked(name)
        with _told(str(target)):
            target.parent.mkdir(parents=True, exist_ok=True)
            with (target.parent / f".{target.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                part = _written(target, change(self.read(name)))
                part.replace(target)
                _sync(target.parent)

    def names(self, folder: str = "") -> tuple[str, ...]:
        top = self._folder / checked(folder) if folder else self._folder
        with _told(str(top)):
            found = (path for path in top.rglob("*") if path.is_file() and not path.name.startswith("."))
            return tuple(sorted(path.relative_to(self._folder).as_posix() for path in found))


def _written(target: Path, data: bytes) -> Path:
    """Write a file beside its place, to the disk, and return it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name[:180]}.{chance.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what the machine says of a file into an error of ours."""
    try:
        yield
    except PermissionError as error:
        raise UsageError(f"{error.strerror}", where=where, hint="Give yourself the right to write there.") from error
    except OSError as error:
        hint = "Free space there, or choose another folder."
        raise OutsideError(f"{error.strerror or error}", where=where, hint=hint) from error


# --- what all of them need -----------------------------------------------------------------------------------


def first_words(error: BaseException) -> str:
    """Return what a library says, on one line without the request's own signature."""
    text = " ".join(str(error).split())
    text = re.sub(r"Debug source:.*", "", text).strip()
    return text[:300] or type(error).__name__


def installed(module: str, name: str) -> Any:  # noqa: ANN401 - a module
    """Return a module of one of the program's extras; UsageError where that is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        hint = f"Install the program with it: pip install 'briefing-generator[{name}]'."
        raise UsageError(f"the program was installed without [{name}]", hint=hint) from error


def read_file(path: Path) -> bytes:
    """Return the bytes of a file that opens a store; UsageError where it is not there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{error.strerror}", where=str(path), hint="Put the file there.") from error


__all__ = [
    "SCHEMES", "Change", "Settings", "Store", "checked", "first_words", "installed", "open_store", "read_file",
    "take_store",
]  # fmt: skip
