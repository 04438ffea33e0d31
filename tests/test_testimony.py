"""What stands behind a number: fact, words of the document, what it is computed from, what others say, the ruling."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from generator import pipeline, testimony
from generator.exhibit import Number, show_edition
from generator.knowledge import learn
from generator.workspace import Workspace

PROJECT = Path(__file__).resolve().parent / "project"



@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with one edition; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    (outcome,) = pipeline.build(Workspace(folder), pipeline.Request())
    assert outcome.state == "built", outcome
    return folder


def number(folder: Path, kind: str, of: str) -> Number:
    numbers = show_edition(Workspace(folder), "library").numbers
    found = next((each for each in numbers if (each.kind, each.of) == (kind, of)), None)
    assert found, sorted({(each.kind, each.of) for each in numbers})
    return found


def ask(folder: Path, kind: str, of: str) -> testimony.Testimony:
    workspace = Workspace(folder)
    knowledge = learn(workspace, workspace.topics(), today=date.max)
    return testimony.testify(workspace, knowledge, "library", number(folder, kind, of), partial(testimony.draw_for, workspace, knowledge))


def changed(folder: Path, target: Path, name: str, old: str, new: str) -> Path:
    copied = Path(shutil.copytree(folder, target / "copy"))
    text = (copied / name).read_text("utf-8")
    assert old in text
    (copied / name).write_text(text.replace(old, new), "utf-8")
    return copied


@pytest.mark.slow
def test_a_fact_is_shown_in_its_place_in_the_document(built: Path) -> None:
    found = ask(built, "fact", "readers.2024")

    (statement,) = found.statements
    assert (statement.id, statement.value, statement.place) == ("readers.2024", "12,500 readers", "data/library/facts.csv:2")
    (quotation,) = found.quotations
    assert quotation.words == "In 2024 the library had 12,500 readers"
    document = (built / "data/sources/report.txt").read_text("utf-8")
    around = f"{quotation.before}{quotation.words}{quotation.after}".strip("…")
    assert around in document
    assert (quotation.where[:5], quotation.trouble) == ("line ", "")
    assert [source.id for source in found.sources] == ["REPORT"]
    assert found.changed == ""


def test_what_sources_disagree_about_is_told_with_the_ruling(built: Path) -> None:
    (told,) = ask(built, "fact", "readers.2024").disagreements

    assert [claim.value for claim in told.claims] == ["12,500 readers", "about 13,000 readers"]
    assert [claim.preferred for claim in told.claims] == [True, True]
    assert "The press rounds" in told.claims[1].reason
    assert told.ruling
    assert all(ord(letter) < 0x100000 for claim in told.claims for letter in f"{claim.value}{claim.reason}{told.ruling}")


def test_a_fact_that_nobody_contradicts_has_no_other_side(built: Path) -> None:
    assert ask(built, "fact", "room.cost").disagreements == ()


def test_a_computed_fact_shows_what_it_is_computed_from(built: Path) -> None:
    found = ask(built, "fact", "readers.per.euro")

    assert [each.id for each in found.inputs] == ["readers.2024", "readers.2024.press"]
    assert found.statements[0].formula.startswith("round(")
    assert {each.source.id for each in found.quotations} == {"REPORT", "XINWEN"}


def test_an_observation_shows_its_series_row(built: Path) -> None:
    found = ask(built, "observation", "loans 2024")

    (statement,) = found.statements
    assert statement.value.endswith("loans")
    assert statement.place.startswith("data/library/series/loans.csv:")
    assert found.quotations == ()
    assert [source.id for source in found.sources] == ["STATS"]


def test_a_change_shows_both_values(built: Path) -> None:
    numbers = show_edition(Workspace(built), "library").numbers
    change = next(each for each in numbers if each.kind == "change")
    workspace = Workspace(built)

    knowledge = learn(workspace, workspace.topics(), today=date.max)
    found = testimony.testify(workspace, knowledge, "library", change, partial(testimony.draw_for, workspace, knowledge))

    assert [each.id for each in found.statements] == change.of.split("; ")


def test_what_has_changed_since_the_edition_is_said(built: Path, tmp_path: Path) -> None:
    folder = changed(built, tmp_path, "data/library/facts.csv", "2024,1.2,million,EUR", "2024,1.3,million,EUR")

    found = ask(folder, "fact", "room.cost")

    assert (found.then, found.changed, found.gone) == ("€1.2 million", "€1.3 million", False)


def test_an_observation_that_was_revised_since_is_said_to_be(built: Path, tmp_path: Path) -> None:
    folder = changed(built, tmp_path, "data/library/series/loans.csv", "2024,43000,", "2024,43900,")

    found = ask(folder, "observation", "loans 2024")

    assert (found.then, found.changed, found.gone) == ("43,000 loans", "43,900 loans", False)


def test_a_change_between_values_of_which_one_was_revised_says_both_as_they_are_now(built: Path, tmp_path: Path) -> None:
    folder = changed(built, tmp_path, "data/library/series/readers.csv", "2023,10000,", "2023,10100,")
    of = next(each.of for each in show_edition(Workspace(built), "library").numbers if each.kind == "change")
    assert of == "readers.2024; readers 2023 own"

    found = ask(folder, "change", of)

    assert found.then == "12,500 readers; 10,000 readers"
    assert found.changed == "12,500 readers; 10,100 readers"
    assert ask(built, "change", of).changed == ""


def test_an_observation_that_is_gone_is_said_to_be(built: Path, tmp_path: Path) -> None:
    folder = changed(built, tmp_path, "data/library/series/loans.csv", "2024,43000,", "2025,43000,")

    found = ask(folder, "observation", "loans 2024")

    assert (found.statements, found.changed, found.gone, found.then) == ((), "", True, "43,000 loans")


def test_a_fact_that_is_gone_is_said_to_be(built: Path, tmp_path: Path) -> None:
    folder = changed(built, tmp_path, "data/library/facts.csv", "room.cost,", "room.price,")

    found = ask(folder, "fact", "room.cost")

    assert (found.statements, found.changed, found.gone, found.then) == ((), "", True, "€1.2 million")


def test_a_topic_that_is_gone_leaves_what_the_edition_says(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    shutil.move(folder / "data/library", folder / "data/museum")

    found = ask(folder, "fact", "room.cost")

    assert (found.statements, found.gone) == ((), True)
    assert [source.id for source in found.sources] == ["REPORT"]


@pytest.mark.parametrize(
    ("harm", "trouble"),
    [
        (lambda path: path.unlink(), "away"),
        (lambda path: path.write_text("Another document.", "utf-8"), "other"),
    ],
)
def test_a_document_that_is_not_the_one_shows_the_anchor_alone(
    built: Path, tmp_path: Path, harm: Callable[[Path], None], trouble: str
) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    harm(folder / "data/sources/report.txt")

    (quotation,) = ask(folder, "fact", "room.cost").quotations

    assert (quotation.trouble, quotation.words) == (trouble, "")
    assert quotation.anchor == "The new reading room cost 1.2 million euros"


def test_words_that_are_not_in_the_document_are_lost(built: Path, tmp_path: Path) -> None:
    folder = changed(built, tmp_path, "data/library/facts.csv", "The new reading room cost", "The old reading room cost")

    (quotation,) = ask(folder, "fact", "room.cost").quotations

    assert quotation.trouble == "lost"


@pytest.mark.parametrize("kind", ["source-mark", "source", "check"])
def test_a_numeral_that_is_said_of_a_source_shows_the_source(built: Path, kind: str) -> None:
    found = ask(built, kind, "REPORT")

    assert [source.id for source in found.sources] == ["REPORT"]
    assert found.statements == ()
