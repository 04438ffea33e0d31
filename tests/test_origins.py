"""Where the rows of a refreshed series came from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from wired import LOANS

from generator.knowledge import learn
from generator.origins import Origin, read_origins, write_origins
from generator.reading import Findings, read_toml
from generator.workspace import Workspace

ORIGINS = (
    Origin("2025-05-01", "2025-06-01", "STATS", (('https://x/?a=[1]&b="\\', "a" * 64), ("https://x/2", "b" * 64))),
    Origin("2026-05-01", "2026-06-01", "STATS", (), "2026-05-01", 'GDP, "constant"\u007f', "loan"),
)
HEAD = "period,value,unit,basis,source,status,note,known\n"


def read(data: bytes) -> tuple[tuple[Origin, ...], Findings]:
    findings = Findings()
    table = read_toml(data.decode(), "x.origin.toml", findings)
    return read_origins(table) if table else (), findings


def test_what_is_written_is_read_again() -> None:
    data = write_origins(ORIGINS, "loans.csv")

    assert read(data) == (ORIGINS, [])
    assert data.startswith(b"# Written by `briefing refresh`: the answers that the rows of loans.csv come from")


@pytest.mark.parametrize(
    ("line", "said"),
    [("known = 2025", "refresh[0].known: 2025"), ('sha = "x"', "refresh[0].sha: is unknown"),
     ('answers = [{ address = "x", sha256 = "12" }]', "refresh[0].answers[0].sha256: '12'")],
)  # fmt: skip
def test_a_damaged_file_is_told(line: str, said: str) -> None:
    text = 'source = "S"\nfetched = 2025-01-01\n' + line + ("" if "known" in line else "\nknown = 2025-01-01")

    _, findings = read(f"[[refresh]]\n{text}\n".encode())

    assert [finding.found for finding in findings] == [said]


def store(project: Path, known: str) -> None:
    (project / f"{LOANS}.csv").write_text(f"{HEAD}2022,100,loan,,STATS,,,{known}\n2023,100,loan,,STATS,,,{known}\n")
    (project / f"{LOANS}.origin.toml").write_bytes(write_origins(ORIGINS, "loans.csv"))


def test_a_source_was_read_when_its_series_were_fetched(project: Path) -> None:
    store(project, "2026-05-01")

    knowledge = learn(Workspace(project), ["library"], today=date(2026, 7, 1))

    assert knowledge.sources_of(knowledge.topics[0])["STATS"].accessed == "2026-06-01"
    assert knowledge.sources["STATS"].accessed == "2025-02-03"


def test_an_origin_that_no_row_refers_to_does_not_count(project: Path) -> None:
    store(project, "2025-05-01")

    knowledge = learn(Workspace(project), ["library"], today=date(2026, 7, 1))

    assert knowledge.sources_of(knowledge.topics[0])["STATS"].accessed == "2025-06-01"


def test_a_look_back_reads_a_source_no_later_than_it_knows_it(project: Path) -> None:
    (project / f"{LOANS}.csv").write_text(
        f"{HEAD}2022,100,loan,,STATS,,,2025-05-01\n2022,101,loan,,STATS,,,2026-05-01\n"
    )
    (project / f"{LOANS}.origin.toml").write_bytes(write_origins(ORIGINS, "loans.csv"))

    knowledge = learn(Workspace(project), ["library"], today=date(2026, 7, 1), as_of=date(2026, 1, 1))

    assert knowledge.sources_of(knowledge.topics[0])["STATS"].accessed == "2025-06-01"
