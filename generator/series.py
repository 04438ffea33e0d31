"""The series: observations of one metric of one entity, read, completed from facts, and derived.

Place in the pipeline: step 1 Read. In: `data/<topic>/series/*.csv` and their `.toml`; out: `Series`
values. `frame` gives the same as a pandas table, for analysts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, get_args

from .formula import FormulaError, evaluate_series, lagged, references
from .model import Fact, Measure, Observation, Qualifier, Rank, Series, Status, Vocabulary
from .periods import UNDATED, Period
from .reading import Findings, Table, did_you_mean
from .tables import Row, check_known, read_rows, take_choice, take_number, take_period, unit_advice
from .vintages import settle

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("period", "value", "unit", "basis", "source", "status", "note")
OPTIONAL = ("qualifier", "rank", "known")
WEAKEST: tuple[Status, ...] = (
    "break", "definition differs", "low reliability", "unvalidated", "estimated", "provisional", "normal",
)  # fmt: skip
"""What a reader must know first stands first: whether values compare at all, then how sure they are."""


def read_sidecar(id_: str, table: Table, vocabulary: Vocabulary) -> Series:
    """Return a series without observations, as its `.toml` describes it."""
    measure = table.text("measure")
    if measure and measure not in get_args(Measure):
        table.refuse("measure", f"'{measure}'", expected=", ".join(get_args(Measure)), cure="Correct it.")
    series = Series(
        id=id_,
        label=table.label("label"),
        metric=table.text("metric"),
        entity=table.text("entity"),
        unit=table.text("unit"),
        measure=measure,  # type: ignore[arg-type]
        observations=(),
        note=table.phrase("note", ""),
        formula=table.text("formula", ""),
        place=table.place(),
    )
    for key, known in (
        ("metric", [metric.id for metric in vocabulary.metrics]),
        ("entity", [entity for entity, _ in vocabulary.entities]),
    ):
        if (word := getattr(series, key)) and word not in known:
            cure = did_you_mean(word, known)
            table.refuse(key, f"'{word}'", expected="an id of data/vocabulary.toml", cure=cure, rule=f"series.{key}")
    if series.unit and not vocabulary.has_unit(series.unit):
        expected, cure = unit_advice(series.unit, vocabulary)
        table.refuse("unit", f"'{series.unit}'", expected=expected, cure=cure, rule="series.unit")
    table.table("connector")
    table.done()
    return series


def read_observations(
    series: Series, text: str, file: str, *, bases: Collection[str], sources: Collection[str], findings: Findings
) -> Series:
    """Return the series with the observations of its table; every problem of every row is collected."""
    rows = []
    for row in read_rows(text, file, REQUIRED, OPTIONAL, findings):
        before = len(findings)
        check_known(row, "basis", ("", *bases), findings)
        check_known(row, "unit", (series.unit,), findings, where=f"{series.id}.toml")
        if not row["source"].startswith("fact:"):
            check_known(row, "source", sources, findings, where="data/sources.toml")
        observation = _read_observation(row, findings)
        if not findings.failed(before):
            rows.append(observation)
    _check_unique(rows, findings)
    return settle(replace(series, observations=tuple(rows)))


def _read_observation(row: Row, findings: Findings) -> Observation:
    fact = row["source"].removeprefix("fact:") if row["source"].startswith("fact:") else ""
    if fact and row["value"]:
        findings.add(
            row.place,
            "series.value-and-fact",
            f"value '{row['value']}' beside the fact '{fact}'",
            expected="an empty value: the fact carries it",
            cure="Empty the cell, so that the number is stored once.",
        )
    cells = {**row.cells, "status": row["status"] or "normal", "rank": row["rank"] or "normal"}
    row = Row(cells, row.place)
    return Observation(
        period=take_period(row, "period", findings) or UNDATED,
        value=take_number(row, "value", findings) if row["value"] else None,
        unit=row["unit"],
        basis=row["basis"],
        source="" if fact else row["source"],
        status=take_choice(row, "status", get_args(Status), findings),  # type: ignore[arg-type]
        note=row["note"],
        qualifier=take_choice(row, "qualifier", get_args(Qualifier), findings),  # type: ignore[arg-type]
        rank=take_choice(row, "rank", get_args(Rank), findings),  # type: ignore[arg-type]
        fact=fact,
        known=_known_day(row, findings),
        place=row.place,
    )


def _known_day(row: Row, findings: Findings) -> str:
    day = row["known"]
    if day and (row["source"].startswith("fact:") or not _is_day(day)):
        findings.add(
            row.place,
            "series.known",
            f"known '{day}'",
            expected="a day, 2026-11-22, in a row that holds its own value",
            cure="Write the day since which the publisher has said so, or leave the cell empty.",
        )
        return ""
    return day


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_unique(rows: Iterable[Observation], findings: Findings) -> None:
    seen: dict[tuple[str, ...], Observation] = {}
    for row in rows:
        key = (row.period.text, row.basis, row.source, row.fact, row.known)
        if key in seen and row.period.dated:
            findings.add(
                row.place,
                "series.row-twice",
                f"period {row.period} of '{row.source or row.fact}' stands at line {seen[key].place.line} too",
                expected="one value a period, basis, source and known day",
                cure="Remove one, or tell them apart by basis.",
            )
        seen.setdefault(key, row)


def complete(series: Series, facts: Mapping[str, Fact], findings: Findings) -> Series:
    """Return the series with the values of the facts that its rows point at."""
    return replace(
        series, observations=tuple(_complete_row(row, series, facts, findings) for row in series.observations)
    )


def _complete_row(row: Observation, series: Series, facts: Mapping[str, Fact], findings: Findings) -> Observation:
    if not row.fact:
        return row
    fact = facts.get(row.fact)
    if fact is None or fact.amount is None or fact.unit != series.unit:
        found = f"no fact '{row.fact}'" if fact is None else f"fact '{row.fact}' is in {fact.unit}"
        findings.add(
            row.place,
            "series.fact",
            found,
            expected=f"a fact of this topic in {series.unit}",
            cure=did_you_mean(row.fact, facts) if fact is None else "Point at another fact, or correct its unit.",
        )
        return row
    return replace(
        row,
        value=fact.amount,
        source=fact.source,
        qualifier=fact.qualifier,
        rank=fact.rank,
        basis=row.basis or fact.basis,
    )


def derive(all_series: tuple[Series, ...], findings: Findings) -> tuple[Series, ...]:
    """Return the series with those that have a formula computed from the others, in their order."""
    done = {series.id: series for series in all_series if not series.formula}
    waiting = [series for series in all_series if series.formula]
    while waiting:
        ready = [series for series in waiting if all(id_ in done for id_ in _needs(series, findings))]
        if not ready:
            _report_stuck(waiting, done, findings)
            break
        for series in ready:
            done[series.id] = _compute(series, done, findings)
            waiting.remove(series)
    return tuple(done.get(series.id, series) for series in all_series)


def _needs(series: Series, findings: Findings) -> tuple[str, ...]:
    try:
        return references(series.formula)
    except FormulaError as error:
        if not any(finding.place == series.place for finding in findings):
            _refuse_formula(series, error, findings)
        return ()


def _report_stuck(waiting: Iterable[Series], done: Mapping[str, Series], findings: Findings) -> None:
    names = {series.id for series in waiting}
    for series in waiting:
        missing = [id_ for id_ in references(series.formula) if id_ not in done]
        unknown = [id_ for id_ in missing if id_ not in names]
        found = f"no series '{unknown[0]}'" if unknown else f"the formulas of {', '.join(sorted(names))} go in a circle"
        cure = did_you_mean(unknown[0], [*done, *names]) if unknown else "Break the circle."
        findings.add(series.place, "series.formula", found, expected="series of this topic", cure=cure)


def _compute(series: Series, done: Mapping[str, Series], findings: Findings) -> Series:
    inputs = {id_: done[id_] for id_ in _needs(series, findings)}
    try:
        values = evaluate_series(
            series.formula,
            {id_: [(row.period, row.value) for row in item.of()] for id_, item in inputs.items()},
            units={id_: item.unit for id_, item in inputs.items()},
            breaks={
                id_: {row.period for row in item.of() if row.status == "break"} for id_, item in inputs.items()
            },
            result=series.unit,
        )
        now, before = lagged(series.formula)
    except FormulaError as error:
        _refuse_formula(series, error, findings)
        return series
    standing: dict[Period, list[Observation]] = {}
    for row in (row for id_ in now for row in inputs[id_].of()):
        standing.setdefault(row.period, []).append(row)
    followed: dict[tuple[str, int], list[Observation]] = {}
    for row in (row for id_ in before for row in inputs[id_].of()):
        if row.period.kind != "interval":
            followed.setdefault((row.period.kind, row.period.end.toordinal() + 1), []).append(row)
    rows = (
        _inherit(
            Observation(period, value, series.unit, place=series.place),
            standing.get(period, ()),
            followed.get((period.kind, period.start.toordinal()), ()),
        )
        for period, value in values
        if value is not None
    )
    return replace(series, observations=tuple(rows))


def _inherit(row: Observation, now: Iterable[Observation], before: Iterable[Observation]) -> Observation:
    """Return a computed value with the weakest status of what it is computed from, "about" where that is qualified.

    The break of a period before concerns only what came before it.
    """
    inputs = [*now, *(each for each in before if each.status != "break")]
    said = {each.status for each in inputs}
    status: Status = next((each for each in WEAKEST if each in said), "normal")
    return replace(row, status=status, qualifier="about" if any(each.qualifier for each in inputs) else "")


def _refuse_formula(series: Series, error: FormulaError, findings: Findings) -> None:
    findings.add(
        series.place,
        "series.formula",
        f"formula of '{series.id}': {error.found}",
        expected=error.expected,
        cure=error.cure,
    )


def write_observations(rows: Iterable[Observation]) -> bytes:
    """Return a series' table with these rows, its optional columns only where a row has something in them."""
    cells = [_cells(row) for row in rows]
    columns = [*REQUIRED, *(column for column in OPTIONAL if any(each[column] for each in cells))]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([each[column] for column in columns] for each in cells)
    return file.getvalue().encode()


def _cells(row: Observation) -> dict[str, str]:
    told = {column: str(getattr(row, column)) for column in ("unit", "basis", "note", "qualifier", "known")}
    return told | {
        "period": row.period.text,
        "value": "" if row.value is None or row.fact else f"{row.value:f}",
        "source": f"fact:{row.fact}" if row.fact else row.source,
        "status": "" if row.status == "normal" else row.status,
        "rank": "" if row.rank == "normal" else row.rank,
    }


def frame(series: Series) -> pd.DataFrame:
    """Return a series as a pandas table: start, end, value (float, in `unit`), basis, source, status."""
    import pandas as pd

    rows = [row for row in series.observations if row.period.dated]
    return pd.DataFrame(
        {
            "period": [row.period.text for row in rows],
            "start": pd.to_datetime([row.period.start.isoformat() for row in rows]),
            "end": pd.to_datetime([row.period.end.isoformat() for row in rows]),
            "value": pd.array([None if row.value is None else float(row.value) for row in rows], dtype="Float64"),
            "basis": [row.basis for row in rows],
            "source": [row.source for row in rows],
            "status": [row.status for row in rows],
        }
    )
