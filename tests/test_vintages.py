"""What a series said on a day, where its publisher has revised it since."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from wired import LOANS

from generator.knowledge import learn
from generator.model import Series
from generator.workspace import Workspace

HEAD = "period,value,unit,basis,source,status,note,known\n"
ROWS = (
    "2022,100,loan,,STATS,,,2023-05-01\n"
    "2022,110,loan,,STATS,,,2024-05-01\n"
    "2023,200,loan,,STATS,,,2024-05-01\n"
    "2023,,loan,,STATS,,,2025-01-15\n"
    "2024,300,loan,,STATS,,,2025-05-01\n"
    "2021,90,loan,,STATS,,,\n"
)


def known(project: Path, as_of: date | None = None) -> dict[str, Series]:
    # A source without a date of publication would be known from the day on which it was read.
    sources = project / "data/sources.toml"
    text = sources.read_text("utf-8")
    if "2020-01-01" not in text:
        titled = 'title = "Libraries in figures"\n'
        sources.write_text(text.replace(titled, f'{titled}published = "2020-01-01"\n'), "utf-8")
    (topic,) = learn(Workspace(project), ["library"], today=date(2026, 1, 1), as_of=as_of).topics
    return {series.id: series for series in topic.series}


def values(series: Series) -> dict[str, str]:
    return {row.period.text: str(row.value) for row in series.observations}


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, {"2021": "90", "2022": "110", "2023": "None", "2024": "300"}),
        ("2025-05-01", {"2021": "90", "2022": "110", "2023": "None", "2024": "300"}),
        ("2025-04-30", {"2021": "90", "2022": "110", "2023": "None"}),
        ("2024-12-31", {"2021": "90", "2022": "110", "2023": "200"}),
        ("2023-05-01", {"2021": "90", "2022": "100"}),
        ("2023-04-30", {"2021": "90"}),
    ],
)
def test_a_look_back_sees_what_was_known_then(project: Path, as_of: str | None, expected: dict[str, str]) -> None:
    (project / f"{LOANS}.csv").write_text(HEAD + ROWS)

    series = known(project, date.fromisoformat(as_of) if as_of else None)["loans"]

    assert values(series) == expected


def test_derived_series_are_computed_from_what_was_known_then(project: Path) -> None:
    (project / f"{LOANS}.csv").write_text(HEAD + ROWS)

    assert values(known(project)["loans_growth"]) == {"2022": "22.2"}
    assert values(known(project, date(2024, 12, 31))["loans_growth"]) == {"2022": "22.2", "2023": "81.8"}
    assert values(known(project, date(2023, 12, 31))["loans_growth"]) == {"2022": "11.1"}


def test_the_last_of_two_rows_of_one_day_counts(project: Path) -> None:
    (project / f"{LOANS}.csv").write_text(
        HEAD + "2022,100,loan,,STATS,,,2023-05-01\n2022,101,loan,own,STATS,,,2023-05-01\n2022,7,loan,,REPORT,,,2023-05-01\n"
    )

    series = known(project)["loans"]

    assert [(row.basis, str(row.value)) for row in series.observations] == [("own", "101"), ("", "7")]
    assert [str(row.value) for row in series.earlier] == ["100"]


@pytest.mark.parametrize("day", ["2023", "2023-02-30", "yesterday", "20230501"])
def test_a_known_day_that_is_none_is_told(project: Path, day: str) -> None:
    (project / f"{LOANS}.csv").write_text(f"{HEAD}2022,100,loan,,STATS,,,{day}\n")

    findings = learn(Workspace(project), ["library"], today=date(2026, 1, 1)).findings

    (finding,) = [each for each in findings if each.rule == "series.known"]
    assert finding.found == f"known '{day}'"
    assert finding.place.line == 2


def test_a_fact_carries_its_own_day(project: Path) -> None:
    path = project / "data/library/series/readers.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},known", *(f"{row}," for row in rows[:-1]), f"{rows[-1]},2025-01-01"]) + "\n")

    findings = learn(Workspace(project), ["library"], today=date(2026, 1, 1)).findings

    assert [each.rule for each in findings.errors] == ["series.known"]
