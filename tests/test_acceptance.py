"""Whether an answer may replace what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from test_comparison import CONNECTION, row, series
from wired import reading

from generator.acceptance import examine
from generator.comparison import compare
from generator.connectors.base import Connection, Reading
from generator.model import Finding, Place, Series
from generator.origins import Origin

CALM = {str(year): str(100 + year - 2010) for year in range(2010, 2025)}
PLACE = Place("data/library/series/loans.toml", 7)


def found(stored: Series, answer: Reading, connection: Connection = CONNECTION) -> list[Finding]:
    connection = replace(connection, place=PLACE)
    difference = compare(stored, connection, answer)
    return list(examine(stored, connection, answer, difference, date(2026, 11, 22)))


def rules(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.rule, each.severity) for each in findings]


def stored(values: Mapping[str, str] = CALM, **origin: str) -> Series:
    origins = (Origin("2025-01-01", "2025-01-01", "STATS", (), **origin),) if origin else ()
    return series(*(row(period, value, known="2025-01-01") for period, value in values.items()), origins=origins)


def test_an_answer_that_goes_on_as_before_is_accepted() -> None:
    assert found(stored(), reading({**CALM, "2024": "115.2", "2025": "116"})) == []


@pytest.mark.parametrize("values", [{}, {"2024": None, "2023": None}], ids=["no row", "missing values only"])
def test_an_answer_without_a_value_is_refused(values: dict[str, str | None]) -> None:
    (finding,) = found(stored(), reading(values))

    assert (finding.rule, finding.severity) == ("refresh.empty", "error")
    assert finding.place == PLACE


def test_two_values_of_one_period_are_refused_with_both() -> None:
    answer = reading(CALM)
    twice = replace(answer, observations=(*answer.observations, *reading({"2024": "7"}).observations))

    (finding,) = found(stored(), twice)

    assert finding.rule == "refresh.period-twice"
    assert "2024: 114 and 7" in finding.found


def test_another_kind_of_period_is_refused_unless_it_is_declared() -> None:
    answer = reading({**CALM, "2025-Q1": "30"})

    assert rules(found(stored(), answer)) == [("refresh.period-kind", "error")]
    assert found(stored(), answer, replace(CONNECTION, kinds=("year", "quarter"))) == []


def test_another_currency_is_refused() -> None:
    euros = replace(stored(), unit="EUR")

    (finding,) = found(euros, reading(CALM, unit="USD"))

    assert (finding.rule, finding.found, finding.expected) == ("refresh.unit", "the publisher counts in USD", "EUR")


def test_an_answer_older_than_what_is_stored_is_refused() -> None:
    (finding,) = found(stored(updated="2026-07-13"), reading(CALM, updated="2026-01-01"))

    assert finding.found == "the answer is of 2026-01-01, what is stored is of 2026-07-13"
    assert finding.severity == "error"


def test_an_answer_whose_newest_period_is_too_old_is_refused() -> None:
    (finding,) = found(stored(), reading(CALM), replace(CONNECTION, max_age=18))

    assert finding.found == "the newest period ended 2024-12-31, 23 months ago"


def test_vanished_history_is_held_back() -> None:
    (finding,) = found(stored(), reading({"2024": "114"}))

    assert (finding.rule, finding.severity) == ("refresh.vanished", "warning")
    assert finding.found.startswith("14 stored periods gone: 2010, 2011")
    assert finding.cure.endswith("If it is right: briefing refresh library/loans --accept.")


@pytest.mark.parametrize("power", ["0.1", "10", "1000", "1000000"])
def test_a_value_that_moved_by_a_power_of_ten_is_held_back(power: str) -> None:
    from decimal import Decimal

    wrong = {**CALM, "2024": str(Decimal(114) * Decimal(power))}

    assert rules(found(stored(), reading(wrong))) == [("refresh.power-of-ten", "warning")]


def test_a_new_value_off_by_ten_from_its_neighbour_is_held_back() -> None:
    (finding,) = found(stored(), reading({**CALM, "2025": "1150"}))

    assert finding.found == "2025 is 1150, 2024 was 114"


def test_a_series_that_jumps_anyway_may_jump_again() -> None:
    jumping = {"2018": "1", "2019": "40", "2020": "3", "2021": "90", "2022": "2", "2023": "50", "2024": "4"}

    assert found(stored(jumping), reading({**jumping, "2025": "40"})) == []


def test_a_common_factor_is_another_base() -> None:
    rebased = {period: f"{float(value) * 1.337:.6f}" for period, value in CALM.items()}

    (finding,) = found(stored(), reading(rebased))

    assert (finding.rule, finding.found) == ("refresh.base", "all 15 revised values moved by the factor 1.3370")


def test_another_title_is_another_base() -> None:
    (finding,) = found(stored(title="constant 2015 US$"), reading(CALM, title="constant 2020 US$"))

    assert finding.found == "the title was 'constant 2015 US$', now 'constant 2020 US$'"


def test_a_history_that_is_rewritten_is_held_back() -> None:
    other = {period: str(round(float(value) * (1.3 + number / 10))) for number, (period, value) in enumerate(CALM.items())}

    assert rules(found(stored(), reading(other))) == [("refresh.history", "warning")]


def test_periods_to_come_are_held_back() -> None:
    assert rules(found(stored(), reading({**CALM, "2027": "120"}))) == [("refresh.future", "warning")]


def test_a_first_answer_has_nothing_to_be_compared_with() -> None:
    assert found(series(), reading({"2020": "1", "2021": "1000"})) == []
