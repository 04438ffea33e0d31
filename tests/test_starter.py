"""`briefing init`: a workspace that checks and builds at once, and the tutorial that starts from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from generator.errors import ArchiveError, UsageError
from generator.pipeline import Request, build, check
from generator.starter import start_workspace
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs/tutorial.md"


def test_a_new_workspace_has_nothing_that_check_would_tell(tmp_path: Path) -> None:
    made = start_workspace(tmp_path / "new")

    checkup = check(made, today=date(2025, 3, 4))

    assert [str(finding) for finding in checkup.findings] == []
    assert checkup.counts["checked in their documents"] >= 8


@pytest.mark.slow
def test_a_new_workspace_builds_in_two_languages(tmp_path: Path) -> None:
    (outcome,) = build(start_workspace(tmp_path / "new"), Request(strict=True))

    assert (outcome.state, outcome.error) == ("built", "")
    assert outcome.edition is not None
    assert outcome.edition.languages == ("en", "ru")


def test_its_figures_say_that_they_are_invented(tmp_path: Path) -> None:
    made = start_workspace(tmp_path / "new")

    assert "invented" in (made.root / "briefing.toml").read_text("utf-8")
    assert all("invented" in path.read_text("utf-8") for path in made.root.glob("data/sources/*.txt"))
    assert "data/sources/" in (made.root / ".gitignore").read_text("utf-8")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")

    with pytest.raises(UsageError, match="it is a file"):
        start_workspace(tmp_path / "mine.txt")
    with pytest.raises(UsageError, match="it is not empty"):
        start_workspace(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_workspace_is_not_started_over(tmp_path: Path) -> None:
    start_workspace(tmp_path / "new")

    with pytest.raises(UsageError, match=r"briefing\.toml stands in it"):
        start_workspace(tmp_path / "new")


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert start_workspace(tmp_path / "empty").topics() == ("harbour",)


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(ArchiveError, match="cannot write"):
        start_workspace(tmp_path / "file" / "new")


# --- the tutorial ---------------------------------------------------------------------------------


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", TUTORIAL.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_the_tutorials_commands_run_as_they_stand(tmp_path: Path) -> None:
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "set -eux\n" + "\n".join(blocks())

    run = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PATH": places},
        capture_output=True,
        text=True,
        check=False,
    )

    made = sorted(path.name for path in tmp_path.glob("norhaven/reports/*/*/*.pdf"))
    assert run.returncode == 0, run.stderr
    assert [re.sub(r"-\d{4}-.*?\.\d+", "", name) for name in made] == [
        "harbour.en.pdf",
        "harbour.ru.pdf",
        "library.en.pdf",
    ]
    assert "check found it" in run.stdout
    assert "facts.csv:2: error:" in run.stdout
    assert "ours and whole" in run.stdout
    assert Workspace(tmp_path / "norhaven").has("templates/locales/ru/LC_MESSAGES/workspace.po")


def test_the_tutorial_needs_nothing_but_the_command(tmp_path: Path) -> None:
    for tool in ("sed", "sha256sum", "cut", "bash"):
        assert shutil.which(tool)
    assert len(blocks()) > 6
    assert "../shared" not in TUTORIAL.read_text("utf-8")
