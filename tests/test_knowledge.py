"""What was known on a day: publications that were out by then, and what is computed from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from generator.knowledge import Knowledge, learn
from generator.workspace import Workspace


def back(project: Path, day: str) -> Knowledge:
    return learn(Workspace(project), ["library"], today=date(2026, 1, 1), as_of=date.fromisoformat(day))


def edit(project: Path, file: str, old: str, new: str) -> None:
    path = project / "data" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def facts(known: Knowledge) -> set[str]:
    return {fact.id for fact in known.topic("library").facts}


def rows(known: Knowledge, series: str) -> int:
    (found,) = (item for item in known.topic("library").series if item.id == series)
    return len(found.observations)


@pytest.mark.parametrize(
    ("published", "day", "is_known"),
    [
        ("2025-01-15", "2025-01-15", True),
        ("2025-01-15", "2025-01-14", False),
        ("2025-01", "2025-01-31", True),
        ("2025-01", "2025-01-30", False),  # it may have come out on the last day
        ("2024", "2024-12-31", True),
        ("2024", "2024-12-30", False),
    ],
)
def test_a_publication_is_known_when_the_whole_of_its_date_has_passed(
    project: Path, published: str, day: str, *, is_known: bool
) -> None:
    edit(project, "sources.toml", 'published = "2025-01-15"', f'published = "{published}"')

    assert ("readers.2024" in facts(back(project, day))) is is_known


def test_a_publication_without_a_date_is_known_from_the_day_it_was_read(project: Path) -> None:
    edit(project, "sources.toml", 'published = "2025-01-15"\n', "")

    assert "readers.2024" not in facts(back(project, "2025-01-31"))
    assert "readers.2024" in facts(back(project, "2025-02-01"))


def test_what_is_computed_goes_with_its_inputs(project: Path) -> None:
    before = back(project, "2025-01-30")

    # The newspaper's figure came out by the end of January; the quotient needs it.
    assert "readers.2024" in facts(before)
    assert "readers.2024.press" not in facts(before)
    assert "readers.per.euro" not in facts(before)
    assert "readers.per.euro" in facts(back(project, "2025-01-31"))


def test_a_formula_over_a_formula_goes_too(project: Path) -> None:
    table = project / "data/library/facts.csv"
    row = 'twice,reader_growth_computed,library,2023,,,times,about,,,,normal,"{readers.per.euro} * 2",,,\n'
    table.write_text(table.read_text("utf-8") + row, "utf-8")

    assert "twice" not in facts(back(project, "2025-01-30"))


def test_a_derived_series_and_a_row_that_points_at_a_fact_go_with_what_they_stand_on(project: Path) -> None:
    (project / "data/library/series/readers.csv").write_text(
        "period,value,unit,basis,source,status,note\n2024,,reader,own,fact:readers.2024,,\n", "utf-8"
    )

    early, late = back(project, "2025-01-02"), back(project, "2025-02-03")

    assert (rows(early, "readers"), rows(late, "readers")) == (0, 1)
    assert rows(early, "loans") == rows(early, "loans_growth") == 0
    assert rows(late, "loans") > 0
    assert rows(late, "loans_growth") > 0


def test_what_was_left_out_is_counted_in_a_note(project: Path) -> None:
    (note,) = (each for each in back(project, "2025-01-02").findings if each.rule == "topic.as-of")

    assert note.severity == "note"
    assert "facts and observations were not known on 2025-01-02" in note.found
