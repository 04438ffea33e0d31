"""A store in a bucket of an S3 service.

Place in the pipeline: a part of `stores`. A file is put by one request, on the condition that none of its name is there
or that it is still the one that was read; the library asks a busy service again, and repeating a request is safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import BriefingError, OutsideError, UsageError
from .stores import Change, Settings, checked, first_words, installed, read_file

_ATTEMPTS = 4


class Bucket:
    """A bucket of an S3 service. Every file is put whole by one request; repeating it is safe."""

    def __init__(self, settings: Settings, root: Path, secret: str) -> None:
        """Keep what opens it; nobody is spoken to before the first file."""
        self._library: Any = installed("obstore", "s3")
        parts = urlsplit(settings.address)
        self._where = settings.address
        options: dict[str, Any] = {"timeout": f"{settings.seconds}s", "connect_timeout": "20s"}
        if settings.endpoint.startswith("http://"):
            options["allow_http"] = True
        if settings.ca:
            options["root_certificate"] = read_file(root / settings.ca)
        given: dict[str, Any] = {"region": settings.region}
        if settings.endpoint:
            given["endpoint"] = settings.endpoint
        if settings.user:
            given |= {"access_key_id": settings.user, "secret_access_key": secret}
        with self._asking():
            self._store = self._library.store.S3Store(
                parts.hostname, prefix=parts.path.strip("/") or None, client_options=options,
                retry_config={"max_retries": _ATTEMPTS, "retry_timeout": timedelta(seconds=settings.seconds)}, **given,
            )  # fmt: skip

    def create(self, name: str, data: bytes) -> bool:
        """Put a file that is not there yet; False where one of this name is."""
        with self._asking(name):
            try:
                self._library.put(self._store, checked(name), data, mode="create")
            except self._library.exceptions.AlreadyExistsError:
                # The answer to an attempt before may have been lost: what is there may be ours.
                return False
            return True

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None where it is not there."""
        return self._fetch(name)[0]

    def update(self, name: str, change: Change) -> None:
        """Put what `change` returns in place of what a file holds."""
        failures = self._library.exceptions
        for _ in range(_ATTEMPTS):
            held, mark = self._fetch(name)
            mode: Any = "create" if mark is None else {"e_tag": mark}
            with self._asking(name):
                try:
                    self._library.put(self._store, name, change(held), mode=mode)
                except (failures.PreconditionError, failures.AlreadyExistsError):
                    continue
                return
        raise OutsideError("others write to it all the time", where=f"{self._where}/{name}")

    def names(self, folder: str = "") -> tuple[str, ...]:
        """Return the names of all files under a folder, in order."""
        with self._asking(folder):
            pages = self._store.list(checked(folder) if folder else None)
            return tuple(sorted(each["path"] for page in pages for each in page))

    def close(self) -> None:
        """Leave nothing open: the library closes its connections itself."""

    def _fetch(self, name: str) -> tuple[bytes | None, str | None]:
        with self._asking(name):
            try:
                found = self._library.get(self._store, checked(name))
            except FileNotFoundError:
                return None, None
            return bytes(found.bytes()), found.meta["e_tag"]

    @contextmanager
    def _asking(self, name: str = "") -> Iterator[None]:
        where = f"{self._where}/{name}" if name else self._where
        failures = self._library.exceptions
        try:
            yield
        except BriefingError:
            raise
        except (failures.PermissionDeniedError, failures.UnauthenticatedError) as error:
            hint = "Check `user` and the secret, the rights of both, and this machine's clock."
            raise UsageError(first_words(error), where=where, hint=hint) from error
        except (failures.UnknownConfigurationKeyError, failures.InvalidPathError) as error:
            raise UsageError(first_words(error), where=where, hint="Correct the address.") from error
        except (OSError, failures.BaseError) as error:
            raise OutsideError(first_words(error), where=where, hint="Try again.") from error
