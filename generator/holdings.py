"""The series of a topic as their files have them: table, sidecar, connector, origins.

Place in the pipeline: step 1 Read, called by `knowledge`, and by `refresh` for the series that it brings up to date.
In: `data/<topic>/series/`; out: `Series`, neither completed from facts nor derived, with every problem found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from .connectors.base import Connection, read_connection
from .model import Place, Series, Source, Vocabulary
from .origins import Origin, counting, read_origins
from .reading import Findings, Table
from .series import read_observations, read_sidecar
from .workspace import ORIGIN, Workspace


def series_names(workspace: Workspace, folder: str) -> tuple[str, ...]:
    """Return the names of a topic's series, each `data/<topic>/series/<series>` without an ending."""
    files = [name for name in workspace.files(f"{folder}/series") if not name.endswith(ORIGIN)]
    return tuple(dict.fromkeys(str(PurePosixPath(name).with_suffix("")) for name in files))


def connected(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Return the files' stem and the connector of each series that has one, by `topic/series`."""
    found = {}
    for topic in workspace.topics():
        for stem in series_names(workspace, f"data/{topic}"):
            table = workspace.table(f"{stem}.toml", Findings()) if workspace.has(f"{stem}.toml") else None
            wired = table.data.get("connector") if table else None
            if wired is not None:
                name = wired.get("name") if isinstance(wired, dict) else None
                found[f"{topic}/{stem.rpartition('/')[2]}"] = (stem, name if isinstance(name, str) else "")
    return found


def read_all_series(
    workspace: Workspace, folder: str, vocabulary: Vocabulary, sources: Mapping[str, Source], findings: Findings
) -> tuple[Series, ...]:
    """Return the series of a topic's folder; those that have no sidecar are left out, with a finding."""
    found = (
        read_series(workspace, name, vocabulary, sources, findings)[0] for name in series_names(workspace, folder)
    )
    return tuple(series for series in found if series)


def read_series(
    workspace: Workspace, name: str, vocabulary: Vocabulary, sources: Mapping[str, Source], findings: Findings
) -> tuple[Series | None, Connection | None]:
    """Return a series and how it is connected to its publisher, None where it is not."""
    sidecar = _sidecar(workspace, name, findings)
    if sidecar is None:
        return None, None
    series = read_sidecar(PurePosixPath(name).name, sidecar, vocabulary)
    bases = [id_ for id_, _ in vocabulary.bases]
    connection = None
    if wired := isinstance(sidecar.data.get("connector"), dict):
        connection = read_connection(sidecar.table("connector"), sources=sources, bases=bases)
    table = f"{name}.csv"
    if series.formula:
        _refuse_beside_formula(workspace, name, series, findings, wired=wired)
        return series, None
    if wired and not workspace.has(table):
        # Nothing has been fetched yet.
        return series, connection
    text = workspace.text(table, findings)
    if text is not None:
        series = read_observations(series, text, table, bases=bases, sources=sources, findings=findings)
    return replace(series, origins=counting(read_log(workspace, name, findings), series)), connection


def read_log(workspace: Workspace, name: str, findings: Findings) -> tuple[Origin, ...]:
    """Return the refreshes that a series' origin file tells of, none where there is no such file."""
    file = f"{name}{ORIGIN}"
    table = workspace.table(file, findings) if workspace.has(file) else None
    return read_origins(table) if table else ()


def _sidecar(workspace: Workspace, name: str, findings: Findings) -> Table | None:
    if workspace.has(f"{name}.toml"):
        return workspace.table(f"{name}.toml", findings)
    findings.add(
        Place(f"{name}.csv"),
        "series.sidecar",
        "has no .toml that says what it measures",
        expected=f"{PurePosixPath(name).name}.toml beside it",
        cure="Write one; if the table is a copy, move it away.",
    )
    return None


def _refuse_beside_formula(
    workspace: Workspace, name: str, series: Series, findings: Findings, *, wired: bool
) -> None:
    if workspace.has(f"{name}.csv"):
        findings.add(
            Place(f"{name}.csv"),
            "series.formula-and-table",
            f"a table beside the formula in {name}.toml",
            expected="one of them",
            cure="Remove the table: a derived series is computed at each build.",
        )
    if wired:
        findings.add(
            series.place,
            "series.formula-and-connector",
            "a formula beside [connector]",
            expected="one of them",
            cure="Remove one: a derived series is computed at each build, a connected one is fetched.",
        )
