"""Bulk tables: five million rows reduced through a connector, and by a bare DuckDB query of the same.

Both run in a process that has imported the library, as a refresh of many series does. The bare query opens its database
and closes it; the connector's side holds the fork of the limited child, which finds an empty database opened by its
server, its settings, checks and answer. The same query over a connection that stays open is told beside it, without a
limit: that is the least that the library takes. The child's peak memory is told too.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from generator.answers import Answer
from generator.connectors.base import Query, Reading, read_connection
from generator.connectors.file import CONNECTOR
from generator.reading import Findings, read_toml
from generator.sandbox import Child, Limits

ROWS = 5_000_000
LIMIT = 1.2
MEGABYTES = 1024
"""What the child may take: the files hold several times as much when unpacked."""
SIDECAR = """
[connector]
name = "file"
source = "STATS"
path = "bulk.{ending}"
period = "period"
value = "value"
where = {{ country = "C042", flow = "X" }}
combine = "sum"
"""
MADE = f"""
    SELECT 'A' AS freq, 'C' || lpad((i % 200)::VARCHAR, 3, '0') AS country,
        'P' || lpad(((i // 200) % 100)::VARCHAR, 3, '0') AS product, CASE WHEN i % 2 = 0 THEN 'X' ELSE 'M' END AS flow,
        (1990 + (i // 20000) % 35)::VARCHAR AS period, round(hash(i) % 100000000 / 100, 2) AS value,
        'A' AS status, 'remark ' || i AS remark
    FROM range({ROWS}) AS made(i)
"""
TYPES = dict.fromkeys(("freq", "country", "product", "flow", "period", "value", "status", "remark"), "VARCHAR")


def bare(path: Path) -> list[tuple[str, str]]:
    """Return the sums by a bare query of the same, with as many threads."""
    with duckdb.connect() as connection:
        return asked(connection, path)


def asked(connection: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    """Return the sums by a query over an open connection."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    source = f"read_csv('{path}', header = true, auto_detect = false, columns = {{{columns}}})" if path.suffix == ".csv" \
        else f"read_parquet('{path}')"  # fmt: skip
    return connection.execute(
        f"SELECT period, CAST(sum(CAST(value AS DECIMAL(38, 12))) AS VARCHAR) FROM {source} "
        "WHERE country = 'C042' AND flow = 'X' GROUP BY period ORDER BY period"
    ).fetchall()


def peak(name: str, query: Query, answers: tuple[Answer, ...]) -> int:
    """Read, and return the peak memory of the process in megabytes; it runs in the child."""
    from generator.connectors.base import read_answers

    read_answers(name, query, answers)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def reduced(
    folder: Path, rounds: int, measure: Callable[..., dict[str, float]]
) -> Iterator[tuple[str, float, float, float | None]]:
    """Yield what was measured of each format, ours and theirs in seconds, and the limit of their ratio."""
    limits = Limits(seconds=300, megabytes=MEGABYTES)
    preload = ("generator.connectors.base", "tempfile", "generator.connectors.file", *CONNECTOR.modules)
    with Child(preload, state=folder / "state", limits=limits) as child, duckdb.connect() as kept:
        for ending, times in (("csv", 1), ("parquet", 5)):
            path = folder / f"bulk.{ending}"
            with duckdb.connect() as connection:
                connection.execute(f"COPY ({MADE}) TO '{path}'")
            query, answers = _query(ending), (Answer(path.name, path.name, path, "", path.stat().st_size),)

            def ours(query: Query = query, answers: tuple[Answer, ...] = answers) -> Reading:
                found: Reading = child.run("generator.connectors.base:read_answers", "file", query, answers)
                return found

            def theirs(path: Path = path) -> list[tuple[str, str]]:
                return bare(path)

            def least(path: Path = path) -> list[tuple[str, str]]:
                return asked(kept, path)

            same = {row.period.text: row.value for row in ours().observations}
            if same != {period: Decimal(total) for period, total in theirs()}:
                raise RuntimeError("the connector and the bare query do not say the same")
            # A short query is measured more often, so that its median says something.
            seconds = measure(rounds * times, ours=ours, theirs=theirs, least=least)
            memory = child.run("tests.bulk:peak", "file", query, answers)
            size = f"{path.stat().st_size >> 20} MB of {ending}, {memory} MB of memory"
            yield f"{ROWS:,} rows, {size}: connector / bare DuckDB query", seconds["ours"], seconds["theirs"], LIMIT
            yield (
                f"the same {ending}: connector / over a connection that stays open",
                seconds["ours"],
                seconds["least"],
                None,
            )


def _query(ending: str) -> Query:
    table = read_toml(SIDECAR.format(ending=ending), "bulk.toml", Findings())
    assert table
    connection = read_connection(table.table("connector"), sources=["STATS"], bases=[])
    assert connection
    return Query("bulk", "USD", connection, "", date(2026, 11, 22))
