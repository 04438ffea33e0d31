"""Makings of one process after each other: what all topics share is read once, a file that changed is seen, nothing piles up."""

from __future__ import annotations

import gc
import os
from datetime import date
from pathlib import Path

import pytest
from effort import calls_in
from office import HOURLY, Office
from workspaces import branches, edit

from generator.knowledge import learn
from generator.ledger import BUILT, UNCHANGED, WAITING, Making
from generator.model import Fact
from generator.orders import wanted
from generator.service import Service
from generator.workspace import Workspace

SLOT = "2026-11-22T11:00Z"


def names(count: int) -> tuple[str, ...]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return tuple(f"branch{letters[n // 26]}{letters[n % 26]}" for n in range(count))


def read_up(root: Path, topic: str) -> None:
    """Read all that a making of a topic needs, as the next one does: in a workspace with its files as they are now."""
    workspace = Workspace(root)
    wanted(workspace, (topic,), ("en",), None, latest=date.max)
    assert not learn(workspace, (topic,)).findings.errors


def effort_of_the_second(root: Path, count: int) -> int:
    """Return the work of a second making in a workspace of so many topics, all of them in the lock."""
    topics = names(count)
    branches(root, topics)
    entry = f'on = 2025-02-03, document = "{"0" * 64}", statement = "{"0" * 64}"'
    lock = "".join(f'"{topic}.readers" = {{ {entry} }}\n' for topic in topics)
    (root / "data/evidence.lock").write_text(lock, "utf-8")
    read_up(root, topics[0])
    return calls_in(lambda: read_up(root, topics[1]))


def test_another_making_takes_no_more_in_a_workspace_of_many_topics(tmp_path: Path) -> None:
    few, many = effort_of_the_second(tmp_path / "few", 5), effort_of_the_second(tmp_path / "many", 200)

    assert many < 1.5 * few, f"{few} calls among 5 topics, {many} among 200"


EDITS = [
    ("a label", "data/vocabulary.toml", "Cost of north", "Dues of north"),
    ("a source", "data/sources.toml", "Report of north", "Record of north"),
    ("a fact", "data/north/facts.csv", "2024,1001,", "2024,1009,"),
    ("a text", "data/north/text.en.md", "Loans rose", "Loans fell"),
    ("the issuer", "briefing.toml", "City Library", "Town Library"),
    ("a chart", "data/north/topic.toml", "Loans rose", "Loans fell"),
]


@pytest.mark.parametrize(("file", "old", "new"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS])
def test_what_changed_between_two_makings_of_a_process_is_seen(tmp_path: Path, file: str, old: str, new: str) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.turn()
    with Service(Workspace(office.folder), office.clock) as service:
        service.works._shop = office.shop  # type: ignore[assignment]
        states = [make(service)]

        # As long as before and of the same time: only the bytes tell.
        before = (office.folder / file).stat()
        edit(office.folder / file, old, new)
        os.utime(office.folder / file, ns=(before.st_atime_ns, before.st_mtime_ns))
        states += [make(service), make(service)]

        edit(office.folder / file, new, old)
        states += [make(service)]

    assert states == [BUILT, BUILT, UNCHANGED, BUILT]


def make(service: Service) -> str:
    return service.works.make(Making("hourly", SLOT, "north", WAITING)).state


def test_a_mistake_in_what_is_shared_is_told_of_each_making(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY)
    office.turn()
    edit(office.folder / "data/vocabulary.toml", "Cost of south", "Cost of 9 branches")
    with Service(Workspace(office.folder), office.clock) as service:
        service.works._shop = office.shop  # type: ignore[assignment]

        said = [
            service.works.make(Making("hourly", SLOT, topic, WAITING)).error for topic in ("north", "south", "north")
        ]

    assert all("a typed number, '9'" in error for error in said), said


@pytest.mark.slow
def test_nothing_of_a_topic_is_kept_when_it_is_made(tmp_path: Path) -> None:
    topics = names(24)
    branches(tmp_path / "w", topics)

    held = []
    for topic in topics:
        read_up(tmp_path / "w", topic)
        gc.collect()
        held.append(sum(isinstance(each, Fact) for each in gc.get_objects()))

    assert max(held[12:]) <= max(held[:12]), f"facts in memory after each topic: {held}"


@pytest.mark.parametrize("name", ["", ".", "..", "north/", "../data/north", "North", "sources.toml", "empty"])
def test_no_topic_is_what_is_no_folder_with_a_topic_in_it(tmp_path: Path, name: str) -> None:
    workspace = branches(tmp_path / "w", ("north",))
    (workspace.root / "data/empty").mkdir()

    assert not workspace.has_topic(name)
    assert workspace.has_topic("north")
