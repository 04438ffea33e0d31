"""What an answer changes in a series, and what the table holds afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from wired import reading

from generator.comparison import Difference, compare, known_day, merge
from generator.connectors.base import Connection
from generator.model import Observation, Place, Series, Source
from generator.origins import Origin
from generator.periods import parse_period

CONNECTION = Connection("memory", "STATS")
SOURCES = {
    "STATS": Source("STATS", "Office", "Loans", "dataset", "2025-02-03"),
    "COPY": Source("COPY", "Packager", "Loans, packaged", "dataset", "2025-02-03", published="2024-10"),
}


def row(period: str, value: str | None, *, line: int = 0, source: str = "STATS", **said: str) -> Observation:
    amount = None if value is None else Decimal(value)
    place = Place("loans.csv", line)
    return Observation(parse_period(period), amount, "loan", source=source, place=place, **said)  # type: ignore[arg-type]


def series(*rows: Observation, origins: tuple[Origin, ...] = ()) -> Series:
    rows = tuple(replace(each, place=Place("loans.csv", number)) for number, each in enumerate(rows, 2))
    return Series("loans", "Loans", "loans", "library", "loan", "flow", rows, origins=origins)


def told(difference: Difference) -> list[tuple[str, str, str, str]]:
    return [(each.kind, each.period.text, str(each.old), str(each.new)) for each in difference.changes]


def after(stored: Series, values: Mapping[str, str | None], known: str = "2026-07-13") -> list[tuple[str, ...]]:
    found = merge(stored, CONNECTION, reading(values), known=known, sources=SOURCES)
    return [(each.period.text, str(each.value), each.source, each.known) for each in found]


def test_new_revised_and_vanished_periods_are_told_with_both_values() -> None:
    stored = series(row("2021", "10"), row("2022", "20"), row("2023", "30"))

    difference = compare(stored, CONNECTION, reading({"2022": "20", "2023": "31", "2024": "40"}))

    assert told(difference) == [
        ("vanished", "2021", "10", "None"), ("revised", "2023", "30", "31"), ("new", "2024", "None", "40"),
    ]  # fmt: skip


def test_the_same_values_are_no_difference() -> None:
    stored = series(row("2021", "99.35"), row("2022", None))

    assert not compare(stored, CONNECTION, reading({"2021": "99.35000000000001", "2022": None}))


def test_a_value_given_as_missing_has_vanished_and_a_missing_one_given_is_new() -> None:
    stored = series(row("2021", "10"), row("2022", None))

    difference = compare(stored, CONNECTION, reading({"2021": None, "2022": "20"}))

    assert told(difference) == [("vanished", "2021", "10", "None"), ("new", "2022", "None", "20")]


def test_what_was_not_asked_for_has_not_vanished() -> None:
    stored = series(row("1990", "1"), row("2022", "20"), row("2026", "26"))
    asked = replace(CONNECTION, since="2000", until="2025")

    assert told(compare(stored, asked, reading({"2022": "21"}))) == [("revised", "2022", "20", "21")]


def test_rows_of_other_bases_sources_and_facts_are_nobodys_to_refresh() -> None:
    others = (
        row("2022", "7", basis="press"), row("2022", "8", source="PRESS"), row("2022", None, source="", fact="loans.2022"),
    )  # fmt: skip
    stored = series(*others, row("2022", "20"))

    assert told(compare(stored, CONNECTION, reading({"2022": "21"}))) == [("revised", "2022", "20", "21")]
    assert after(stored, {"2022": "21"})[:3] == [
        ("2022", "7", "STATS", ""), ("2022", "8", "PRESS", ""), ("2022", "None", "", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(("before", "now"), [("provisional", "normal"), ("normal", "estimated")])
def test_a_publisher_takes_back_what_it_said_of_a_value(before: str, now: str) -> None:
    stored = series(row("2022", "20", status=before))
    answer = reading({"2022": "20"})
    answer = replace(answer, observations=(replace(answer.observations[0], status=now),))

    (change,) = compare(stored, CONNECTION, answer).changes

    assert (change.kind, change.old_status, change.new_status) == ("status", before, now)


def test_what_an_editor_said_of_a_value_stays_and_is_told_when_the_value_moves() -> None:
    stored = series(row("2022", "20", status="low reliability", rank="deprecated", note="Suspect."))

    (change,) = compare(stored, CONNECTION, reading({"2022": "25"})).changes
    (_, new) = merge(stored, CONNECTION, reading({"2022": "25"}), known="2026-07-13", sources=SOURCES)

    assert change.ruling == "deprecated; Suspect."
    assert (new.value, new.status, new.rank, new.note) == (Decimal(25), "low reliability", "deprecated", "Suspect.")


def test_the_publishers_other_words_for_title_and_unit_are_told() -> None:
    before = Origin("2025-01-01", "2025-01-02", "STATS", (), title="GDP (constant 2015 US$)", unit="USD")
    stored = series(row("2022", "20", known="2025-01-01"), origins=(before,))

    difference = compare(stored, CONNECTION, reading({"2022": "20"}, title="GDP (constant 2020 US$)", unit=""))

    assert difference.said == (("title", "GDP (constant 2015 US$)", "GDP (constant 2020 US$)"),)


# --- the table afterwards ---------------------------------------------------------------------------------


def test_a_revised_value_stands_behind_the_one_known_before() -> None:
    stored = series(row("2021", "10"), row("2022", "20"))

    assert after(stored, {"2021": "10", "2022": "21"}) == [
        ("2021", "10", "STATS", "2025-02-03"), ("2022", "20", "STATS", "2025-02-03"), ("2022", "21", "STATS", "2026-07-13"),
    ]  # fmt: skip


def test_new_periods_take_their_place_in_time() -> None:
    stored = series(row("2020", "1"), row("2023", "4"), row("2024", "7", basis="press"))

    assert [each[0] for each in after(stored, {"2019": "0", "2020": "1", "2021": "2", "2023": "4", "2024": "5"})] == [
        "2019", "2020", "2021", "2023", "2024", "2024",
    ]  # fmt: skip


def test_a_vanished_period_is_kept_as_missing_from_that_day() -> None:
    stored = series(row("2021", "10"), row("2022", "20"))

    assert after(stored, {"2022": "20"})[:2] == [
        ("2021", "10", "STATS", "2025-02-03"), ("2021", "None", "STATS", "2026-07-13"),
    ]  # fmt: skip


def test_the_rows_of_a_packaged_copy_are_taken_over() -> None:
    connection = replace(CONNECTION, replaces=("COPY",))
    stored = series(row("2021", "45.95843", source="COPY"), row("2022", "20.1", source="COPY"))
    answer = reading({"2021": "45.9584295612009", "2022": "20.14"})

    difference = compare(stored, connection, answer)
    rows = merge(stored, connection, answer, known="2026-07-13", sources=SOURCES)

    assert told(difference) == [("revised", "2022", "20.1", "20.14")], "four digits are a rounding, three are not"
    assert difference.said == (("source", "COPY", "STATS"),)
    assert [(str(each.value), each.source, each.known) for each in rows] == [
        ("45.95843", "STATS", "2024-10-01"), ("20.1", "COPY", "2024-10-01"), ("20.14", "STATS", "2026-07-13"),
    ]  # fmt: skip


def test_a_publishers_own_digits_are_compared_as_they_are() -> None:
    assert told(compare(series(row("2021", "1000")), CONNECTION, reading({"2021": "1000.4"}))) == [
        ("revised", "2021", "1000", "1000.4")
    ]


# --- since when it is known ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("updated", "fetched", "day"),
    [("2026-07-13", "2026-01-01", "2026-07-13"), ("2026-07-13", "2026-08-01", "2026-11-22"), ("", "2026-01-01", "2026-11-22"),
     ("2027-01-01", "2026-01-01", "2026-11-22")],
    ids=["the publisher's day", "changed without a new day", "no day", "a day to come"],
)  # fmt: skip
def test_the_day_since_which_an_answer_is_known(updated: str, fetched: str, day: str) -> None:
    origin = Origin("2025-01-01", fetched, "STATS", ())
    stored = series(row("2022", "20", known="2025-01-01"), origins=(origin,))

    assert known_day(stored, CONNECTION, reading({}, updated=updated), sources=SOURCES, today="2026-11-22") == day


def test_a_new_version_is_never_known_before_the_one_that_it_replaces() -> None:
    stored = series(row("2022", "20"))

    day = known_day(stored, CONNECTION, reading({}, updated="2024-01-01"), sources=SOURCES, today="2025-01-01")

    assert day == "2025-02-03", "the stored row was read on that day"
