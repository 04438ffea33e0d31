"""What `check` keeps of a look: only what changed is looked at again, and what it says is what a first look says."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from workspaces import edit

from generator import inspection
from generator.errors import RenderError
from generator.inspection import look_through
from generator.model import Finding
from generator.verdicts import Verdict
from generator.workspace import Workspace, shipped_templates

TODAY = date(2025, 2, 3)
HALL = "data/hall"
MASTHEAD = "templates/briefing/parts/masthead.html"
COUNTING = (shipped_templates() / "briefing/parts/masthead.html").read_text("utf-8").replace(
    "{{ title }}", "{{ title }}{% if title == 'Hall' %} {{ title | length }}{% endif %}"
)
"""A template with a number that nobody signed for, in one topic."""
Look = tuple[tuple[Finding, ...], dict[str, int]]


@pytest.fixture
def two(project: Path) -> Path:
    """Return the smallest workspace with a second topic of the same contents, where nothing is wrong."""
    library, hall = project / "data/library", project / HALL
    shutil.copytree(library, hall)
    with (library / "facts.csv").open(encoding="utf-8", newline="") as file:
        ids = sorted((row["id"] for row in csv.DictReader(file)), key=len, reverse=True)
    known = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, ids))})(?![\w.])")
    for path in (path for path in hall.rglob("*") if path.is_file()):
        path.write_text(known.sub(r"hall.\1", path.read_text("utf-8")), "utf-8")
    edit(project / "data/vocabulary.toml", "[metrics.readers]", 'names = ["G7 hall", "A4"]\n\n[metrics.readers]')
    edit(hall / "topic.toml", 'title = "City Library"', 'title = "Hall"')
    edit(hall / "text.en.md", "# Loans\n", "# Loans\n\nThe G7 hall is open.\n")
    return project


def look(project: Path) -> Look:
    return look_through(Workspace(project), TODAY)


def afresh(project: Path, tmp_path: Path) -> Look:
    """Return what a look at a copy says that nobody has looked at."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".briefing"))
    return look(copy)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the topics and languages that were drawn up, as they come."""
    seen: list[str] = []
    draw = inspection.draw_up_any

    def note(workspace: Any, knowledge: Any, name: str, language: str, imprint: Any) -> Any:
        seen.append(f"{name} {language}")
        return draw(workspace, knowledge, name, language, imprint)

    monkeypatch.setattr(inspection, "draw_up_any", note)
    return seen


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the topics whose numbers were checked, as they come."""
    seen: list[str] = []
    check = inspection.Knowledge._prove

    def note(knowledge: Any, topic: Any) -> Any:
        seen.append(topic.id)
        return check(knowledge, topic)

    monkeypatch.setattr(inspection.Knowledge, "_prove", note)
    return seen


def write(file: str, text: str) -> Callable[[Path], object]:
    def change(project: Path) -> None:
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text, "utf-8")

    return change


