"""The facts: one checkable statement a row.

Place in the pipeline: step 1 Read. In: `data/<topic>/facts.csv`; out: `Fact` values. Types are declared,
never guessed: a number is digits with a point, a period is written as docs/workspace.md says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from .causes import UNREAD_FACT
from .model import SCALES, Fact, Qualifier, Rank, Vocabulary
from .periods import UNDATED, Period
from .reading import Findings
from .tables import Row, check_known, check_unit, read_rows, take_choice, take_number, take_period

REQUIRED = ("id", "metric", "entity", "period", "value", "scale", "unit", "source", "anchor", "rank")
OPTIONAL = ("qualifier", "basis", "formula", "reason", "note", "ref")
_ID = re.compile(r"[a-z0-9]+(?:[._][a-z0-9]+)*\Z")


def read_facts(
    text: str, file: str, vocabulary: Vocabulary, sources: Collection[str], findings: Findings
) -> tuple[Fact, ...]:
    """Return the facts of a table; every problem of every row is collected."""
    facts, known = [], _known_ids(vocabulary)
    for row in read_rows(text, file, REQUIRED, OPTIONAL, findings):
        before = len(findings)
        fact = _read_fact(row, findings)
        for column, ids in known.items():
            check_known(row, column, ids, findings)
        _check_words(fact, row, vocabulary, sources, findings)
        _check_origin(fact, findings)
        if not findings.failed(before):
            facts.append(fact)
        elif fact.id:
            # `causes` knows by the id what only follows from a row that gives no fact.
            said = UNREAD_FACT.format(fact.id)
            findings[before:] = [replace(each, found=f"{said}{each.found}") for each in findings[before:]]
    check_unique(facts, findings)
    return tuple(facts)


def _known_ids(vocabulary: Vocabulary) -> dict[str, dict[str, None]]:
    """Return the ids that may stand in each column, as keys: in their order, and found at once."""
    return {
        "metric": dict.fromkeys(metric.id for metric in vocabulary.metrics),
        "entity": dict.fromkeys(id_ for id_, _ in vocabulary.entities),
        "basis": dict.fromkeys(("", *(id_ for id_, _ in vocabulary.bases))),
    }


def check_unique(facts: Iterable[Fact], findings: Findings) -> None:
    """Collect a finding for each id that stands twice, naming both lines."""
    seen: dict[str, Fact] = {}
    for fact in facts:
        if fact.id in seen:
            findings.add(
                fact.place,
                "facts.id-twice",
                f"id '{fact.id}' stands at {seen[fact.id].place} too",
                expected="each id once in the workspace",
                cure="Rename one of the facts.",
            )
        seen.setdefault(fact.id, fact)


def _read_fact(row: Row, findings: Findings) -> Fact:
    unit = row["unit"]
    return Fact(
        id=row["id"],
        metric=row["metric"],
        entity=row["entity"],
        period=take_period(row, "period", findings) or UNDATED,
        value=_take_value(row, unit, findings),
        unit=unit,
        scale=take_choice(row, "scale", tuple(SCALES), findings),
        qualifier=take_choice(row, "qualifier", get_args(Qualifier), findings),  # type: ignore[arg-type]
        basis=row["basis"],
        source=row["source"],
        anchor=row["anchor"],
        rank=take_choice(row, "rank", get_args(Rank), findings),  # type: ignore[arg-type]
        formula=row["formula"],
        reason=row["reason"],
        note=row["note"],
        ref=row["ref"],
        place=row.place,
    )


def _take_value(row: Row, unit: str, findings: Findings) -> Decimal | Period | str:
    if row["formula"]:
        if row["value"]:
            findings.add(
                row.place,
                "facts.value-and-formula",
                f"value '{row['value']}' beside a formula",
                expected="one of them",
                cure="Empty the value: a derived figure is computed at each build.",
            )
        return Decimal(0)
    if unit == "text":
        if not row["value"]:
            findings.add(row.place, "facts.value", "an empty value", expected="words", cure="Write them.")
        return row["value"]
    if unit == "date":
        return take_period(row, "value", findings) or UNDATED
    number = take_number(row, "value", findings)
    return Decimal(0) if number is None else number


def _check_words(
    fact: Fact, row: Row, vocabulary: Vocabulary, sources: Collection[str], findings: Findings
) -> None:
    if not _ID.match(fact.id):
        findings.add(
            fact.place,
            "facts.id",
            f"id '{fact.id}'",
            expected="lower-case letters, digits, '.' and '_': trade.cn.2022",
            cure="Rename it.",
        )
    check_unit(row, vocabulary, findings)
    if not fact.formula or fact.source:
        check_known(row, "source", sources, findings, where="data/sources.toml")


def _check_origin(fact: Fact, findings: Findings) -> None:
    if fact.rank == "deprecated" and not fact.reason:
        findings.add(
            fact.place,
            "facts.reason",
            f"fact '{fact.id}' is deprecated without a reason",
            expected="the reason why it is set aside",
            cure="Write it in the column 'reason'.",
        )
    if fact.formula and fact.anchor:
        findings.add(
            fact.place,
            "facts.anchor",
            f"derived fact '{fact.id}' has an anchor",
            expected="a formula or an anchor",
            cure="Make the source's own claim a fact of its own, beside this one.",
        )
