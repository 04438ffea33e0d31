"""A combined briefing: several topics in one PDF, with a cover, contents, and numbers counted through."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from bare import bare
from workspaces import PaperShop, branches, edit

import generator
from generator import pipeline
from generator.errors import UsageError, WorkspaceError
from generator.page import Context, Document
from generator.pipeline import Outcome, Request
from generator.workspace import Workspace

DATA = ("facts.csv", "facts.json", "series.csv")
NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)
DECLARED = '\n[combined]\ntitle = "The whole library"\nsubtitle = "Both branches"\n'


class Reader(PaperShop):
    """A workshop that keeps what a page shows, by topic and language."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Context] = {}

    def make(self, draft: Any, *rest: object) -> Document:
        """Keep a page."""
        self.pages[f"{draft.topic.id}.{draft.language}"] = bare(draft.composed.context)
        return super().make(draft, *rest)


def build(folder: Path, *topics: str, **options: Any) -> tuple[Reader, tuple[Outcome, ...]]:
    shop = Reader()
    outcomes = pipeline.build(Workspace(folder), Request(topics, **options), now=NOW, shop=shop)  # type: ignore[arg-type]
    return shop, outcomes


def declare(folder: Path, more: str = "") -> None:
    with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(DECLARED + more)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Return a workspace of two topics with a combined briefing."""
    branches(tmp_path, ("north", "south"))
    declare(tmp_path)
    return tmp_path


def test_a_combined_briefing_is_built_with_its_topics_and_kept_like_any_edition(two: Path) -> None:
    shop, outcomes = build(two)

    assert [(outcome.topic, outcome.state) for outcome in outcomes] == [
        ("north", "built"), ("south", "built"), ("combined", "built")
    ]  # fmt: skip
    page = shop.pages["combined.en"]
    assert (page.title, page.subtitle, page.issuer) == ("The whole library", "Both branches", "City Library")
    assert [part.page.title for part in page.parts] == ["Branch north", "Branch south"]
    assert [edition.id for edition, _ in generator.list_editions(Workspace(two), ("combined",))] == ["2025-02-03.1"]


def test_figures_and_sources_are_counted_through_and_each_part_lists_its_own(two: Path) -> None:
    parts = build(two, "combined")[0].pages["combined.en"].parts

    assert [part.page.lead and part.page.lead.number for part in parts] == [1, 2]
    assert [[(row.number, row.id) for row in part.page.sources] for part in parts] == [
        [(1, "NORTH"), (2, "CITY")], [(3, "SOUTH"), (4, "CITY")]
    ]  # fmt: skip
    assert "[3]" in parts[1].page.bottom_line
    assert 'href="#source-3"' in parts[1].page.bottom_line


def test_anchors_and_drawings_of_two_topics_have_names_of_their_own(two: Path) -> None:
    parts = build(two, "combined")[0].pages["combined.en"].parts

    assert [part.page.lead and (part.page.lead.id, part.page.lead.file) for part in parts] == [
        ("north-loans", "charts/north/loans.svg"), ("south-loans", "charts/south/loans.svg")
    ]  # fmt: skip
    assert [section.id.partition("-")[0] for part in parts for section in part.page.sections] == ["north", "south"]


def test_its_topics_are_those_named_in_their_order(tmp_path: Path) -> None:
    branches(tmp_path, ("north", "south", "east"))
    declare(tmp_path, 'topics = ["south", "north"]\nname = "both"\n')

    shop, outcomes = build(tmp_path)

    assert [part.page.topic for part in shop.pages["both.en"].parts] == ["south", "north"]
    assert outcomes[-1].topic == "both"


def test_it_is_made_again_only_where_a_topic_of_it_changed(two: Path) -> None:
    build(two)
    assert build(two)[0].made == []

    edit(two / "data/south/facts.csv", "2024,1002,", "2024,1009,")
    assert sorted(build(two)[0].made) == ["combined.en", "south.en"]
    edit(two / "briefing.toml", "The whole library", "The entire library")
    assert build(two)[0].made == ["combined.en"]
    assert [outcome.state for outcome in build(two, "combined", force=True)[1]] == ["rebuilt"]


def test_it_tells_what_changed_in_all_its_topics(two: Path) -> None:
    build(two)
    edit(two / "data/south/facts.csv", "2024,1002,", "2024,1009,")
    edit(two / "data/north/series/north_loans.csv", "2018,2019,", "2018,2010,")

    changes = build(two, "combined")[0].pages["combined.en"].changes

    assert changes is not None
    assert [(each.name, each.before, each.after) for group in changes.groups for each in group.changes] == [
        ("south.readers", "1,002 readers", "1,009 readers"), ("north/north_loans 2018", "2,019 readers", "2,010 readers")
    ]  # fmt: skip


def test_a_look_back_binds_what_was_known(two: Path) -> None:
    page = build(two, "combined", as_of=date(2025, 2, 4))[0].pages["combined.en"]

    assert (page.as_of, [part.page.topic for part in page.parts]) == ("4 February 2025", ["north", "south"])


def test_a_fault_in_a_topic_stops_the_combined_briefing_and_no_other_topic(two: Path) -> None:
    edit(two / "data/south/text.en.md", "Loans rose", "Loans rose by 12 percent")

    _, outcomes = build(two)

    assert [(outcome.topic, outcome.state) for outcome in outcomes] == [
        ("north", "built"), ("south", "failed"), ("combined", "failed")
    ]  # fmt: skip


def test_a_workspace_without_the_table_has_no_such_name(tmp_path: Path) -> None:
    branches(tmp_path, ("north",))

    assert [outcome.topic for outcome in build(tmp_path)[1]] == ["north"]
    with pytest.raises(UsageError, match="no topic 'combined'"):
        build(tmp_path, "combined")


@pytest.mark.parametrize(
    ("table", "rule", "said"),
    [
        ('[combined]\nsubtitle = "x"\n', "toml.missing", "title"),
        ('[combined]\ntitle = "All"\ntopics = ["nroth"]\n', "combined.topic", "Did you mean 'north'?"),
        ('[combined]\ntitle = "All"\nname = "north"\n', "combined.name", "which is a topic"),
        ('[combined]\ntitle = "All"\nname = "../up"\n', "combined.name", "lower-case letters"),
        ('[combined]\ntitle = "All"\naccent = "#ffff00"\n', "topic.contrast", "4.5:1"),
        ('[combined]\ntitle = "All"\ntopic = "north"\n', "toml.unknown", "topics"),
        ("combined = 3\n", "toml.type", "table"),
    ],
)
def test_a_wrong_declaration_is_told_with_its_line_by_check_and_build(tmp_path: Path, table: str, rule: str, said: str) -> None:
    branches(tmp_path, ("north",))
    settings = tmp_path / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + table, "utf-8")

    findings = generator.check(Workspace(tmp_path), today=date(2025, 2, 5)).findings
    told = [finding for finding in findings if finding.rule == rule]

    assert told, [*map(str, findings)]
    assert all(finding.place.file == "briefing.toml" and finding.place.line for finding in told)
    assert any(said in str(finding) for finding in told), [*map(str, told)]
    with pytest.raises(WorkspaceError) as caught:
        build(tmp_path)
    assert rule in {finding.rule for finding in caught.value.findings}


def test_a_number_typed_in_its_title_is_refused(two: Path) -> None:
    edit(two / "briefing.toml", "Both branches", "Both 7 branches")

    findings = [found for outcome in build(two)[1] for found in outcome.findings if outcome.topic == "combined"]

    assert [(found.rule, found.place.file) for found in findings] == [("text.number", "briefing.toml")]


@pytest.mark.slow
def test_the_pdf_has_a_cover_contents_with_page_numbers_bookmarks_and_the_data_of_all(project: Path) -> None:
    declare(project)

    outcomes = pipeline.build(Workspace(project), Request(("combined",)), now=NOW)

    (outcome,) = outcomes
    assert outcome.edition is not None, [*map(str, outcome.findings)]
    folder = project / "reports/combined" / outcome.edition.id
    with pikepdf.open(folder / outcome.edition.files[0][1]) as pdf:
        leaves = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        with pdf.open_outline() as outline:
            marks = [(item.title, [child.title for child in item.children]) for item in outline.root]
            every = [each for item in outline.root for each in (item, *item.children)]
            pages = {each.title: leaves[each.destination[0].objgen] for each in every}
        assert sorted(pdf.attachments) == ["chart-library-loans.csv", "chart-library-readers.csv", *DATA]
    assert [title for title, _ in marks] == ["The whole library", "City Library"]
    assert {"Contents"} == set(marks[0][1])
    assert {"Key figures", "In brief", "Readers", "Loans", "Facts", "Sources"} <= set(marks[1][1])
    trace = json.loads((folder / "trace.json").read_text("utf-8"))
    numbers = [each for each in trace["numerals"]["en"] if trace["traces"][each[2]]["kind"] == "page-number"]
    listed = ["City Library", "Readers", "Loans", "Facts", "Where sources disagree", "Sources", "About this edition"]
    assert [each[1] for each in numbers if each[0] == pages["Contents"]] == [
        str(page) for page in (*(pages[title] for title in listed), pages["Contents"])
    ]
    assert pages["Readers"] < pages["About this edition"]
