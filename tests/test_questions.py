"""Questions and answers: a question is a warning until data/<topic>/answers.toml says why the figure stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from generator.knowledge import learn
from generator.questions import QUESTIONS
from generator.workspace import Workspace

DOCS = Path(__file__).resolve().parent.parent / "docs" / "workspace.md"


def told(project: Path) -> list[str]:
    known = learn(Workspace(project), ["library"], today=date(2026, 1, 1))
    return [str(finding) for finding in known.findings if "plausibility" in finding.rule or "toml" in finding.rule]


def write(project: Path, rows: str, answers: str = "") -> Path:
    facts = project / "data/library/facts.csv"
    facts.write_text(facts.read_text("utf-8") + rows, "utf-8")
    if answers:
        (project / "data/library/answers.toml").write_text(answers, "utf-8")
    return project


ROW = "readers.2025,readers,library,2025,127000,,reader,,own,REPORT,,normal,,,,\n"


@pytest.fixture
def asked(project: Path) -> str:
    (line,) = (line for line in told(write(project, ROW)) if "plausibility" in line)
    return line


def test_a_question_is_a_warning_at_its_row_with_the_line_that_would_answer_it(asked: str) -> None:
    assert asked.startswith("data/library/facts.csv:8: warning: 'readers.2025': 127,000 reader in 2025 is 10.2 times")
    assert asked.endswith(
        "Correct it, set it to deprecated with a reason, or say in data/library/answers.toml why it stands:"
        ' ["readers.2025"] magnitude = "…". [plausibility.magnitude]'
    )


def test_an_answer_settles_it(project: Path) -> None:
    assert told(write(project, ROW, '["readers.2025"]\nmagnitude = "The new branch counts too."\n')) == []


def test_an_answer_to_another_question_does_not(project: Path) -> None:
    lines = told(write(project, ROW, '["readers.2025"]\ngrowth = "The new branch counts too."\n'))

    assert [line.partition("[plausibility")[2] for line in lines] == [".unasked]", ".magnitude]"]


def test_deprecated_with_a_reason_settles_it_too(project: Path) -> None:
    aside = ROW.replace(",normal,,,,", ",deprecated,,A misprint.,,")

    assert told(write(project, aside)) == []


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            '["readers.2025"]\nmagnitud = "x"\n',
            ("data/library/answers.toml:2: error: readers.2025.magnitud: is unknown; expected the keys date, formula, growth,"
            " magnitude, multiple, period, stale, whole. Did you mean 'magnitude'? [toml.unknown]"),
        ),
        ('["readers.2025"]\nmagnitude = ""\n', "data/library/answers.toml:2: error: readers.2025.magnitude: is empty"),
        ('["readers.2025"]\nmagnitude = 3\n', "data/library/answers.toml:2: error: readers.2025.magnitude: 3; expected a text"),
        ('readers = "x"\n', "data/library/answers.toml:1: error: readers: 'x'; expected a table [readers]"),
        ("[readers\n", "data/library/answers.toml"),
        (
            '["readers.2024"]\nwhole = "x"\n',
            ("data/library/answers.toml:2: note: an answer to 'whole' of 'readers.2024', and nothing is asked; expected an"
            " answer to a question that `briefing check` asks. Take it out, so that it does not answer a question to come."),
        ),
    ],
)
def test_what_is_wrong_with_answers_is_told(project: Path, answers: str, message: str) -> None:
    lines = told(write(project, "", answers))

    assert [line for line in lines if line.startswith(message)] != [], lines


def test_an_answer_goes_by_the_name_of_a_row_of_a_series(project: Path) -> None:
    table = project / "data/library/series/loans.csv"
    text = table.read_text("utf-8")
    last = text.strip().rpartition("\n")[2].split(",")
    last[0], last[1] = str(int(last[0]) + 1), f"{float(last[1]) * 10:.0f}"
    table.write_text(text + ",".join(last) + "\n", "utf-8")

    (line,) = (line for line in told(project) if "plausibility" in line)
    name = line.partition("'")[2].partition("'")[0]

    assert name.startswith(f"loans {last[0]}")
    assert told(write(project, "", f'["{name}"]\nmagnitude = "Renewals count since then."\n')) == []


def test_every_question_is_described_in_the_docs() -> None:
    text = DOCS.read_text("utf-8")

    assert [kind for kind in QUESTIONS if f"| `{kind}` |" not in text] == []


def test_a_stale_figure_is_a_warning_counted_to_the_day_that_would_date_the_edition(project: Path) -> None:
    vocabulary = project / "data/vocabulary.toml"
    vocabulary.write_text(vocabulary.read_text("utf-8").replace("shelf_life = 600", "shelf_life = 1"), "utf-8")

    (line,) = told(project)

    assert line.startswith("data/library/facts.csv:2: warning: 'readers.2024': the newest figure of 'readers' of 'library' is for")
    assert "12 months before the edition of 2026-01-01; expected 1 month at most, its shelf life" in line
    assert told(write(project, "", '["readers.2024"]\nstale = "The report is yearly."\n')) == []
