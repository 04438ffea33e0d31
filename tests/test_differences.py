"""What differs between two editions, by their records alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from workspaces import PaperShop, branches, edit

from generator import pipeline
from generator.archive import read_record
from generator.differences import aspects, comparable, differences
from generator.errors import ArchiveError
from generator.workspace import Workspace


def fact(id_: str = "readers", value: str = "1200", **other: str) -> dict[str, str]:
    """Return a fact as a record keeps it."""
    row = {"id": id_, "metric": "readers", "entity": "city", "value": value, "scale": "", "unit": "reader", "qualifier": ""}
    return {**row, "period": "2024", "basis": "", "source": "CITY", "rank": "normal", "formula": "", **other}


def record(*facts: dict[str, str], rows: dict[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    """Return as much of a record as is compared; `rows` are observations by name."""
    figures = {each["id"]: {"metric": each["metric"], "value": each["value"], "unit": each["unit"]} for each in facts}
    empty = {"topic": "library", "edition": "2025-02-05.1", "files": [{"language": "en", "lacks": []}], "inputs": {}}
    return {**empty, "facts": list(facts), "figures": figures | (rows or {}), **other}


def row(value: str, **other: str) -> dict[str, str]:
    return {"metric": "loans", "value": value, "unit": "loan", "source": "CITY", **other}


def told(before: dict[str, Any], after: dict[str, Any], language: str = "") -> list[tuple[str, list[str], list[str]]]:
    return [
        (each.kind, [said.value for said in each.before], [said.value for said in each.after])
        for each in differences(before, after, language)
    ]


def test_editions_that_print_the_same_do_not_differ() -> None:
    assert told(record(fact(), rows={"loans 2024": row("7")}), record(fact(), rows={"loans 2024": row("7")})) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [fact()], ("new", [], ["1200"])),
        ([fact()], [], ("withdrawn", ["1200"], [])),
        ([fact()], [fact(value="1300")], ("revised", ["1200"], ["1300"])),
        ([fact()], [fact(qualifier="more than")], ("revised", ["1200"], ["1200"])),
        ([fact()], [fact(period="2023")], ("revised", ["1200"], ["1200"])),
        ([fact()], [fact(source="PRESS")], ("source", ["1200"], ["1200"])),
        ([fact()], [fact("other", source="PRESS")], ("source", ["1200"], ["1200"])),
        ([fact()], [fact("other", "1300", source="PRESS")], ("source", ["1200"], ["1300"])),
        ([fact()], [fact("other", "1300")], ("revised", ["1200"], ["1300"])),
        ([fact(value="in May", unit="text")], [fact(value="in June", unit="text")], ("revised", ["in May"], ["in June"])),
        ([fact(source="", formula="{a}+{b}")], [fact(value="9", source="", formula="{a}+{b}")], ("revised", ["1200"], ["9"])),
    ],
    ids=["new", "withdrawn", "revised", "qualified", "another period", "another source", "another source's fact",
         "another source's value", "a fact replaced", "a text", "computed"],
)  # fmt: skip
def test_each_kind_of_difference_is_told(
    before: list[dict[str, str]], after: list[dict[str, str]], expected: tuple[str, list[str], list[str]]
) -> None:
    assert told(record(*before), record(*after)) == [expected]


def test_another_choice_among_values_that_were_known_is_a_ruling() -> None:
    press = fact("press", "1300", source="PRESS")

    for before, after in (
        ([fact(rank="preferred"), press], [fact(rank="deprecated"), press]),
        ([fact()], [fact(rank="deprecated"), press]),
        ([fact(), press], [fact(), press | {"rank": "preferred"}]),
    ):
        ((kind, _, now),) = told(record(*before), record(*after))
        assert (kind, now) == ("ruling", ["1300"])


def test_a_ruling_taken_back_shows_every_value_again() -> None:
    ruled = [fact(rank="preferred"), fact("press", "1300", source="PRESS")]
    open_again = [fact(), fact("press", "1300", source="PRESS")]

    assert told(record(*ruled), record(*open_again)) == [("ruling", ["1200"], ["1200", "1300"])]


def test_a_value_set_aside_without_another_is_withdrawn_and_one_taken_up_again_is_new() -> None:
    aside = fact(rank="deprecated")

    assert told(record(fact()), record(aside)) == [("withdrawn", ["1200"], [])]
    assert told(record(aside), record(fact())) == [("new", [], ["1200"])]


def test_a_value_written_in_another_scale_and_a_second_source_are_no_difference() -> None:
    in_thousands = fact(value="1.2", scale="thousand")

    assert told(record(fact()), record(in_thousands, fact("press", source="PRESS"))) == []


def test_values_on_two_bases_answer_two_questions() -> None:
    both = [fact(basis="own"), fact("press", "1300", basis="press")]

    assert told(record(*both), record(*both[:1], fact("press", "1400", basis="press"))) == [("revised", ["1300"], ["1400"])]


def test_several_texts_on_one_question_come_and_go_one_by_one() -> None:
    first, second, third = (fact(id_, id_, unit="text") for id_ in ("a", "b", "c"))

    assert told(record(first, second), record(first, second, third)) == [("new", [], ["c"])]
    assert told(record(first, second, third), record(third)) == [("withdrawn", ["a"], []), ("withdrawn", ["b"], [])]


def test_values_of_series_are_compared_period_by_period_and_basis_by_basis() -> None:
    before = {"loans 2023": row("5"), "loans 2024": row("7"), "loans 2024 press": row("8"), "loans 2022": row("4")}
    after = {"loans 2023": row("5", source="PRESS"), "loans 2024": row("6"), "loans 2024 press": row("8"), "loans 2025": row("9")}

    found = differences(record(rows=before), record(rows=after))

    assert [(each.kind, each.subject.name) for each in found] == [
        ("revised", "loans 2024"), ("source", "loans 2023"), ("new", "loans 2025"), ("withdrawn", "loans 2022")
    ]  # fmt: skip
    assert (found[0].subject.series, found[0].subject.period, found[0].subject.metric) == ("loans", "2024", "loans")


def test_the_last_digits_of_a_calculation_are_no_revision() -> None:
    before, after = {"loans 2024": row("16416666666.666666")}, {"loans 2024": row("16416666666.7")}

    assert told(record(rows=before), record(rows=after)) == []
    assert told(record(rows=before), record(rows={"loans 2024": row("16416666800")})) == [
        ("revised", ["16416666666.666666"], ["16416666800"])
    ]


def test_an_observation_that_a_fact_carries_is_told_once() -> None:
    before = record(fact(), rows={"loans 2024": row("1200", fact="readers")})
    after = record(fact(value="1300"), rows={"loans 2024": row("1300", fact="readers")})

    assert told(before, after) == [("revised", ["1200"], ["1300"])]


def test_pages_of_one_language_are_compared_by_what_they_show() -> None:
    files = [{"language": "en", "lacks": ["other"]}, {"language": "zh", "lacks": []}]
    before = record(fact(), fact("other", "5", metric="other"), files=files)

    assert told(before, record(fact()), "en") == []
    assert told(before, record(fact()), "zh") == [("withdrawn", ["5"], [])]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("templates/briefing/style.css", ("look",)),
        ("data/library/text.en.md", ("text",)),
        ("data/library/text.zh.md", ()),
        ("templates/locales/zh/LC_MESSAGES/workspace.po", ()),
        ("data/library/topic.toml", ("text",)),
        ("briefing.toml", ("text",)),
        ("data/sources.toml", ("evidence",)),
        ("data/evidence.lock", ("evidence",)),
        ("program", ("program",)),
        ("as of", ()),
        ("data/library/series/loans.csv", ()),
        ("data/library/series/loans.toml", ("text",)),
    ],
)
def test_what_else_changed_is_told_by_the_inputs(name: str, expected: tuple[str, ...]) -> None:
    assert aspects(record(inputs={name: "a"}), record(inputs={name: "b"}), "en") == expected


def test_a_record_that_does_not_say_enough_is_refused() -> None:
    old = record(fact())
    del old["facts"][0]["metric"]

    assert not comparable(old)
    assert comparable(record(fact()))
    with pytest.raises(ArchiveError) as caught:
        differences(old, record(fact()))
    assert "library/2025-02-05.1" in str(caught.value)
    assert "'metric'" in str(caught.value)


@pytest.mark.parametrize("damage", [{"facts": 3}, {"figures": []}, {"files": [3]}, {"facts": [{"id": "x"}]}, {"facts": None}])
def test_a_damaged_record_is_refused_and_never_a_traceback(damage: dict[str, Any]) -> None:
    comparable(record(**damage))
    with pytest.raises(ArchiveError):
        differences(record(**damage), record(fact()), "en")


@pytest.mark.parametrize(
    "field", [{"rank": "best"}, {"scale": "dozen"}, {"qualifier": "circa"}, {"value": "many"}, {"period": "soon"}, {"unit": "date", "value": "May"}]
)
def test_a_value_that_could_not_be_printed_is_refused(field: dict[str, str]) -> None:
    with pytest.raises(ArchiveError, match="does not say enough"):
        differences(record(fact()), record(fact(**field)))


def test_the_records_of_two_builds_tell_what_was_edited_between_them(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en",))

    def built() -> dict[str, Any]:
        workspace, moment = Workspace(tmp_path), datetime(2025, 2, 5, 12, tzinfo=UTC)
        (outcome,) = pipeline.build(workspace, pipeline.Request(), now=moment, shop=PaperShop())  # type: ignore[arg-type]
        assert outcome.edition is not None, outcome
        return read_record(workspace.reports, "north", outcome.edition.id)

    before = built()
    edit(tmp_path / "data/north/facts.csv", "2024,1001,,reader,,,NORTH", "2024,1009,,reader,,,NORTH")
    edit(tmp_path / "data/north/facts.csv", "1.5,million,EUR,,,CITY", "1.5,million,EUR,,,NORTH")
    edit(tmp_path / "data/north/series/north_loans.csv", "2018,2019,", "2018,2010,")
    edit(tmp_path / "data/north/text.en.md", "Loans rose", "Loans grew")
    after = built()

    assert [(each.kind, each.subject.name, each.subject.value) for each in differences(before, after, "en")] == [
        ("revised", "north.readers", "1009"),
        ("revised", "north_loans 2018", "2010"),
        ("source", "north.cost", "1.5"),
    ]
    assert aspects(before, after, "en") == ("text",)
    assert differences(after, after) == ()
