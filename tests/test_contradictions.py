"""The contradictions and errors that the notes of the figures as received name, found without being told.

Each case starts from raw observations: no rank, no reason, no note, no formula, no relation between metrics (see
`raw`). What is asked of them is listed here by the numbers of the facts.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import raw

from generator.knowledge import Knowledge, learn
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
FOUND = {
    "F009": ("F082", "evidence.unruled", "1.4 times as large is +40"),
    "F023": ("P_BELTA_2023", "evidence.bases-unexplained", "5790000000 USD"),
    "F024": ("P_BELTA_2023", "evidence.bases-unexplained", "33 percent"),
    "F034": ("", "plausibility.multiple", "5.5 times as large (+450 percent) or larger by 5.5 times (+550 percent)"),
    "F110": ("P_BELTA_2022", "evidence.unruled", "1992-01-20"),
    "F074": ("P_REGNUM_2012", "evidence.bases-unexplained", "30000000 USD"),
    "F076": ("F075", "plausibility.multiple", "an increase of 82.6 times; 'almost 83 times' fits only the increase"),
    "F099": ("F075", "plausibility.magnitude", "84.4 billion USD in 2024 is"),
    "F100": ("F099", "plausibility.growth", "+67 percent fits 2023: 8.4 billion USD over 5.08 billion USD in 2022"),
    "F102": ("P_WIKI_DE", "evidence.unruled", "91.5 square"),
    "F114": ("P_CTV_2017", "plausibility.magnitude", "660 million USD in 2019 is 6.6 times 100 million USD in 2016"),
    "F115": ("P_CHINANEWS_2020", "evidence.unruled", ""),
}
"""By the number of a fact: what contradicts it, the rule that finds it, and words of the message."""
IN_SERIES = (
    ("evidence.unruled", "13187 train", "the same digits in another order"),
    ("evidence.unruled", "10000 train", "12400 train"),
    ("evidence.unruled", "1322000 TEU", "1330000 TEU"),
    ("evidence.", "149600 TEU", "254000 TEU"),
    ("evidence.unruled", "2000000000 USD", "2200000000 USD"),
    ("evidence.unruled", "3000000000 USD", "2832000000 USD"),
    ("evidence.bases-unexplained", "780675700 USD", "800000000 USD"),
    ("evidence.bases-unexplained", "745188000 USD", "776900000 USD"),
    ("evidence.bases-unexplained", "3621118200 USD", "3800000000 USD"),
    ("evidence.", "140 times", "83 times"),
    ("plausibility.magnitude", "948 million USD in 2014", "0.408 times 2.321 billion USD in 2015"),
    ("plausibility.whole", "8.9 billion USD in 2025-01/2025-11", "exceeds 8.86 billion USD in 2025"),
)
"""What the notes of the series name: the rule, and words of the message."""
NOT_FOUND = {
    "F005, F122": "two texts of different periods; only texts of one period are compared",
    "F011, F104": "two texts of different periods, which their note calls lists that do not exclude each other",
    "F014, F072": "the place of an event stands in the anchors only; both dates agree",
    "F026, F027": "two metrics: agricultural products and food, seen from two sides of the border",
    "F049": "a count of another definition for another year (2019/20)",
    "F008": "one number; no second one says at what rate it was converted",
}
"""What the notes call a contradiction and no two figures show, with the reason."""
# What the note of F082 says is said of F009; what the notes of F057 and F064 say, of F110 and F115.
FLAGGED = {"F005", "F009", "F011", "F014", "F020", "F026", "F027", "F049", "F057", "F064", "F072", "F074", "F076",
           "F082", "F099", "F100", "F102", "F104", "F110", "F115", "F122"}  # fmt: skip
SAID_TOGETHER = {"F082": "F009", "F057": "F110", "F064": "F115", "F020": "F114"}


def learnt(folder: Path) -> Knowledge:
    workspace = Workspace(folder)
    return learn(workspace, workspace.topics(), today=date(2026, 11, 22))


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    shared = ROOT.parent / "shared"
    if not (shared / "data").is_dir():
        pytest.skip("the figures as received are not on this machine")
    return learnt(raw.from_shared(shared, tmp_path_factory.mktemp("received")))


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return learnt(raw.without_rulings(ROOT, tmp_path_factory.mktemp("stripped")))


def told_of(known: Knowledge, ref: str) -> list[str]:
    """Return what is found at a fact's row, or names the fact."""
    rows = {fact.id: fact for topic in known.topics for fact in topic.facts if ref in fact.ref.split("; ")}
    return [
        str(finding)
        for finding in known.findings
        if any(finding.place == fact.place or f"'{id_}'" in finding.found for id_, fact in rows.items())
    ]


@pytest.mark.parametrize("ref", FOUND)
def test_what_the_notes_of_the_facts_name_is_found_in_the_figures_as_received(received: Knowledge, ref: str) -> None:
    _, rule, words = FOUND[ref]

    assert [line for line in told_of(received, ref) if f"[{rule}]" in line and words in line] != []


@pytest.mark.parametrize("ref", FOUND)
def test_and_in_this_repository_without_its_rulings(stripped: Knowledge, ref: str) -> None:
    _, rule, words = FOUND[ref]

    assert [line for line in told_of(stripped, ref) if f"[{rule}]" in line and words in line] != []


@pytest.mark.parametrize(("rule", "first", "second"), IN_SERIES)
def test_what_the_notes_of_the_series_name_is_found_in_both(
    received: Knowledge, stripped: Knowledge, rule: str, first: str, second: str
) -> None:
    for known in (received, stripped):
        lines = [str(finding) for finding in known.findings if finding.rule.startswith(rule)]
        assert [line for line in lines if first in line and second in line] != []


def test_every_flagged_contradiction_is_found_or_named_with_the_reason_why_not() -> None:
    missed = {ref for refs in NOT_FOUND for ref in refs.split(", ")}

    assert {SAID_TOGETHER.get(ref, ref) for ref in FLAGGED} - missed <= FOUND.keys()
    assert not missed & FOUND.keys()


def test_the_list_of_flags_is_the_one_received(shared: Path) -> None:
    rows = raw._rows(shared / "data/facts.csv")

    assert {row["id"] for row in rows if row["flag"] in ("contradiction", "arithmetic")} == FLAGGED


def test_with_its_rulings_the_repository_asks_nothing_that_is_not_answered() -> None:
    asked = [finding for finding in learnt(ROOT).findings if finding.rule.startswith(("plausibility", "evidence.unruled"))]

    assert asked == []
