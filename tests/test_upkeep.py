"""What docs/operation.md promises of years: a backup brings back on another machine what was made, sent and granted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ROOT

DOCS = (ROOT / "docs/operation.md").read_text("utf-8")
LISTS = """
[channels.shelf]
kind = "memory"

[[lists]]
name = "readers"
channel = "shelf"
cadence = "each"
recipients = ["a@example.org", "unknown@example.org"]
"""


def command(start: str) -> str:
    """Return the one line of the page that begins so."""
    (line,) = re.findall(rf"(?m)^{re.escape(start)}.*$", DOCS)
    return str(line)


def briefing(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds `srv/briefings`, a workspace that has made, sent and granted something."""
    home = tmp_path_factory.mktemp("upkeep")
    folder = home / "srv/briefings"
    folder.parent.mkdir()
    briefing(home, "init", str(folder))
    settings = folder / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + LISTS, "utf-8")
    briefing(folder, "build", "--lang", "en")
    briefing(folder, "run")
    briefing(folder, "token", "new", "anna")
    return home


def told(folder: Path) -> list[str]:
    return [briefing(folder, *words) for words in (("deliveries",), ("token", "list"), ("editions",))]


def in_place(line: str, home: Path, machine: str) -> str:
    return line.replace("/srv", str(home / machine)).replace("/backup", str(home))


@pytest.mark.slow
def test_a_backup_as_documented_brings_back_deliveries_tokens_and_editions_and_sends_nothing_twice(lived: Path) -> None:
    before = told(lived / "srv/briefings")
    assert ("a@example.org" in before[0], "unknown" in before[0], "anna" in before[1], "whole" in before[2]) == (True,) * 4
    (lived / "other").mkdir()

    subprocess.run(in_place(command("tar -C /srv -czf"), lived, "srv"), shell=True, check=True)
    subprocess.run(in_place(command("tar -C /srv -xzf"), lived, "other"), shell=True, check=True)

    restored = lived / "other/briefings"
    assert not (restored / ".briefing/cache").exists()
    assert briefing(restored, "run").startswith("nothing was due"), "something was sent again"
    assert told(restored) == before


@pytest.mark.slow
def test_the_copy_of_the_last_turn_stands_in_for_a_file_that_was_copied_half(lived: Path) -> None:
    folder = lived / "half"
    shutil.copytree(lived / "srv/briefings", folder)
    state = folder / ".briefing/engine.sqlite"
    before = told(folder)
    state.write_bytes(state.read_bytes()[:20000])
    (cure,) = re.findall(r"`(cd \.briefing && cp [^`]*)`", DOCS)

    subprocess.run(cure, shell=True, check=True, cwd=folder)

    assert told(folder) == before
