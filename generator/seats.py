"""Seats: a name for each process of the engine that nobody else has while it lives, and that is free when it is dead.

Place in the pipeline: engine. A seat is a lock that dies with its process: the kernel's on one machine
(flock), an advisory lock of the session with PostgreSQL
(https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS). No clock is asked who is alive, so no clock
that jumps can take the work from a process that is at it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from .errors import OutsideError

_MOST = 1000


class Seats:
    """The seats of one database: `folder` holds their locks with SQLite, `engine` is PostgreSQL's else."""

    def __init__(self, folder: Path, engine: sa.Engine | None) -> None:
        """Take none yet."""
        self._folder, self._engine = folder, engine

    @contextmanager
    def take(self) -> Iterator[str]:
        """Hold the first free seat of this machine, and return its name: the same again after a restart."""
        machine = "".join(letter for letter in platform.node().lower() if letter.isalnum() or letter in "-.") or "local"
        for number in range(1, _MOST):
            name = f"{machine}-{number}"
            with self.hold(name) as held:
                if held:
                    yield name
                    return
        raise OutsideError(f"{_MOST} processes are at work on this machine", hint="End some.")

    def free(self, name: str) -> bool:
        """Whether nobody who lives has the seat."""
        with self.hold(name) as held:
            return held

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold a seat if nobody else does, and yield whether it is ours."""
        with self._hold_file(name) if self._engine is None else self._hold_session(self._engine, name) as held:
            yield held

    @contextmanager
    def _hold_file(self, name: str) -> Iterator[bool]:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(file)

    @contextmanager
    def _hold_session(self, engine: sa.Engine, name: str) -> Iterator[bool]:
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
            held = bool(session.scalar(sa.select(sa.func.pg_try_advisory_lock(key))))
            try:
                yield held
            finally:
                if held:
                    session.execute(sa.select(sa.func.pg_advisory_unlock(key)))
