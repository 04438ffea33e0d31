"""What changed since the last edition: on the page, told by the records of editions."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from bare import bare
from workspaces import PaperShop, branches, edit

from generator import pipeline
from generator.page import Changes, Document
from generator.pipeline import Outcome, Request
from generator.workspace import Workspace

NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)
FACTS, LOANS = "data/north/facts.csv", "data/north/series/north_loans.csv"


class ReadingShop(PaperShop):
    """A workshop that keeps what changed, as each page tells it, by language."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Changes | None] = {}

    def make(self, draft: Any, *rest: object) -> Document:
        """Keep a page's changes; bytes hang on all that the page shows."""
        self.told[draft.language] = bare(draft.composed.context).changes
        return super().make(draft, *rest)


def build(folder: Path, **options: Any) -> tuple[dict[str, Changes | None], tuple[Outcome, ...]]:
    shop = ReadingShop()
    outcomes = pipeline.build(Workspace(folder), Request(**options), now=NOW, shop=shop)  # type: ignore[arg-type]
    return shop.told, outcomes


def lines(changes: Changes | None) -> list[str]:
    assert changes is not None
    return [
        f"{group.title}: {' '.join(filter(None, (each.label, each.detail)))}, {each.period}: {each.before} -> {each.after}"
        for group in changes.groups
        for each in group.changes
    ]


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Return a workspace of one topic in two languages with its first edition."""
    branches(tmp_path, ("north",), ("en", "de"))
    assert build(tmp_path)[0] == {"en": None, "de": None}
    return tmp_path


def test_a_page_tells_what_is_new_revised_withdrawn_and_taken_from_another_source(two: Path) -> None:
    edit(two / FACTS, "2024,1001,,reader,,,NORTH", "2024,1009,,reader,,,NORTH")
    edit(two / FACTS, "1.5,million,EUR,,,CITY", "1.5,million,EUR,,,NORTH")
    edit(two / LOANS, "2018,2019,", "2018,2010,")
    edit(two / LOANS, "2019,2020,reader,,NORTH,,\n", "")
    edit(two / LOANS, "2024,2025,reader,,NORTH,,\n", "2024,2025,reader,,NORTH,,\n2025,2030,reader,,NORTH,,\n")

    told, _ = build(two)

    assert told["en"] is not None
    assert (told["en"].edition, told["en"].date, told["en"].remark) == ("2025-02-03.1", "3 February 2025", "")
    assert lines(told["en"]) == [
        "Revised: Readers of north, 2024: 1,001 readers -> 1,009 readers",
        "Revised: Loans of north, 2018: 2,019 readers -> 2,010 readers",
        "Taken from another source: Cost of north, 2024: Report of city -> Report of north",
        "New: Loans of north, 2025:  -> 2,030 readers",
        "Withdrawn: Loans of north, 2019: 2,020 readers -> ",
    ]  # fmt: skip
    assert lines(told["de"])[0].endswith("1.001 readers -> 1.009 readers")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("72857382751.23", "71.9 billion readers -> 72.9"),
        ("71912000000", "71.86 billion readers -> 71.91"),
        ("71857390000", "71.85738 billion readers -> 71.85739"),
    ],
)
def test_a_change_that_rounding_would_hide_is_told_in_as_many_digits_as_it_needs(two: Path, value: str, told: str) -> None:
    edit(two / LOANS, "2018,2019,reader", "2018,71857382751.23,reader")
    build(two)
    edit(two / LOANS, "2018,71857382751.23,reader", f"2018,{value},reader")

    assert lines(build(two)[0]["en"]) == [f"Revised: Loans of north, 2018: {told} billion readers"]


def test_several_values_of_a_series_are_told_by_the_newest(two: Path) -> None:
    text = (two / LOANS).read_text("utf-8")
    (two / LOANS).write_text(text.replace(",20", ",30"), "utf-8")

    assert lines(build(two)[0]["en"]) == [
        "Revised: Loans of north and 6 more values, 2024: 2,025 readers -> 3,025 readers"
    ]


def test_rows_of_one_kind_are_bounded_and_the_rest_is_counted(two: Path) -> None:
    rows = "".join(f"north.x{n},north_readers,north,{1990 + n},{n},,reader,,,NORTH,,normal,,,,9\n" for n in range(15))
    (two / FACTS).write_text((two / FACTS).read_text("utf-8") + rows, "utf-8")

    changes = build(two)[0]["en"]

    assert changes is not None
    assert [(len(group.changes), group.more) for group in changes.groups] == [(12, "and 3 more")]


@pytest.mark.parametrize(
    ("file", "old", "new", "remark"),
    [
        ("data/north/text.en.md", "Loans rose", "Loans grew", "wording"),
        ("briefing.toml", "City Library", "The Library", "wording"),
        ("data/sources.toml", "Report of north", "Reports of north", "what is said of sources and checks"),
    ],
)
def test_a_change_of_words_alone_is_said_as_such(two: Path, file: str, old: str, new: str, remark: str) -> None:
    edit(two / file, old, new)

    changes = build(two)[0]["en"]

    assert changes is not None
    assert (changes.groups, changes.remark) == ((), f"No figure has changed; what differs is {remark}.")


def test_a_changed_look_is_said_as_such(two: Path) -> None:
    (two / "templates/briefing").mkdir(parents=True, exist_ok=True)
    shipped = Path(__file__).resolve().parent.parent / "templates/briefing/style.css"
    (two / "templates/briefing/style.css").write_text(shipped.read_text("utf-8") + "h1 { color: #000; }\n", "utf-8")

    changes = build(two)[0]["en"]

    assert changes is not None
    assert changes.remark == "No figure has changed; what differs is the look of the page."


def test_nothing_changed_makes_no_edition_and_force_makes_the_same_bytes_as_were_kept(two: Path) -> None:
    edit(two / FACTS, "2024,1001,", "2024,1009,")
    first, _ = build(two)

    again, unchanged = build(two)
    forced, rebuilt = build(two, force=True)

    assert ([outcome.state for outcome in unchanged], again) == (["unchanged"], {})
    assert ([outcome.state for outcome in rebuilt], [len(lines(forced[each])) for each in forced]) == (["rebuilt"], [1, 1])
    assert forced == first


def test_each_language_is_compared_with_the_edition_that_has_it(two: Path) -> None:
    edit(two / "data/north/text.de.md", "Loans rose", "Loans fell")
    build(two)
    edit(two / FACTS, "2024,1001,", "2024,1009,")

    told, (outcome,) = build(two)

    assert outcome.edition is not None
    assert {language: changes and changes.edition for language, changes in told.items()} == {
        "en": "2025-02-03.1", "de": "2025-02-03.2"
    }  # fmt: skip
    record = json.loads((two / "reports/north" / outcome.edition.id / "record.json").read_text("utf-8"))
    assert {file["language"]: file["since"] for file in record["files"]} == {"en": "2025-02-03.1", "de": "2025-02-03.2"}


def test_a_value_taken_back_is_told_against_the_edition_in_between(two: Path) -> None:
    edit(two / FACTS, "2024,1001,", "2024,1009,")
    build(two)
    edit(two / FACTS, "2024,1009,", "2024,1001,")

    told, (outcome,) = build(two)

    assert outcome.edition is not None
    assert (outcome.edition.number, lines(told["en"])) == (
        3, ["Revised: Readers of north, 2024: 1,009 readers -> 1,001 readers"]
    )  # fmt: skip
    assert [each.state for each in build(two, force=True)[1]] == ["rebuilt"]


def test_a_look_back_tells_no_changes_and_stands_between_no_editions(two: Path) -> None:
    edit(two / FACTS, "2024,1001,", "2024,1009,")

    assert build(two, as_of=date(2025, 2, 4))[0] == {"en": None, "de": None}
    changes = build(two)[0]["en"]

    assert changes is not None
    assert changes.edition == "2025-02-03.1"


def test_an_edition_of_a_program_whose_records_say_less_is_not_compared(two: Path) -> None:
    path = two / "reports/north/2025-02-03.1/record.json"
    record = json.loads(path.read_text("utf-8"))
    for fact in record["facts"]:
        del fact["metric"]
    path.write_text(json.dumps(record), "utf-8")
    edit(two / FACTS, "2024,1001,", "2024,1009,")

    assert build(two)[0] == {"en": None, "de": None}


def test_an_edition_cannot_be_made_again_without_the_one_it_follows_and_says_so(two: Path) -> None:
    edit(two / FACTS, "2024,1001,", "2024,1009,")
    build(two)
    shutil.rmtree(two / "reports/north/2025-02-03.1")

    (outcome,) = build(two, force=True)[1]

    assert outcome.state == "failed"
    assert "since 2025-02-03.1, which is no longer in the archive" in outcome.error
    assert [each.state for each in build(two)[1]] == ["unchanged"]


@pytest.mark.slow
def test_the_section_is_printed_and_each_of_its_numerals_traced(project: Path) -> None:
    pipeline.build(Workspace(project), Request(), now=NOW)
    edit(project / "data/library/series/loans.csv", "2019,40000", "2019,40400")
    edit(project / "data/library/series/loans.csv", "2024,43000", "2024,43100")

    (outcome,) = pipeline.build(Workspace(project), Request(), now=NOW)

    assert outcome.edition is not None, outcome
    folder = project / "reports/library" / outcome.edition.id
    trace = json.loads((folder / "trace.json").read_text("utf-8"))
    kinds = {(each["kind"], each.get("of"), each.get("value")) for each in trace["traces"]}
    assert {("former", "loans 2024", "43000 loan"), ("former", "edition", "2025-02-03.1")} <= kinds
    kept = hashlib.sha256((folder / outcome.edition.files[0][1]).read_bytes()).hexdigest()
    (again,) = pipeline.build(Workspace(project), Request(force=True), now=NOW)
    assert (again.state, kept) == ("rebuilt", outcome.edition.files[0][2])
