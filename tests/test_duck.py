"""DuckDB as the connectors let it be: prepared before the fork, and shown one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from generator.connectors import duck
from generator.errors import OutsideError
from generator.sandbox import Child, Limits

SETTINGS = ("threads", "enable_external_access", "allowed_paths", "lock_configuration")


@pytest.fixture
def prepared() -> Iterator[None]:
    """Prepare as the server of a child does."""
    duck.preload()
    yield
    duck._ready.clear()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two tables."""
    found = tmp_path / "one.csv", tmp_path / "other.csv"
    for path in found:
        path.write_text(f"name\n{path.stem}\n", "utf-8")
    return found


@pytest.mark.usefixtures("prepared")
def test_a_prepared_database_sees_one_file_like_any_other(files: tuple[Path, Path]) -> None:
    one, other = files
    ask = "SELECT value::VARCHAR FROM duckdb_settings() WHERE name IN (SELECT unnest(?)) ORDER BY name"

    with duck.opened(one) as first:
        of_prepared = first.execute(ask, [SETTINGS]).fetchall()
        assert first.execute(f"SELECT name FROM read_csv('{one}')").fetchall() == [("one",)]
        with pytest.raises(duckdb.PermissionException):
            first.execute(f"FROM read_csv('{other}')")
    with duck.opened(one) as second:
        of_opened = second.execute(ask, [SETTINGS]).fetchall()

    assert not duck._ready, "it is taken once"
    assert of_prepared == of_opened, "what was prepared is as closed as what was not"


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(
    "change", ["SET enable_external_access = true", "SET allowed_paths = ['/']", "SET threads = 1", "LOAD httpfs"]
)
def test_a_prepared_database_cannot_be_opened_further(files: tuple[Path, Path], change: str) -> None:
    with (
        pytest.raises(OutsideError, match=r"configuration has been locked|disabled|[Pp]ermission"),
        duck.opened(files[0]) as found,
    ):
        found.execute(change)


@pytest.mark.usefixtures("prepared")
def test_a_second_table_of_one_job_is_another_one(files: tuple[Path, Path]) -> None:
    for path in files:
        with duck.opened(path) as found:
            assert found.execute(f"SELECT name FROM read_csv('{path}')").fetchall() == [(path.stem,)]


def test_the_server_of_a_child_has_no_thread_when_it_forks(tmp_path: Path) -> None:
    with Child(("generator.connectors.duck",), state=tmp_path, limits=Limits()) as child:
        child.run("builtins:len", "wait until it is there")
        threads = list(Path(f"/proc/{child.pid}/task").iterdir())

        assert len(threads) == 1, "threads are lost in a fork, with the locks they hold"
