"""The brief: one page of the same data beside the full briefing."""

from __future__ import annotations

import hashlib
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
from generator.errors import WorkspaceError
from generator.exhibit import show_edition
from generator.page import Context, Document
from generator.pipeline import Outcome, Request
from generator.workspace import Workspace

NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)
BOTH = 'layouts = ["full", "brief"]\n'


class Reader(PaperShop):
    """A workshop that keeps what a page shows, by topic, language and layout."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Context] = {}

    def make(self, draft: Any, *rest: object) -> Document:
        """Keep a page."""
        self.pages[f"{draft.topic.id}.{draft.name}"] = bare(draft.composed.context)
        return super().make(draft, *rest)


def build(folder: Path, *topics: str, **options: Any) -> tuple[Reader, tuple[Outcome, ...]]:
    shop = Reader()
    outcomes = pipeline.build(Workspace(folder), Request(topics, **options), now=NOW, shop=shop)  # type: ignore[arg-type]
    return shop, outcomes


def declare(file: Path) -> None:
    file.write_text(BOTH + file.read_text("utf-8"), "utf-8")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Return a workspace of two topics in two languages, of which one has briefs."""
    branches(tmp_path, ("north", "south"), ("en", "de"))
    declare(tmp_path / "data/north/topic.toml")
    return tmp_path


def test_a_topic_that_asks_for_it_has_a_brief_in_each_language_in_the_same_edition(two: Path) -> None:
    shop, (north, south) = build(two)

    assert sorted(shop.pages) == ["north.de", "north.de-brief", "north.en", "north.en-brief", "south.de", "south.en"]
    assert north.edition is not None
    assert south.edition is not None
    assert [file[:2] for file in north.edition.briefs] == [
        ("en", "north-2025-02-03.1.en-brief.pdf"), ("de", "north-2025-02-03.1.de-brief.pdf")
    ]  # fmt: skip
    assert (len(north.edition.files), south.edition.briefs) == (2, ())


def test_the_workspace_asks_for_all_topics_and_a_topic_may_decline(tmp_path: Path) -> None:
    branches(tmp_path, ("north", "south"))
    declare(tmp_path / "briefing.toml")
    south = tmp_path / "data/south/topic.toml"
    south.write_text('layouts = ["full"]\n' + south.read_text("utf-8"), "utf-8")

    assert sorted(build(tmp_path)[0].pages) == ["north.en", "north.en-brief", "south.en"]


def test_a_brief_shows_the_first_page_and_the_sources_it_cites_under_the_same_numbers(two: Path) -> None:
    pages = build(two, "north")[0].pages
    full, brief = pages["north.en"], pages["north.en-brief"]

    assert (brief.bottom_line, brief.key_figures, brief.lead) == (full.bottom_line, full.key_figures, full.lead)
    assert brief.summary == full.summary
    assert (brief.sections, brief.facts, brief.disagreements, brief.more) == ((), (), (), "Loans")
    assert [(row.number, row.id) for row in brief.sources] == [(row.number, row.id) for row in full.sources]


def test_a_brief_lists_no_source_that_only_the_full_page_cites(two: Path) -> None:
    text = two / "data/north/text.en.md"
    text.write_text(text.read_text("utf-8").replace("{{ fact('north.cost') }}", "a part of it"), "utf-8")

    pages = build(two, "north", languages=("en",))[0].pages

    assert [row.id for row in pages["north.en"].sources] == ["NORTH", "CITY"]
    assert [row.id for row in pages["north.en-brief"].sources] == ["NORTH"]


def test_figures_that_a_brief_lacks_are_named_and_not_linked(project: Path) -> None:
    declare(project / "briefing.toml")
    edit(project / "data/library/text.en.md", "- Loans stood", '- {{ figure("readers") }} shows readers. Loans stood')

    pages = build(project)[0].pages

    full, brief = ("".join(pages[f"library.{name}"].summary) for name in ("en", "en-brief"))
    lead = pages["library.en"].lead
    assert lead is not None
    assert ('href="#figure-readers"' in full, 'href="#figure-readers"' in brief) == (True, lead.id == "readers")
    assert "Figure" in brief


