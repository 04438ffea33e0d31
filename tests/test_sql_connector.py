"""SQL databases: files of the workspace, and a PostgreSQL server that the test starts."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tables_made import duck, sqlite
from test_connectors import example, stored
from wired import LOANS, outside, run, wire

from generator.refresh import Renewal

BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql/none"))


def ask(project: Path, database: str, query: str = "SELECT year AS period, loans AS value FROM loans", more: str = "",
        **keys: str) -> Renewal:  # fmt: skip
    """Refresh the loans from a database."""
    connector = f'\n[connector]\nname = "sql"\nsource = "STATS"\ndatabase = "{database}"\nquery = """{query}"""\n{more}'
    wire(project, connector=connector)
    (project / f"{LOANS}.csv").unlink()
    (renewal,) = run(project, world=outside(project, **keys))
    return renewal


SUMS = "SELECT year AS period, sum(loans) AS value FROM loans WHERE branch = 'MAIN' GROUP BY year ORDER BY year"


@pytest.mark.parametrize(("make", "name"), [(sqlite, "sqlite"), (duck, "duckdb")])
def test_a_file_is_asked(project: Path, make: object, name: str) -> None:
    make(project / f"data/sources/library.{name}")  # type: ignore[operator]

    ask(project, f"{name}:///data/sources/library.{name}", SUMS)

    assert stored(project) == {"2021": "25500", "2023": "41250"}


NUMBERS = """-- numbers of every kind
SELECT 2021.0 AS period, 1e20 AS value UNION ALL SELECT 2022, 0.0000001 UNION ALL SELECT 2023, 9007199254740993
UNION ALL SELECT 2024, -0.5"""
READ = {"2021": "100000000000000000000", "2022": "0.0000001", "2023": "9007199254740993", "2024": "-0.5"}


def test_numbers_of_a_file_are_numbers_however_others_write_them(project: Path) -> None:
    sqlite(project / "data/sources/library.sqlite")

    ask(project, "sqlite:///data/sources/library.sqlite", NUMBERS, 'decimal = ","\nthousands = "."\n')

    assert stored(project) == READ


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    ["WITH x AS (SELECT 1) INSERT INTO loans VALUES (1, 'a', 2)", "SELECT 1 AS period, 2 AS value; DROP TABLE loans",
     "SELECT load_extension('x') AS period, 1 AS value", "SELECT readfile('/etc/hostname') AS period, 1 AS value",
     "SELECT * FROM pragma_database_list", "WITH x AS (SELECT 1) DELETE FROM loans"],
)  # fmt: skip
def test_sqlite_reads_and_does_nothing_else(project: Path, query: str) -> None:
    path = sqlite(project / "data/sources/library.sqlite")
    before = path.read_bytes()

    renewal = ask(project, "sqlite:///data/sources/library.sqlite", query)

    assert renewal.exit_code == 3
    assert "SQLite says: " in renewal.error
    assert path.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM '/etc/passwd'",
     "WITH x AS (SELECT 1) INSERT INTO loans VALUES (1, 'a', 2)", "SELECT 1; COPY loans TO '/tmp/pwned'",
     "SELECT 1; SET enable_external_access = true", "SELECT 1; ATTACH '/tmp/pwned.duckdb'", "SELECT 1; INSTALL httpfs"],
)  # fmt: skip
def test_duckdb_reads_its_file_and_nothing_else(project: Path, query: str) -> None:
    path = duck(project / "data/sources/library.duckdb")
    before = path.read_bytes()

    renewal = ask(project, "duckdb:///data/sources/library.duckdb", query)

    assert renewal.exit_code == 3
    assert path.read_bytes() == before
    assert not list(Path("/tmp").glob("pwned*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "said"),
    [("SELECT year, loans FROM loans", "the query's columns are year, loans; expected period and value"),
     ("SELECT year AS period, loans AS value, branch FROM loans", "expected period and value"),
     ("SELECT yaer AS period, loans AS value FROM loans", "no such column: yaer"),
     ("SELECT year AS period, 1 AS value, loans AS value FROM loans", "the query has a column twice: period, value, value"),
     ("SELECT 2021 AS period, 9e999 AS value", "'Infinity' is no number"),
     ("SELECT 2021 AS period, 1e40 AS value", "'1E+40' is out of range"),
     ("SELECT 1e40 AS period, 1 AS value", f"'1{'0' * 39}"),
     ("SELECT 'soon' AS period, 1 AS value", "'soon' is no period"), ("SELECT 2021 AS period, 'x' AS value", "'x' is no number")],
)  # fmt: skip
def test_a_query_that_gives_something_else_is_told(project: Path, query: str, said: str) -> None:
    sqlite(project / "data/sources/library.sqlite")

    assert said in ask(project, "sqlite:///data/sources/library.sqlite", query).error


@pytest.mark.parametrize(
    "database",
    ["sqlite:///../x.sqlite/../y", "mysql://host/db", "postgresql://user:word@host/db", "postgresql://host", "library.sqlite"],
)
def test_a_database_that_is_none_is_told_by_check(project: Path, database: str) -> None:
    renewal = ask(project, database)

    assert renewal.exit_code in (1, 3)
    assert "without a password" in f"{renewal.findings}" or "No such file" in renewal.error


def test_a_query_that_writes_is_refused_before_it_is_asked(project: Path) -> None:
    renewal = ask(project, "sqlite:///data/sources/library.sqlite", "DELETE FROM loans")

    assert "expected one SELECT" in f"{renewal.findings[0]}"


def test_a_file_that_is_no_database_is_named(project: Path) -> None:
    (project / "data/sources/library.sqlite").write_text("<html>502</html>")

    assert "an HTML page, where a SQLite database was expected" in ask(project, "sqlite:///data/sources/library.sqlite").error


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def _as_postgres() -> dict[str, object]:
    """Return how to start a process that is not root's: the server refuses to be."""
    return {"user": pwd.getpwnam("postgres").pw_uid, "group": pwd.getpwnam("postgres").pw_gid} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server with a reader's account and return `host:port`."""
    folder = tmp_path_factory.mktemp("postgres")
    for path in (folder, *folder.parents):
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(0o755)
    cluster = folder / "cluster"
    cluster.mkdir()
    as_postgres = _as_postgres()
    if as_postgres:
        shutil.chown(cluster, "postgres", "postgres")
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()

    def command(*arguments: str) -> None:
        subprocess.run(
            [str(BINARIES / arguments[0]), *arguments[1:]], check=True, capture_output=True, cwd=folder, env={"LC_ALL": "C"},
            **as_postgres,  # type: ignore[call-overload]
        )  # fmt: skip

    word = folder / "word"
    word.write_text("founder")
    word.chmod(0o644)
    command("initdb", "-D", str(cluster), "-U", "founder", "-A", "scram-sha-256", "--pwfile", str(word), "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={folder} -c fsync=off"
    command("pg_ctl", "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        import pg8000.native

        with pg8000.native.Connection("founder", host="127.0.0.1", port=port, password="founder", database="postgres") as made:
            made.run("CREATE TABLE loans (year int, branch text, loans numeric, known timestamptz)")
            made.run("INSERT INTO loans VALUES (2021,'MAIN',10000.5,now()),(2021,'MAIN',15499.5,now()),(2023,'MAIN',41250,now())")
            made.run("CREATE ROLE reader LOGIN PASSWORD 's3cret'")
            made.run("GRANT ALL ON loans TO reader")
        yield f"127.0.0.1:{port}"
    finally:
        command("pg_ctl", "-D", str(cluster), "-m", "immediate", "stop")


def name_private(project: Path, host: str, seconds: int = 20) -> None:
    settings = project / "briefing.toml"
    settings.write_text(f'{settings.read_text()}\n[network]\nseconds = {seconds}\nprivate = ["{host}"]\n')


PASSWORD = {"BRIEFING_KEY_LIBRARY": "s3cret"}


def asked(project: Path, server: str, query: str = SUMS, **keys: str) -> Renewal:
    return ask(project, f"postgresql://reader@{server}/postgres", query, 'secret = "LIBRARY"\n', **(keys or PASSWORD))


def test_a_server_is_asked(project: Path, server: str) -> None:
    name_private(project, server)

    renewal = asked(project, server)

    assert stored(project) == {"2021": "25500", "2023": "41250"}
    assert renewal.origin
    assert renewal.origin.answers[0][0] == f"postgresql://reader@{server}/postgres"
    assert not any(b"s3cret" in path.read_bytes() for path in project.rglob("*") if path.is_file())


def test_numbers_of_a_server_are_numbers(project: Path, server: str) -> None:
    name_private(project, server)

    asked(project, server, NUMBERS)

    assert stored(project) == READ


def test_a_column_that_a_server_gives_twice_is_told(project: Path, server: str) -> None:
    name_private(project, server)

    renewal = asked(project, server, "SELECT a.year AS period, a.loans AS value, b.loans AS value FROM loans a, loans b")

    assert "the query has a column twice: period, value, value" in renewal.error


def test_the_server_of_the_docs_is_one(project: Path, server: str) -> None:
    connector = example("sql", 1).replace("db.example.org:5432/library", f"{server}/postgres")
    connector = connector.replace("FROM loans", "FROM loans WHERE loans > 20000")
    name_private(project, server)
    wire(project, connector=connector)
    (project / f"{LOANS}.csv").unlink()

    run(project, world=outside(project, **PASSWORD))

    assert "2023,41250,loan,,STATS,estimated" in (project / f"{LOANS}.csv").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    ["WITH x AS (DELETE FROM loans RETURNING *) SELECT 1 AS period, 2 AS value",
     "SELECT set_config('transaction_read_only', 'off', false) AS period, 1 AS value",
     "SELECT 1 AS period, 2 AS value) AS a; DROP TABLE loans; --",
     "SELECT pg_read_file('/etc/hostname') AS period, 1 AS value"],
)  # fmt: skip
def test_a_server_is_read_and_nothing_else(project: Path, server: str, query: str) -> None:
    name_private(project, server)

    renewal = asked(project, server, query)

    assert renewal.exit_code == 3
    assert "PostgreSQL says: " in renewal.error
    (project / f"{LOANS}.toml").write_text((project / f"{LOANS}.toml").read_text().partition("\n[connector]")[0])
    (project / f"{LOANS}.csv").write_text("period,value,unit,basis,source,status,note\n2021,1,loan,,STATS,,\n")
    asked(project, server)
    assert stored(project) == {"2021": "25500", "2023": "41250"}


def test_a_query_that_takes_too_long_ends_at_the_deadline(project: Path, server: str) -> None:
    name_private(project, server, seconds=1)

    renewal = asked(project, server, "SELECT pg_sleep(60) AS period, 1 AS value")

    assert "statement timeout" in renewal.error or "timed out" in renewal.error


def test_a_wrong_password_is_told_and_not_shown(project: Path, server: str) -> None:
    name_private(project, server)

    renewal = asked(project, server, BRIEFING_KEY_LIBRARY="wr0ng")

    assert "password authentication failed" in renewal.error
    assert "wr0ng" not in renewal.error


def test_a_server_that_is_not_named_is_not_spoken_to(project: Path, server: str) -> None:
    renewal = asked(project, server)

    assert renewal.exit_code == 1
    assert f"{server} is no public address" in renewal.error


def test_a_server_that_is_away_is_told(project: Path) -> None:
    port = _free_port()
    name_private(project, f"127.0.0.1:{port}")

    renewal = asked(project, f"127.0.0.1:{port}")

    assert (renewal.exit_code, "no connection" in renewal.error) == (3, True)