def replaced(file: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda project: edit(project / file, old, new)


def all_of(*steps: Callable[[Path], object]) -> Callable[[Path], object]:
    def change(project: Path) -> None:
        for step in steps:
            step(project)

    return change


def changes() -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Yield changes, each on top of those before: of every file that a look depends on, for worse and for better."""
    yield "a template with a mistake", write(MASTHEAD, "{{ nothing.at.all }}")
    yield "and something wrong in a topic", replaced("data/library/text.en.md", "# Loans", "In 1950.\n\n# Loans")
    yield "and in the other too", replaced(f"{HALL}/facts.csv", ",12500,", ",12600,")
    yield "the first topic mended", replaced("data/library/text.en.md", "In 1950.\n\n", "")
    yield "the other mended", replaced(f"{HALL}/facts.csv", ",12600,", ",12500,")
    yield "the template mended", lambda project: shutil.rmtree(project / "templates")
    yield "a fact that is wrong", replaced("data/library/facts.csv", ",12500,", ",12600,")
    # Hidden by the fact, for one fault is not told twice; so something else changes with it.
    yield "a template that counts", all_of(
        write(MASTHEAD, COUNTING),
        replaced("data/library/facts.csv", ",12600,", ",12700,"),
    )
    yield "the fact right again", replaced("data/library/facts.csv", ",12700,", ",12500,")
    yield "the fact wrong again", replaced("data/library/facts.csv", ",12500,", ",12600,")
    yield "the fact right at last", replaced("data/library/facts.csv", ",12600,", ",12500,")
    yield "a name in a template", write(MASTHEAD, COUNTING.replace("{{ title | length }}", "G7 hall"))
    yield "a call of a fact that is not there", replaced(f"{HALL}/text.en.md", "# Loans", "{{ fact('nowhere') }}\n\n# Loans")
    yield "the call taken out", replaced(f"{HALL}/text.en.md", "{{ fact('nowhere') }}\n\n", "")
    yield "the template gone", lambda project: shutil.rmtree(project / "templates")
    yield "a name that is used no more", replaced(f"{HALL}/text.en.md", "The G7 hall is open.", "The hall is open.")
    yield "a name no more declared", replaced("data/vocabulary.toml", '"G7 hall", ', "")
    yield "a shelf life", replaced("data/vocabulary.toml", "shelf_life = 600", "shelf_life = 1")
    yield "an answer", write(f"{HALL}/answers.toml", '["hall.readers.2024"]\nstale = "Counted once in a while."\n')
    yield "a source read after today", replaced("data/sources.toml", "accessed = 2025-02-03", "accessed = 2025-02-04")
    yield "a source read today", replaced("data/sources.toml", "accessed = 2025-02-04", "accessed = 2025-02-03")
    yield "another language", replaced("briefing.toml", 'languages = ["en"]', 'languages = ["en", "de"]')
    yield "a text in it", write(f"{HALL}/text.de.md", "- Ein Punkt.\n\n# Leser\n\nOffen: A4.\n")
    yield "another text in it", replaced(f"{HALL}/text.de.md", " A4.", " B5.")
    yield "another document than the source's", write("data/sources/report.txt", "Something else.\n")
    yield "a topic gone", lambda project: shutil.rmtree(project / "data/library")
    yield "settings that are wrong", replaced("briefing.toml", '"de"]', '"de", "xx-nowhere"]')


@pytest.mark.slow
def test_a_look_after_any_change_says_what_a_first_look_says(two: Path, tmp_path: Path) -> None:
    before = look(two)
    assert look(two) == before
    for what, change in changes():
        change(two)
        again, first = look(two), afresh(two, tmp_path)
        assert again == first, what
        assert look(two) == again, what
        assert again != before, what
        before = again


def test_only_the_topic_that_changed_is_looked_at_again(two: Path, drawn: list[str], proven: list[str]) -> None:
    look(two)
    first = sorted(drawn), sorted(proven)
    drawn.clear()
    proven.clear()

    look(two)
    unchanged = [*drawn, *proven]
    edit(two / HALL / "facts.csv", "The press rounds the library's own count.", "Another note.")
    look(two)

    assert first == (["hall en", "library en"], ["hall", "library"])
    assert (unchanged, drawn, proven) == ([], ["hall en"], ["hall"])


def test_a_fact_more_changes_the_lock_and_no_other_topic_is_looked_at_again(two: Path, drawn: list[str]) -> None:
    look(two)
    lock = (two / "data/evidence.lock").read_bytes()
    drawn.clear()
    facts = two / HALL / "facts.csv"
    row = next(line for line in facts.read_text("utf-8").splitlines() if line.startswith("hall.room.cost,"))
    facts.write_text(facts.read_text("utf-8") + row.replace("hall.room.cost", "hall.room.other").replace(",4", ",99") + "\n", "utf-8")
    look(two)
    drawn.clear()

    look(two)

    assert (two / "data/evidence.lock").read_bytes() != lock
    assert drawn == []


def test_a_fact_that_is_checked_otherwise_is_looked_at_again(two: Path, drawn: list[str], proven: list[str]) -> None:
    look(two)
    drawn.clear()
    proven.clear()
    (two / "data/sources/report.txt").unlink()

    look(two)

    assert (sorted(drawn), sorted(proven)) == (["hall en", "library en"], ["hall", "library"])


def test_that_a_template_could_not_be_filled_is_not_kept(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Poor(inspection.Child):
        def run(self, *_: object, **_options: object) -> Any:
            raise RenderError("no memory for it")

    with monkeypatch.context() as patched:
        patched.setattr(inspection, "Child", Poor)
        failed, _ = look(two)

    again, _ = look(two)

    assert [finding.found for finding in failed if finding.rule == "template.write"] == ["no memory for it"]
    assert not [finding for finding in again if finding.severity == "error"]


@pytest.mark.slow
@pytest.mark.parametrize("kept", [b"", b"\xff", b"[1]", b'["x", 1]', b"[" * 100_000])
def test_what_was_kept_may_be_damaged(two: Path, kept: bytes) -> None:
    first = look(two)
    for path in (two / ".briefing/cache").rglob("*.json"):
        digest = path.read_bytes().partition(b",")[0]
        path.write_bytes(digest + b", " + kept + b"]" if kept[:1] == b"[" else kept)

    assert look(two) == first


def test_what_cannot_be_kept_stops_nothing(two: Path) -> None:
    (two / ".briefing").mkdir()
    (two / ".briefing/cache").write_text("a file in the folder's place")

    assert look(two) == look(two)


def test_without_a_digest_nothing_is_kept(tmp_path: Path) -> None:
    verdict = Verdict(tmp_path, "part", "")

    verdict.keep([1])

    assert list(tmp_path.iterdir()) == []
    assert verdict.kept(list) is None


@pytest.mark.slow
def test_check_says_the_same_twice_and_after_its_cache_is_gone(two: Path) -> None:
    def check() -> str:
        command = [Path(sys.executable).with_name("briefing"), "check"]
        return subprocess.run(command, cwd=two, capture_output=True, text=True, check=False, timeout=60).stdout

    first, again = check(), check()
    shutil.rmtree(two / ".briefing")

    assert first == again == check()
    assert "note: the name 'G7 hall'" in first
