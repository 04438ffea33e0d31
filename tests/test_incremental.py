"""What is made again after an edit: the pages that print it, and no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from workspaces import THIRTY, PaperShop, branches, edit

from generator import pipeline
from generator.pipeline import Outcome, Request
from generator.workspace import Workspace

NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)
TEN = ("north", "south", "east", "west", "river", "hill", "lake", "mill", "park", "port")


def build(folder: Path, **options: object) -> tuple[list[str], tuple[Outcome, ...]]:
    shop = PaperShop()
    outcomes = pipeline.build(Workspace(folder), Request(**options), now=NOW, shop=shop)  # type: ignore[arg-type]
    failed = [f"{outcome.error} {[*map(str, outcome.findings)]}" for outcome in outcomes if outcome.state == "failed"]
    assert failed == []
    return sorted(shop.made), outcomes


@pytest.mark.slow
def test_one_changed_fact_among_300_pages_makes_the_30_that_print_it(tmp_path: Path) -> None:
    branches(tmp_path / "w", TEN, THIRTY)
    assert len(build(tmp_path / "w", strict=True)[0]) == 300

    edit(tmp_path / "w/data/west/facts.csv", "2024,1004,", "2024,1005,")
    made, _ = build(tmp_path / "w", strict=True)

    assert made == sorted(f"west.{language}" for language in THIRTY)
    assert build(tmp_path / "w", strict=True)[0] == []


ALL = ["north.de", "north.en", "south.de", "south.en"]
NORTH = ["north.de", "north.en"]
EDITS = [
    ("a fact that is printed", "data/north/facts.csv", "2024,1001,", "2024,1009,", NORTH),
    ("a fact that is set aside", "data/north/facts.csv", "Counted twice.", "Counted again.", []),
    ("an observation", "data/north/series/north_loans.csv", "2018,2019,", "2018,2010,", NORTH),
    ("a text in one language", "data/south/text.de.md", "Loans rose", "Loans fell", ["south.de"]),
    ("a chart's title", "data/north/topic.toml", "Loans rose", "Loans fell", NORTH),
    ("a translation", "templates/locales/de/LC_MESSAGES/workspace.po", 'msgstr "Branch north"', 'msgstr "Norden"', ["north.de"]),
    ("a metric's label", "data/vocabulary.toml", "Cost of south", "Costs of south", ["south.de", "south.en"]),
    ("a metric's shelf life", "data/vocabulary.toml", 'label = "Cost of south"', 'label = "Cost of south"\nshelf_life = 9', []),
    ("a source of one topic", "data/sources.toml", "Report of north", "Reports of north", NORTH),
    ("a source of both", "data/sources.toml", "Report of city", "Reports of city", ALL),
    ("the day on which a source was read", "data/sources.toml",
     'Report of south"\nkind = "dataset"\naccessed = 2025-02-03', 'Report of south"\nkind = "dataset"\naccessed = 2025-02-04',
     ["south.de", "south.en"]),
    ("a source of no topic", "data/sources.toml", "[CITY]",
     '[NEW]\nproducer = "x"\ntitle = "x"\nkind = "dataset"\naccessed = 2025-02-04\n\n[CITY]', []),
    ("the issuer", "briefing.toml", "City Library", "The Library", ALL),
    ("the contact", "briefing.toml", "languages =", 'contact = "x@example.org"\nlanguages =', ALL),
    ("a limit", "briefing.toml", "languages =", "workers = 1\nlanguages =", []),
    ("a schedule", "briefing.toml", "languages = [", 'schedules = { weekly = { cron = "0 7 * * 1", zone = "UTC" } }\nlanguages = [', []),
    ("a comment", "data/north/topic.toml", "[[charts]]", "# the lead chart\n[[charts]]", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace of two topics in two languages, and its editions."""
    folder = tmp_path_factory.mktemp("two") / "w"
    branches(folder, ("north", "south"), ("en", "de"))
    assert build(folder)[0] == ALL
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("file", "old", "new", "expected"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS])
def test_an_edit_makes_exactly_the_pages_that_show_it(two: Path, file: str, old: str, new: str, expected: list[str]) -> None:
    before = (two / file).read_text("utf-8")
    edit(two / file, old, new)
    try:
        assert build(two)[0] == expected
        assert build(two)[0] == []
    finally:
        (two / file).write_text(before, "utf-8")
        build(two)


