"""The engine's database: one SQLite file in the workspace, or PostgreSQL for many machines.

Place in the pipeline: engine, below the ledger. In: the address that briefing.toml gives; out: connections, and what is
wrong with the file. A SQLite file is looked over when it is opened: SQLite finds broken pages
(https://www.sqlite.org/pragma.html#pragma_integrity_check), and a sum that the last process left behind finds what it
cannot see. PostgreSQL looks after itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from .errors import OutsideError
from .operation import Operation

FILE = "engine.sqlite"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""What SQLite says of a file that is broken; everything else is said of where it lies."""
_MILLISECONDS = (3, 42)
"""The first version of SQLite that tells the time so finely; DBOS asks it for that under Python 3.12 and later."""
_PATIENCE = 30
"""Seconds to wait for another process's transaction."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is: a file, or a URL of PostgreSQL with the schema that holds our tables."""

    file: Path | None = None
    url: str = ""
    schema: str = ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.file) if self.file else self.url

    @property
    def dbos(self) -> str:
        """The URL as DBOS takes it."""
        return f"sqlite:///{self.file}" if self.file else self.url

    @property
    def backup(self) -> Path | None:
        """The copy of the file that every turn leaves."""
        return self.file.with_name(f"{self.file.name}.backup") if self.file else None


def address_of(state: Path, operation: Operation) -> Address:
    """Return where the database is: in the workspace's folder for its state, or where `[engine]` says."""
    if operation.database:
        return Address(None, operation.database, operation.schema)
    return Address(state / FILE)


def connect(address: Address) -> sa.Engine:
    """Return an engine for our tables; OutsideError where the database cannot be had."""
    if address.file is None:
        url = sa.make_url(address.url).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _PATIENCE})
        return engine.execution_options(schema_translate_map={None: address.schema})
    engine = sa.create_engine(f"sqlite:///{address.file}", connect_args={"timeout": _PATIENCE})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


@sa.event.listens_for(sa.Engine, "connect")
def _lend_clock(connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
    """Tell an older SQLite the time: systems of some years' age have it beside a new Python."""
    if isinstance(connection, sqlite3.Connection) and sqlite3.sqlite_version_info < _MILLISECONDS:
        connection.create_function("unixepoch", -1, lambda *_: time.time())


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
    # Transactions are begun by us: Python's module begins none before a SELECT.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: sa.Connection) -> None:
    # A reader that becomes a writer later could find that somebody else wrote meanwhile, and fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def outside(address: Address) -> Iterator[None]:
    """Turn the database's errors into ours."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise OutsideError(cause, where=address.name, hint=_cure(address, cause)) from error


def _cure(address: Address, cause: str) -> str:
    if "full" in cause:
        return "Free space, then run the command again; nothing that was decided is lost."
    if address.file:
        return "See that the folder is there and may be written, then run the command again."
    return "See that the server is up and lets this user in (PGPASSWORD or ~/.pgpass), then run the command again."


# --- the file, whole or not -------------------------------------------------------------------------


@contextmanager
def opened(address: Address) -> Iterator[None]:
    """Hold the database open for this process; OutsideError, with the command that cures it, where its file is damaged.

    The first process to open the file looks it over, and the last one to close it leaves its sum beside it.
    """
    if address.file is None:
        yield
        return
    with _guarded(address.file) as guard:
        if _alone(guard):
            _look_over(address, address.file)
            _sum_file(address.file).unlink(missing_ok=True)
        fcntl.flock(guard, fcntl.LOCK_SH)
        try:
            yield
        finally:
            if _alone(guard):
                _settle(address.file)


@contextmanager
def _guarded(file: Path) -> Iterator[int]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        guard = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        hint = "Give yourself the right to write in the workspace: chown -R $(id -un) ."
        raise OutsideError(f"cannot write: {error.strerror}", where=str(file), hint=hint) from error
    try:
        yield guard
    finally:
        os.close(guard)


def _alone(guard: int) -> bool:
    """Whether no other process has the database open; it is locked against others then."""
    with suppress(BlockingIOError):
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _look_over(address: Address, file: Path) -> None:
    if not file.exists() or _never_written(address, file):
        return
    found = _damage(file)
    if found:
        backup = address.backup
        restore = f"cp {backup} {file} && rm -f {file}-wal {file}-shm {_sum_file(file)}"
        forget = f"mv {file} {file}.damaged"
        cure = (
            f"Restore the copy that the last turn left: {restore}"
            if backup and backup.exists() and not _damage(backup)
            else "There is no copy beside it: restore one of your own. Starting anew forgets what was sent to whom, "
            f"and the newest editions go out again to lists with a cadence: {forget}"
        )
        raise OutsideError(f"the state database is damaged: {found}", where=str(file), hint=cure)


def _never_written(address: Address, file: Path) -> bool:
    """Return whether a file was made and nothing came into it: the disk was full, or a kill came in that moment."""
    beside = (file, _sum_file(file), file.with_name(f"{file.name}-wal"), address.backup)
    return not any(each.stat().st_size for each in beside if each and each.exists())


def _damage(file: Path) -> str:
    """Return what is wrong with a SQLite file, "" where nothing is found; OutsideError where it cannot be read."""
    if not file.stat().st_size:
        return "it is empty"
    kept = _sum_file(file)
    # The sum is there only if the last process closed in order; then nothing may have touched the file since.
    if kept.exists() and kept.read_text("ascii", "replace").strip() != _sum(file):
        return "its bytes are not those that the last process left"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=_PATIENCE)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            # A full disk, or rights: the file is sound, and whoever put it away would lose what was sent to whom.
            hint = "Free space on its disk, and see that it may be written there. Nothing is lost: leave the file."
            raise OutsideError(f"the state database cannot be used: {error}", where=str(file), hint=hint) from error
        return str(error)
    return "" if found == ["ok"] else "; ".join(" ".join(line.split()) for line in found)


def _settle(file: Path) -> None:
    """Write everything into the file itself, and its sum beside it."""
    with suppress(sqlite3.Error, OSError):
        with closing(sqlite3.connect(file, timeout=_PATIENCE)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not file.with_name(f"{file.name}-wal").exists():
            part = file.with_name(f"{file.name}.sum.part")
            part.write_text(_sum(file) + "\n", "ascii")
            part.replace(_sum_file(file))


def back_up(address: Address) -> None:
    """Leave a whole copy of the file beside it, as it stands between two transactions."""
    if address.file is None or address.backup is None or not address.file.exists():
        return
    part = address.backup.with_name(f"{address.backup.name}.part")
    with suppress(sqlite3.Error, OSError):
        part.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(address.file, timeout=_PATIENCE)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        part.replace(address.backup)


def _sum_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.sum")


def _sum(file: Path) -> str:
    with file.open("rb") as opened_:
        return hashlib.file_digest(opened_, "sha256").hexdigest()
