"""Proofs: a page as it would be printed now, and every mistake on the way as a finding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from generator import pipeline
from generator.proof import Proof, pull
from generator.workshop import Workshop
from generator.workspace import Workspace

LATEST = date(2026, 11, 22)


@pytest.fixture
def shop(project: Path) -> Iterator[Workshop]:
    with pipeline.open_workshop(Workspace(project), pipeline.Request()) as opened:
        yield opened


def proof(project: Path, shop: Workshop, topic: str = "library", language: str = "en", steps: list[int] | None = None) -> Proof:
    tell = steps.append if steps is not None else (lambda _step: None)
    return pull(Workspace(project), topic, language, shop, latest=LATEST, tell=tell)


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.slow
def test_a_proof_is_the_next_edition_byte_for_byte(project: Path, shop: Workshop) -> None:
    steps: list[int] = []

    pulled = proof(project, shop, steps=steps)

    assert (pulled.error, pulled.stopped) == ("", False)
    assert [*steps[:3], *sorted(steps[3:])] == [1, 2, 3, 4, 5]
    assert len(pulled.numerals) > 100
    assert not (project / "reports").exists()
    (outcome,) = pipeline.build(Workspace(project), pipeline.Request())
    assert outcome.edition
    kept = project / "reports/library" / outcome.edition.id / outcome.edition.files[0][1]
    assert kept.read_bytes() == pulled.pdf


def test_mistakes_of_data_stop_a_proof_before_anything_is_drawn(project: Path, shop: Workshop) -> None:
    replaced(project / "data/library/facts.csv", "12500", "12,500 people")

    pulled = proof(project, shop)

    assert pulled.stopped
    assert not pulled.pdf
    assert any(found.place.file == "data/library/facts.csv" and found.severity == "error" for found in pulled.findings)


def test_mistakes_of_the_text_are_told_at_their_line(project: Path, shop: Workshop) -> None:
    path = project / "data/library/text.en.md"
    path.write_text(path.read_text("utf-8") + "\nThere are 77 shelves.\n", "utf-8")
    line = len(path.read_text("utf-8").splitlines())

    pulled = proof(project, shop)

    assert [(str(found.place), found.rule) for found in pulled.findings if found.severity == "error"] == [
        (f"data/library/text.en.md:{line}", "text.number")
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("briefing.toml", "issuer = ", "toml.syntax"),
        ("data/vocabulary.toml", "[[[", "toml.syntax"),
        ("data/library/topic.toml", "\x00", ""),
        ("templates/briefing/page.html", "{% if %}", ""),
        ("templates/briefing/style.css", "@page { size: A4 }", ""),
    ],
)
def test_no_broken_file_raises(project: Path, shop: Workshop, name: str, content: str, rule: str) -> None:
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text(content, "utf-8")

    pulled = proof(project, shop)

    assert pulled.stopped
    assert pulled.findings or pulled.error
    assert not rule or rule in {found.rule for found in pulled.findings}, pulled


@pytest.mark.parametrize(("topic", "language"), [("libary", "en"), ("library", "xx-none")])
def test_what_is_not_there_is_an_error_and_no_crash(project: Path, shop: Workshop, topic: str, language: str) -> None:
    pulled = proof(project, shop, topic, language)

    assert pulled.stopped
    assert pulled.error or pulled.findings


@pytest.mark.slow
def test_a_proof_that_prints_with_errors_says_so_and_is_shown(project: Path, shop: Workshop) -> None:
    style = project / "templates/briefing/style.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    shipped = Path(__file__).resolve().parent.parent / "templates/briefing/style.css"
    style.write_text(shipped.read_text("utf-8") + "\nh1 { background: url(nowhere.png) }\n", "utf-8")

    pulled = proof(project, shop)

    assert pulled.pdf
    assert "pdf.missing" in {found.rule for found in pulled.findings}
