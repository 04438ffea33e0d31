"""Learning a workspace again: what changed is read, the rest is remembered, and both make what a first look makes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from workspaces import branches, edit

from generator import knowledge
from generator.knowledge import Memory, learn, learn_again
from generator.model import Topic
from generator.workspace import Workspace

CHANGES = {
    "nothing": lambda _: None,
    "a fact": lambda data: edit(data / "one/facts.csv", ",1001,", ",1005,"),
    "a fact that cannot be read": lambda data: edit(data / "one/facts.csv", ",1001,", ",many,"),
    "a series": lambda data: edit(data / "two/series/two_loans.csv", "2024,2026,", "2024,2030,"),
    "a text": lambda data: edit(data / "one/text.en.md", "Loans rose.", "Loans rose by 12 percent."),
    "the vocabulary": lambda data: edit(data / "vocabulary.toml", "Readers of one", "Readers of the first"),
    "a unit less": lambda data: edit(data / "vocabulary.toml", "[units.reader]", "[units.visitor]"),
    "a source": lambda data: edit(data / "sources.toml", "Report of one", "The report of one"),
    "a source less": lambda data: edit(data / "sources.toml", "[ONE]", "[OTHER]"),
    "an answer": lambda data: (data / "one/answers.toml").write_text('["one.readers"]\nmagnitude = "Counted."\n', "utf-8"),
    "a file that cannot be read": lambda data: (data / "one/series/strange.toml").symlink_to("/etc/hostname"),
    "a topic less": lambda data: shutil.rmtree(data / "two"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_learnt_again_is_what_is_learnt_anew(tmp_path: Path, change: str) -> None:
    root, today, memory = branches(tmp_path / "office", ["one", "two"]).root, date(2025, 3, 1), Memory()
    learn_again(Workspace(root), memory, today=today)

    CHANGES[change](root / "data")
    again = learn_again(Workspace(root), memory, today=today)

    anew = learn(Workspace(root), Workspace(root).topics(), today=today)
    assert replace(again, names=anew.names) == anew  # those have no equality of their own
    assert (again.findings, again.printed, again.lines) == (anew.findings, anew.printed, anew.lines)


def test_one_changed_fact_lets_one_topic_be_read_and_proven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, memory = branches(tmp_path / "office", ["one", "two", "six"]).root, Memory()
    read: list[str] = []
    proven: list[str] = []
    take, prove = knowledge._read_topic, knowledge.Knowledge._prove

    def taken(workspace: Workspace, id_: str, *more: Any, **options: Any) -> Any:
        read.append(id_)
        return take(workspace, id_, *more, **options)

    def proved(self: knowledge.Knowledge, topic: Topic) -> Any:
        proven.append(topic.id)
        return prove(self, topic)

    monkeypatch.setattr(knowledge, "_read_topic", taken)
    monkeypatch.setattr(knowledge.Knowledge, "_prove", proved)

    learn_again(Workspace(root), memory, today=date(2025, 3, 1))
    assert (sorted(read), sorted(proven)) == (["one", "six", "two"], ["one", "six", "two"])
    read.clear()
    proven.clear()
    edit(root / "data/two/facts.csv", ",1002,", ",1007,")
    known = learn_again(Workspace(root), memory, today=date(2025, 3, 1))

    assert (read, proven) == (["two"], ["two"])
    assert next(str(fact.value) for fact in known.topic("two").facts) == "1007"