@pytest.mark.parametrize("computed", ["{{ _(title) }}", "{% set say = _ %}{{ say('Branch north') }}"])
def test_a_template_that_asks_for_computed_words_hangs_on_the_whole_catalogue(tmp_path: Path, computed: str) -> None:
    branches(tmp_path / "w", ("north", "south"), ("en", "de"))
    colophon = tmp_path / "w/templates/briefing/parts/colophon.html"
    colophon.parent.mkdir(parents=True)
    shipped = Path(__file__).resolve().parent.parent / "templates/briefing/parts/colophon.html"
    colophon.write_text(f"{computed}{shipped.read_text('utf-8')}", "utf-8")
    build(tmp_path / "w")

    edit(tmp_path / "w/templates/locales/de/LC_MESSAGES/workspace.po", 'msgstr "Branch north"', 'msgstr "Norden"')

    assert build(tmp_path / "w")[0] == ["north.de", "south.de"]


def test_an_edition_holds_the_languages_that_changed_and_the_others_stand(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en", "de"))
    build(tmp_path)
    edit(tmp_path / "data/north/text.de.md", "Loans rose", "Loans fell")

    _, (stands, new) = build(tmp_path)

    assert stands.edition is not None
    assert new.edition is not None
    assert (stands.state, stands.edition.number, stands.languages) == ("unchanged", 1, ("en",))
    assert (new.state, new.edition.number, new.languages) == ("built", 2, ("de",))
    record = json.loads((tmp_path / "reports/north" / new.edition.id / "record.json").read_text("utf-8"))
    assert record["languages"] == ["de"]
    assert "data/north/text.en.md" not in record["inputs"]


def test_force_makes_each_language_under_the_number_it_was_kept_with(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en", "de"))
    build(tmp_path)
    edit(tmp_path / "data/north/text.de.md", "Loans rose", "Loans fell")
    build(tmp_path)

    made, outcomes = build(tmp_path, force=True)

    assert made == NORTH
    assert [(out.state, out.edition.number, out.languages) for out in outcomes if out.edition] == [
        ("rebuilt", 1, ("en",)), ("rebuilt", 2, ("de",))
    ]  # fmt: skip


def test_a_damaged_language_is_made_again_and_the_other_stands(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en", "de"))
    build(tmp_path)
    next((tmp_path / "reports").rglob("*.de.pdf")).write_bytes(b"%PDF-cut")

    assert build(tmp_path)[0] == ["north.de"]
    assert build(tmp_path)[0] == []


def test_what_is_remembered_about_files_is_not_believed_of_others(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en",))
    build(tmp_path)
    (memo,) = (tmp_path / ".briefing/cache/pages").iterdir()

    for content in ("", "x", memo.read_text("ascii").replace("a", "b"), "\xff\xff"):
        memo.write_text(content, "latin-1")
        edit(tmp_path / "data/north/topic.toml", 'title = "Branch', '# x\ntitle = "Branch')
        assert build(tmp_path)[0] == []


def test_a_page_that_would_be_the_same_still_fails_where_a_file_is_wrong(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en",))
    build(tmp_path)
    edit(tmp_path / "data/vocabulary.toml", "[entities]", "[entity]")

    (outcome,) = pipeline.build(Workspace(tmp_path), Request(), now=NOW, shop=PaperShop())  # type: ignore[arg-type]

    assert outcome.state == "failed"
    assert any("entity" in str(finding) for finding in outcome.findings)


def test_a_page_with_a_warning_is_looked_at_again_so_that_a_strict_build_stops(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en",))
    build(tmp_path)
    edit(tmp_path / "data/north/facts.csv", "CITY,,deprecated", "CITY,901 readers,deprecated")
    assert build(tmp_path)[0] == []

    (outcome,) = pipeline.build(Workspace(tmp_path), Request(strict=True), now=NOW, shop=PaperShop())  # type: ignore[arg-type]

    assert outcome.state == "failed"
