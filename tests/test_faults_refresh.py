"""FAULTS.csv, area data: a publisher that misbehaves (C22), a table larger than memory (C12), evidence after a refresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from publisher import Publisher, Reply, bomb, data, drip, fail, hang, lie, redirect, reset
from wired import CONNECTOR, INDICATOR, LOANS, STORED, TODAY, files, run, wire, worldbank

from generator.answers import Answer
from generator.connectors.base import Query, read_connection
from generator.fetching import Allowance, Fetcher
from generator.inquiry import World
from generator.knowledge import learn
from generator.network import Gate
from generator.reading import Findings, read_toml
from generator.sandbox import Child, Limits
from generator.workspace import Workspace

NEW = worldbank({**STORED, "2025": 45000})


def world(project: Path, publisher: Publisher, seconds: float = 30) -> World:
    """Return a world that does not wait between attempts."""
    gate = Gate(frozenset({publisher.host}))
    fetcher = Fetcher(project / ".briefing", gate, Allowance(seconds=seconds, megabytes=8, attempts=2), sleep=lambda _: None)
    return World(fetcher, TODAY, {})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("misbehave", "said", "seconds"),
    [
        (lambda: [fail(500, b"oops")], "HTTP 500: oops (attempt 2 of 2)", 30),
        (lambda: [fail(429, b"slow down", Retry_After="99")], "HTTP 429: slow down", 30),
        (lambda: [hang()], "the time was up while waiting", 0.6),
        (lambda: [drip(NEW, 0.02)], "the time was up while waiting", 0.6),
        (lambda: [reset(NEW[:50], len(NEW))], "the connection broke", 30),
        (lambda: [lie(NEW[:50], len(NEW))], "the connection broke", 30),
        (lambda: [bomb(64)], "body over 8 MiB", 30),
        (lambda: [redirect("http://127.0.0.1:1/secret")], "is no public address", 30),
        (lambda: [data(NEW.replace(b'"value"', b'"amount"'))], "another form than the World Bank's", 30),
        (lambda: [data(worldbank({"2025": 1}, page=n, pages=150, total=150)) for n in range(1, 4)], "pages 1, 2, 3, 3", 30),
    ],
    ids=["500", "429", "hang", "drip", "reset", "short", "bomb", "redirect", "schema", "endless pages"],
)
def test_c22_a_publisher_that_misbehaves_is_named_and_changes_nothing(
    project: Path, publisher: Publisher, misbehave: Callable[[], list[Reply]], said: str, seconds: float
) -> None:
    publisher.on(INDICATOR, *misbehave())
    wire(project, publisher)
    before = files(project)

    (renewal,) = run(project, world=world(project, publisher, seconds))

    assert publisher.asked, "the fault did not fire"
    assert renewal.state == "failed"
    assert renewal.exit_code in (1, 3)
    assert said in renewal.error
    assert files(project) == before


def test_c22_old_data_with_a_good_status_are_refused(project: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, data(NEW))
    wire(project, publisher)
    run(project)
    before = files(project)
    publisher.on(INDICATOR, data(worldbank(STORED, updated="2025-01-01")))

    (renewal,) = run(project)

    assert renewal.exit_code == 3
    assert [finding.rule for finding in renewal.findings] == ["refresh.stale"]
    assert files(project) == before


def test_c22_what_passes_is_tried_again(project: Path, publisher: Publisher) -> None:
    publisher.on(INDICATOR, fail(503), data(NEW))

    (renewal,) = run(wire(project, publisher), world=world(project, publisher))

    assert renewal.state == "changed"
    assert len(publisher.asked) == 2


@pytest.mark.slow
def test_c12_a_table_larger_than_the_memory_it_may_take_is_reduced(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    with duckdb.connect() as connection:
        made = "SELECT 2000 + i % 20 AS period, i % 7 AS value, repeat('x', 200) AS filler FROM range(3000000) AS made(i)"
        connection.execute(f"COPY ({made}) TO '{path}'")
    size = path.stat().st_size >> 20
    sidecar = '[connector]\nname = "file"\nsource = "S"\npath = "loans.csv"\ncombine = "sum"\n'
    table = read_toml(sidecar, "loans.toml", Findings())
    assert table
    connection_ = read_connection(table.table("connector"), sources=["S"], bases=[])
    assert connection_
    query = Query("loans", "loan", connection_, "", date(2026, 11, 22))

    with Child(("generator.connectors.duck",), state=tmp_path / "state", limits=Limits(megabytes=1024)) as child:
        memory = child.run("tests.bulk:peak", "file", query, (Answer("x", "x", path, "", 0),))
        reading = child.run("generator.connectors.base:read_answers", "file", query, (Answer("x", "x", path, "", 0),))

    assert sum(row.value for row in reading.observations) == sum(number % 7 for number in range(3_000_000))
    assert size > 500
    assert memory < 200, f"{memory} MB for a table of {size} MB"


# --- evidence -----------------------------------------------------------------------------------------------------


def test_a_press_fact_is_compared_with_the_official_value_that_was_fetched(project: Path, publisher: Publisher) -> None:
    readers = CONNECTOR.replace("LIB.LOANS", "LIB.READERS") + 'basis = "press"\n'
    answer = worldbank({"2024": 15000}).replace(b"LIB.LOANS", b"LIB.READERS")
    publisher.on(INDICATOR.replace("LOANS", "READERS"), data(answer))
    wire(project, publisher, readers, stem="data/library/series/readers")
    before = learn(Workspace(project), ["library"], today=TODAY)

    run(project)

    after = learn(Workspace(project), ["library"], today=TODAY)
    official = [
        candidate
        for conflict in after.conflicts["library"]
        for candidate in conflict.candidates
        if candidate.series == "readers" and candidate.basis == "press"
    ]
    assert [str(candidate.amount) for candidate in official] == ["15000"]
    assert not any(each.series == "readers" and each.basis == "press"
                   for conflict in before.conflicts["library"] for each in conflict.candidates)  # fmt: skip
    assert LOANS
