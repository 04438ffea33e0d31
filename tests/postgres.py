"""A PostgreSQL server of the tests' own: its data in a temporary folder, its own port, ended by its process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "postgres"
"""Whom the server runs as where we are root: it refuses to run as that."""


@contextmanager
def server() -> Iterator[str]:
    """Run a server and give the URL of it, without a database."""
    # A folder of pytest's own is closed to every other user.
    folder = tempfile.mkdtemp(prefix="briefing-postgres-")
    try:
        with _server(Path(folder)) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    data = folder / "data"
    as_user = {"user": USER, "group": pwd.getpwnam(USER).pw_gid} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, USER)
    command = [programs / "initdb", "-D", data, "-A", "trust", "-U", "briefing", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, cwd="/", **as_user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"port={port}", f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", "max_connections=200"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(part for option in options for part in ("-c", option))],
            stdout=log, stderr=log, cwd="/", **as_user,
        )  # fmt: skip
        try:
            address = f"postgresql://briefing@127.0.0.1:{port}"
            _wait(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            psycopg.connect(f"{address}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def database(address: str, name: str) -> str:
    """Make a database, and return its URL."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{address}/{name}"
