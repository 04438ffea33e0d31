"""Ingesting as its user sees it: the page that explains it is run, word for word."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from generator.document_pdf import read
from generator.review import COLUMNS, CandidateFact

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/ingest.md").read_text("utf-8")
DATE = re.compile(r"\d{4}-\d\d-\d\d(?=\.1)")


def run(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    home = cwd.parent / "bin"
    home.mkdir(exist_ok=True)
    briefing = home / "briefing"
    briefing.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m generator "$@"\n')
    briefing.chmod(0o755)
    environment = {**os.environ, "PATH": f"{home}:{os.environ['PATH']}"}
    return subprocess.run(["sh", "-c", command], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def shown(project: Path) -> Path:
    (text,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    (project / "report-2025.txt").write_text(text, "utf-8")
    return project


@pytest.mark.slow
def test_the_page_is_run_from_the_document_to_the_printed_fact(shown: Path) -> None:
    commands = 0
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            result = run(command, shown)
            assert result.returncode == 0, f"{command}\n{result.stderr}"
            assert DATE.sub("DATE", result.stdout.strip()) == DATE.sub("DATE", expected.strip()), command
            commands += 1
    (printed,) = shown.glob("reports/library/*/*.pdf")
    text = " ".join(read(printed.read_bytes(), "briefing.pdf").text.split())

    assert commands == 7
    assert re.search(r"The new report counts 13,100 readers ?\[\d\]", text)
    assert "City Library: annual report for 2025" in text
    assert "51,300" not in text


@pytest.mark.slow
def test_the_python_of_the_page_does_the_same(shown: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (shown / "example.py").write_text(example, "utf-8")

    result = subprocess.run(
        [sys.executable, "example.py"], cwd=shown, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert (result.stdout, result.returncode) == ("library readers.2025\n", 0), result.stderr


def test_every_column_and_option_of_ingest_is_explained() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))

    assert {"accept", "topic", "said", "at", "confidence", "dated_by", "anchor", "id", "reason"} <= named
    assert set(COLUMNS) == asdict(CandidateFact()).keys() - {"place"}


@pytest.mark.slow
def test_a_second_run_says_that_nothing_was_changed(shown: Path) -> None:
    run("briefing ingest report-2025.txt --as R25", shown)
    shutil.copy(shown / "report-2025.txt", shown / "copy.txt")

    result = run("briefing ingest copy.txt", shown)

    assert result.returncode == 0
    assert result.stdout.splitlines()[0] == "R25 has this document already (report-2025.txt): nothing was changed"
    assert "0 new candidates, 4 waiting for review" in result.stdout


@pytest.mark.slow
def test_the_answer_for_machines_is_json_alone(shown: Path) -> None:
    added = json.loads(run("briefing ingest report-2025.txt --as R25 --json", shown).stdout)
    run("sed -i '/13,100 readers/s/^/yes/' data/candidates.csv", shown)
    decided = json.loads(run("briefing ingest --accept --json", shown).stdout)

    assert (added["state"], added["source"]["id"], len(added["candidates"])) == ("added", "R25", 4)
    assert added["candidates"][0]["anchor"] == "In 2025 the library had 13,100 readers"
    assert added["passed"] == {"dates, marks and numbers that count nothing": 5}
    assert (decided["facts"], decided["waiting"]) == ([["library", "readers.2025"]], 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("briefing ingest", 2, "briefing: name a document, or --accept\n  cure: briefing ingest FILE; review; briefing ingest --accept."),
        ("briefing ingest a.txt --accept", 2, "name a document, or --accept"),
        ("briefing ingest away.txt", 2, "briefing: away.txt: No such file or directory"),
        ("briefing ingest /dev/zero", 2, "briefing: /dev/zero: a folder, pipe or device, not a file"),
        ("touch e.txt; briefing ingest e.txt", 1, "e.txt: error: an empty file; expected a document. Fetch or save it again. [document.empty]"),
        ("briefing ingest http://127.0.0.1:9/x", 2, "http://127.0.0.1:9/x"),
        ("briefing ingest https://nowhere.invalid/x", 3, "https://nowhere.invalid/x"),
        ("briefing ingest report-2025.txt --topic libary", 2, "no topic 'libary'\n  cure: Did you mean 'library'?"),
    ],
)  # fmt: skip
def test_wrong_use_and_bad_documents_end_with_their_codes(shown: Path, command: str, code: int, message: str) -> None:
    result = run(command, shown)

    assert (result.returncode, result.stdout) == (code, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_problems_of_the_review_are_told_with_their_lines(shown: Path) -> None:
    run("briefing ingest report-2025.txt --as R25; sed -i 's/^,library/yes,libary/' data/candidates.csv", shown)

    result = run("briefing ingest --accept", shown)

    assert (result.returncode, result.stdout) == (1, "")
    lines = [line.split(": ")[0] for line in result.stderr.splitlines()]
    assert lines == [f"data/candidates.csv:{number}" for number in (2, 3, 4, 5)]


@pytest.mark.slow
def test_check_reminds_of_what_waits_and_of_what_was_guessed(shown: Path) -> None:
    run("briefing ingest report-2025.txt --as R25", shown)

    result = run("briefing check --strict", shown)

    assert result.returncode == 0, result.stdout
    assert "data/candidates.csv: note: 4 candidates wait for review; " in result.stdout
    assert "note: title, producer, published, language of 'R25' were guessed from the document" in result.stdout


@pytest.mark.slow
def test_a_fact_of_a_source_that_nobody_looked_at_is_a_warning(shown: Path) -> None:
    run("briefing ingest report-2025.txt --as R25; sed -i '/13,100 readers/s/^/yes/' data/candidates.csv", shown)

    accepted = run("briefing ingest --accept", shown)

    assert accepted.returncode == 0
    assert "warning: title, producer, published, language of 'R25' were guessed" in accepted.stderr
    assert run("briefing check --strict", shown).returncode == 1
