"""Stores on an SFTP or WebDAV server, by the file systems of fsspec.

Place in the pipeline: a part of `stores`. A file is written beside, read back, and renamed; every call ends at a
deadline, whatever the server does. A host's key must be one that the operator knows (RFC 4251, section 4.1).
"""

from __future__ import annotations

import hashlib
import os
import secrets as chance
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import BriefingError, OutsideError, UsageError
from .stores import Change, Settings, checked, first_words, installed, read_file


@dataclass(frozen=True, slots=True)
class _Protocol:
    """What SFTP and WebDAV do each in its own way; `move` is told whether a file of the new name may be replaced."""

    open: Callable[[], Any]
    explain: Callable[[BaseException], BriefingError | None]
    move: Callable[[Any, str, str, bool], None]
    close: Callable[[Any], None]


class Remote:
    """A file system of fsspec. A file is written beside and renamed; every call ends at a deadline."""

    def __init__(self, protocol: _Protocol, settings: Settings) -> None:
        """Keep what opens it; nobody is spoken to before the first file."""
        self._protocol, self._system = protocol, None
        self._seconds = settings.seconds
        self._where = settings.address
        self._top = urlsplit(settings.address).path.rstrip("/") if settings.scheme == "sftp" else ""
        self._hand = ThreadPoolExecutor(max_workers=1)

    def create(self, name: str, data: bytes) -> bool:
        """Put a file that is not there yet; False where one of this name is."""
        return bool(self._do(checked(name), lambda files, path: self._create(files, path, data)))

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None where it is not there."""
        found: bytes | None = self._do(
            checked(name), lambda files, path: bytes(files.cat_file(path)) if files.exists(path) else None
        )
        return found

    def update(self, name: str, change: Change) -> None:
        """Put what `change` returns in place of what a file holds."""
        self._do(checked(name), lambda files, path: self._put(
            files, path, change(files.cat_file(path) if files.exists(path) else None)
        ))  # fmt: skip

    def names(self, folder: str = "") -> tuple[str, ...]:
        """Return the names of all files under a folder, in order."""
        top = checked(folder) if folder else ""
        found = self._do(top, lambda files, path: files.find(path) if files.exists(path) else [])
        cut = len(self._top.strip("/")) + 1 if self._top else 0
        plain = (each.lstrip("/")[cut:] for each in found)
        return tuple(sorted(name for name in plain if not name.endswith(".part")))

    def close(self) -> None:
        """Leave the connection."""
        self._leave()
        self._hand.shutdown(wait=False, cancel_futures=True)

    def _leave(self) -> None:
        """Close the connection, if there is one."""
        system, self._system = self._system, None
        if system is not None:
            with suppress(Exception):
                self._hand.submit(self._protocol.close, system).result(self._seconds)

    def _create(self, files: Any, path: str, data: bytes) -> bool:  # noqa: ANN401 - fsspec's
        if files.exists(path):
            return False
        self._put(files, path, data, over=False)
        return True

    def _put(self, files: Any, path: str, data: bytes, *, over: bool = True) -> None:  # noqa: ANN401 - fsspec's
        folder = path.rpartition("/")[0]
        if folder:
            files.makedirs(folder, exist_ok=True)
        part = f"{path}.{chance.token_hex(4)}.part"
        try:
            files.pipe_file(part, data)
            _refuse_other(bytes(files.cat_file(part)), data)
            self._protocol.move(files, part, path, over)
        except BaseException:
            with suppress(Exception):
                files.rm_file(part)
            raise

    def _do(self, name: str, call: Callable[[Any, str], Any]) -> Any:  # noqa: ANN401 - what the call returns
        where = f"{self._where.rstrip('/')}/{name}" if name else self._where
        path = "/".join(filter(None, (self._top, name)))
        try:
            return self._hand.submit(self._at_work, call, path).result(self._seconds)
        except LateError as error:
            # The thread that hangs is left behind; the next call gets another one, and a connection of its own.
            self._hand.shutdown(wait=False, cancel_futures=True)
            self._hand, self._system = ThreadPoolExecutor(max_workers=1), None
            raise OutsideError(f"no answer within {self._seconds} s", where=where, hint="Try again.") from error
        except BriefingError as error:
            error.where = error.where or where
            raise
        except Exception as error:  # what fsspec's libraries raise has no common class
            self._leave()
            told = self._protocol.explain(error) or OutsideError(first_words(error), hint="Try again.")
            told.where = where
            raise told from error

    def _at_work(self, call: Callable[[Any, str], Any], path: str) -> Any:  # noqa: ANN401
        if self._system is None:
            self._system = self._protocol.open()
        return call(self._system, path)


def _refuse_other(held: bytes, sent: bytes) -> None:
    if hashlib.sha256(held).digest() != hashlib.sha256(sent).digest():
        raise OutsideError("the server holds other bytes than were sent", hint="Try again.")


def _refuse_open(key: Path) -> None:
    """Refuse a private key of ours that others may read, as OpenSSH does."""
    status = key.stat()
    if status.st_uid == os.getuid() and status.st_mode & 0o077:
        raise UsageError("others may read it", where=str(key), hint=f"chmod 600 {key}")


def _sftp(settings: Settings, root: Path, secret: str) -> Remote:
    library: Any = installed("sshfs", "sftp")
    asyncssh: Any = import_module("asyncssh")
    parts = urlsplit(settings.address)
    hosts, key = root / settings.known_hosts, root / settings.key
    read_file(hosts)
    if settings.key:
        read_file(key)
        _refuse_open(key)

    def system() -> Any:  # noqa: ANN401 - fsspec's
        return library.SSHFileSystem(
            parts.hostname, port=parts.port or 22, username=settings.user or None, known_hosts=str(hosts),
            client_keys=[str(key)] if settings.key else [], password=None if settings.key else secret or None,
            passphrase=secret or None if settings.key else None, agent_path=None, config=None,
            connect_timeout=settings.seconds, login_timeout=settings.seconds, skip_instance_cache=True,
        )  # fmt: skip

    def explain(error: BaseException) -> BriefingError | None:
        if isinstance(error, asyncssh.HostKeyNotVerifiable):
            hint = f"Ask who runs the server whether its key changed; then put the new one into {settings.known_hosts}."
            return UsageError(f"the key of {parts.hostname} is not the one in known_hosts: {error}", hint=hint)
        if isinstance(error, (PermissionError, asyncssh.PermissionDenied, asyncssh.KeyImportError)):
            return UsageError(first_words(error), hint="Check `user`, `key` or the secret, and the rights there.")
        return None

    # Renaming writes over what is there, which was looked for just before.
    return Remote(_Protocol(system, explain, lambda files, old, new, _: files.mv(old, new), lambda _: None), settings)


def _webdav(settings: Settings, root: Path, secret: str) -> Remote:
    library: Any = installed("webdav4.fsspec", "webdav")
    client: Any = import_module("webdav4.client")
    base = settings.address.replace("webdav", "http", 1)
    trust: Any = True
    if settings.ca:
        read_file(root / settings.ca)
        trust = str(root / settings.ca)

    def system() -> Any:  # noqa: ANN401 - fsspec's
        return library.WebdavFileSystem(
            base, auth=(settings.user, secret) if settings.user else None, timeout=settings.seconds, verify=trust,
            trust_env=False, skip_instance_cache=True,
        )  # fmt: skip

    def explain(error: BaseException) -> BriefingError | None:
        if isinstance(error, client.HTTPError) and error.status_code in (401, 403):
            return UsageError(first_words(error), hint="Check `user` and the secret, and the rights there.")
        if isinstance(error, client.InsufficientStorage):
            return OutsideError("no room left on the server", hint="Free space there.")
        return None

    return Remote(
        _Protocol(
            system,
            explain,
            lambda files, old, new, over: files.client.move(old, new, overwrite=over),
            lambda files: files.client.http.close(),
        ),
        settings,
    )


def remote(settings: Settings, root: Path, secret: str) -> Remote:
    """Return a store on another machine, by its address's scheme."""
    return (_sftp if settings.scheme == "sftp" else _webdav)(settings, root, secret)