def test_nothing_is_made_again_for_a_brief_and_asking_for_one_makes_an_edition(two: Path) -> None:
    build(two)
    assert build(two)[0].made == []
    assert [outcome.state for outcome in build(two, "north", force=True)[1]] == ["rebuilt"]

    declare(two / "data/south/topic.toml")
    assert sorted(build(two)[0].pages) == ["south.de", "south.de-brief", "south.en", "south.en-brief"]


def test_a_damaged_brief_is_told_and_made_again(two: Path) -> None:
    (outcome,) = build(two, "north")[1]
    assert outcome.edition is not None
    path = two / "reports/north" / outcome.edition.id / outcome.edition.briefs[0][1]
    path.write_bytes(path.read_bytes() + b" ")

    ((_, damage),) = generator.list_editions(Workspace(two), ("north",))

    assert "en-brief.pdf has changed" in damage
    assert [outcome.state for outcome in build(two, "north")[1]] == ["unchanged", "built"]


@pytest.mark.parametrize("file", ["briefing.toml", "data/north/topic.toml"])
@pytest.mark.parametrize(
    ("line", "said"), [('layouts = ["poster"]', "no layout 'poster'"), ('layouts = ["brief"]', "the full briefing that it refers to")]
)
def test_a_wrong_layout_is_told_with_its_line(tmp_path: Path, file: str, line: str, said: str) -> None:
    branches(tmp_path, ("north",))
    path = tmp_path / file
    path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")

    findings = generator.check(Workspace(tmp_path), today=date(2025, 2, 5)).findings

    assert [(str(found.place), found.rule) for found in findings if said in found.found] == [(f"{file}:1", "layouts")]
    try:
        states = {outcome.state for outcome in build(tmp_path)[1]}
    except WorkspaceError:
        states = {"failed"}
    assert states == {"failed"}


@pytest.mark.slow
def test_the_pdf_of_a_brief_is_one_page_traced_and_carries_the_data(project: Path) -> None:
    declare(project / "briefing.toml")

    (outcome,) = pipeline.build(Workspace(project), Request(), now=NOW)

    assert outcome.edition is not None, [*map(str, outcome.findings)]
    folder = project / "reports/library" / outcome.edition.id
    ((language, name, sha256, _, pages),) = outcome.edition.briefs
    data = (folder / name).read_bytes()
    assert (language, pages, hashlib.sha256(data).hexdigest()) == ("en", 1, sha256)
    with pikepdf.open(folder / name) as pdf:
        assert (len(pdf.pages), sorted(pdf.attachments)) == (1, ["chart-loans.csv", "facts.csv", "facts.json", "series.csv"])
    numbers = [number for number in show_edition(Workspace(project), "library").numbers if (number.language, number.layout) == ("en", "brief")]
    assert {"fact", "source-mark", "edition"} <= {number.kind for number in numbers}
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["files"][0]["brief"]["name"] == name
    verdict = generator.verify(Workspace(project), folder / name)
    assert (verdict.ours, verdict.inputs) == (True, "same")
    assert [each.state for each in pipeline.build(Workspace(project), Request(force=True), now=NOW)] == ["rebuilt"]


@pytest.mark.slow
def test_a_brief_that_is_too_long_stops_the_build_and_says_what_to_shorten(project: Path) -> None:
    declare(project / "briefing.toml")
    text = project / "data/library/text.en.md"
    text.write_text("- The library is open to everybody who can read, and to those who cannot yet.\n" * 40 + text.read_text("utf-8"), "utf-8")

    (outcome,) = pipeline.build(Workspace(project), Request(), now=NOW)

    assert outcome.state == "failed"
    (finding,) = [found for found in outcome.findings if found.rule == "preflight.brief"]
    assert "2 pages: 43 summary points of" in finding.found
    assert "data/library/text.en.md" in finding.cure
    assert not (project / "reports").exists()
