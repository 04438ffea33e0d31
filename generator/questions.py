"""The questions that the arithmetic asks of figures, and the answers that a topic gives them.

Place in the pipeline: base. Answers are read from `data/<topic>/answers.toml` (step 1 Read); `plausibility`
and `staleness` ask (step 2 Check). An answer names the row as the question does, and the kind of question:

    ["trade_part_year 2025-01/2025-11"]
    whole = "Two agencies; the second is rounded."
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from .model import Finding, Place
from .reading import Findings, Table

FILE = "answers.toml"
QUESTIONS: Mapping[str, str] = {
    "magnitude": "far off its series, or off by a power of ten",
    "growth": "a rate of change that its levels do not give",
    "multiple": "a multiple that its levels do not give, or that can be read in two ways",
    "whole": "larger than the whole it is a part of",
    "formula": "another value than the formula of its metric gives",
    "date": "an event on two days, on the wrong day of the week, or before what it must follow",
    "period": "a period that began after its source was published",
    "stale": "older than its metric's shelf life, with nothing newer, or shown as current",
}
"""Each question's name, which is its rule's too, and what is asked."""


class Asked(Protocol):
    """A row that can be asked about."""

    @property
    def name(self) -> str:
        """What the row is called in questions and answers: a fact's id, or a series' with the period."""

    @property
    def place(self) -> Place:
        """Where the row stands."""


@dataclass(frozen=True, slots=True)
class Question:
    """A figure that the arithmetic does not bear out.

    `kind` is one of QUESTIONS. It is asked where the first of the `rows` stands, and answered by an answer to any.
    """

    kind: str
    rows: tuple[Asked, ...]
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a row stands as it is although it was asked about."""

    row: str
    kind: str
    reason: str
    place: Place


def read_answers(table: Table) -> tuple[Answer, ...]:
    """Return the answers of a table; a kind of question that there is not is collected in its findings."""
    found = []
    for row, child in table.named():
        found += [Answer(row, kind, child.text(kind), child.place(kind)) for kind in QUESTIONS if kind in child.data]
        for kind in QUESTIONS:
            child.raw(kind)
        child.done()
    return tuple(found)


def settle(questions: Iterable[Question], answers: Iterable[Answer], file: str) -> tuple[Finding, ...]:
    """Return a warning for each question without an answer, and a note for each answer to what is not asked."""
    questions, answers = tuple(questions), tuple(answers)
    findings = Findings()
    given = {(answer.kind, answer.row) for answer in answers}
    for question in questions:
        if not any((question.kind, row.name) in given for row in question.rows):
            findings.add(
                question.rows[0].place,
                f"plausibility.{question.kind}",
                question.found,
                expected=question.expected,
                cure=f"Correct it, set it to deprecated with a reason, or say in {file} why it stands: "
                f'["{question.rows[0].name}"] {question.kind} = "…".',
                severity="warning",
            )
    asked = {(question.kind, row.name) for question in questions for row in question.rows}
    for answer in answers:
        if (answer.kind, answer.row) not in asked:
            findings.add(
                answer.place,
                "plausibility.unasked",
                f"an answer to '{answer.kind}' of '{answer.row}', and nothing is asked",
                expected="an answer to a question that `briefing check` asks",
                cure="Take it out, so that it does not answer a question to come.",
                severity="note",
            )
    return tuple(findings)
