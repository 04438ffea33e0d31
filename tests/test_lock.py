"""The lock: one line a fact, the same bytes for the same checks, and nothing believed that is not whole."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from generator.lock import Lock, lock_dates, read_lock, statement_sum, write_lock
from generator.model import Checked, Fact
from generator.periods import parse_period

SUM = "a" * 64
FACT = Fact("b.x", "m", "e", parse_period("2022"), Decimal("5.08"), "USD", "billion", source="S", anchor="5.08 billion")
OTHER = replace(FACT, id="a.x")


def test_a_lock_is_read_as_it_was_written() -> None:
    data = write_lock([Checked("b.x", "now", "2026-11-22", SUM)], [FACT])

    (entry,) = read_lock(data).entries.values()

    assert (entry.on, entry.document, entry.statement) == ("2026-11-22", SUM, statement_sum(FACT))
    assert tomllib.loads(data.decode())["b.x"]["on"] == date(2026, 11, 22)


ROW = f'"b.x" = {{ on = 2026-11-22, document = "{SUM}", statement = "{SUM}" }}\n'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", ROW, ROW * 2, ROW + b"\n" + ROW.replace(b"b.x", b"c"), ROW.replace(b"\n", b"\r\n"), ROW.rstrip(), ROW.replace(b"11-22", b"11-31"),
        ROW.replace(b"11-22", b"1-22"), ROW.replace(b"b.x", b""), ROW.replace(b"b.x", b"b\xff"), ROW.replace(b"b.x", "й 中".encode()),
        ROW.replace(b"b.x", b"b\\u0041"), ROW.replace(b"b.x", b"b\x00"), ROW.replace(b"b.x", "b\u2028".encode()), ROW.replace(b"b.x", "b\x85".encode()),
        ROW.replace(b"aa", b"AA"), ROW.replace(b"}", b"} # x"), ROW.replace(b"}", b", more = 1 }"), ROW.replace(b"\n", b"\x0c"), ROW + b"x = 1\n",
        ROW.replace(b"2026", "２０２６".encode()), b"\xef\xbb\xbf" + ROW,
    ],
)  # fmt: skip
def test_a_lock_as_it_is_written_is_read_as_toml_is(data: bytes) -> None:
    # With a comment of somebody's it is not as it is written.
    mine, read = read_lock(b"# mine\n" + data), read_lock(data)

    assert (read.entries, len(read.findings)) == (mine.entries, len(mine.findings))


def test_a_lock_has_one_sorted_line_a_fact() -> None:
    checked = [Checked(id_, "now", "2026-11-22", SUM) for id_ in ("b.x", "a.x")]

    lines = write_lock(checked, [FACT, OTHER]).decode().splitlines()

    assert [line[:6] for line in lines] == ["# Writ", '"a.x" ', '"b.x" ']
    assert write_lock(reversed(checked), [OTHER, FACT]) == write_lock(checked, [FACT, OTHER])


def test_an_id_that_stands_twice_is_locked_once() -> None:
    twice = [Checked("b.x", "now", "2026-11-22", SUM), Checked("b.x", "now", "2026-11-23", SUM)]

    assert [entry.on for entry in read_lock(write_lock(twice, [FACT])).entries.values()] == ["2026-11-23"]


def test_only_facts_that_were_checked_against_a_document_are_locked() -> None:
    checked = [Checked("b.x", "unchecked"), Checked("a.x", "derived"), Checked("gone", "now", "2026-11-22", SUM)]

    assert read_lock(write_lock(checked, [FACT, OTHER])).entries == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"anchor": "5.09 billion"}, {"value": Decimal("5.09")}, {"scale": "million"}, {"unit": "EUR"},
        {"qualifier": "about"}, {"period": parse_period("2021")},
    ],
)  # fmt: skip
def test_each_part_of_a_statement_changes_its_sum(changed: dict[str, object]) -> None:
    assert statement_sum(replace(FACT, **changed)) != statement_sum(FACT)  # type: ignore[arg-type]


def test_a_note_is_no_part_of_the_statement() -> None:
    assert statement_sum(replace(FACT, note="other", reason="other")) == statement_sum(FACT)


def test_no_file_is_an_empty_lock() -> None:
    assert read_lock(b"") == Lock()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe", "not readable"),
        (b"a = = b", "not readable"),
        (b"<<<<<<< HEAD\n", "not readable"),
        (b'"b.x" = 5\n', "'b.x' is no record of a check"),
        (b'"b.x" = { on = "2026-11-22", document = "a", statement = "b" }\n', "'b.x' is no record"),
        (f'"b.x" = {{ on = 2026-11-22, document = "{SUM}" }}\n'.encode(), "'b.x' is no record"),
        (f'"b.x" = {{ on = 2026-11-22, document = "{SUM}", statement = "short" }}\n'.encode(), "'b.x' is no record"),
        (f'"b.x" = {{ on = 2026-11-22T00:00:00, document = "{SUM}", statement = "{SUM}" }}\n'.encode(), "no record"),
    ],
)
def test_a_damaged_lock_vouches_for_nothing_and_says_so(data: bytes, message: str) -> None:
    lock = read_lock(data)

    assert lock.entries == {}
    assert message in str(lock.findings[0])
    assert str(lock.findings[0]).startswith("data/evidence.lock: error: ")


def test_one_damaged_line_does_not_hide_the_others() -> None:
    data = write_lock([Checked("b.x", "now", "2026-11-22", SUM)], [FACT]) + b"x = 1\n"

    lock = read_lock(data)

    assert list(lock.entries) == ["b.x"]
    assert len(lock.findings) == 1


def test_the_days_of_a_lock_are_dates() -> None:
    assert lock_dates(write_lock([Checked("b.x", "now", "2026-11-22", SUM)], [FACT])) == [date(2026, 11, 22)]
    assert lock_dates(b"") == []
