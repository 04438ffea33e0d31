"""The reference workspace of this repository: complete, sourced, and free of other people's sentences."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import verapdf
from test_tracing import assert_accounted

from generator import pipeline
from generator.catalogues import translations
from generator.draft import draw_up
from generator.exhibit import show_edition
from generator.inspection import blank_imprint
from generator.knowledge import Knowledge, learn
from generator.lists import uses
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
BRIEFINGS = ("economy", "industrial-park", "education")
TOPICS = (*BRIEFINGS, "partnership")
PUNCTUATION = "\"'“”‘’.,;:!?()[]{}"
REFS = {f"F{number:03}" for number in range(1, 140)}


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return learn(Workspace(ROOT), TOPICS, today=date(2026, 11, 22))


@pytest.fixture(scope="module")
def checked(known: Knowledge) -> Knowledge:
    documents = ROOT.parent / "shared" / "sources"
    if not documents.is_dir():
        pytest.skip("the documents as received are not on this machine")
    return learn(Workspace(ROOT, documents), TOPICS, today=date(2026, 11, 22))


def test_the_workspace_reads_without_an_error(known: Knowledge) -> None:
    assert [str(finding) for finding in known.findings.errors] == []


@pytest.mark.parametrize("topic", TOPICS)
def test_the_pages_of_a_topic_name_the_same_facts_charts_and_rulings_in_every_language(
    known: Knowledge, topic: str
) -> None:
    workspace, pages = Workspace(ROOT), {}
    for language in known.settings.languages:
        composed = draw_up(workspace, known, known.topic(topic), language, blank_imprint(known)).composed
        charts = [block.chart.id for section in composed.context.sections for block in section.blocks if block.chart]
        rulings = [
            [(claim.preferred, bool(claim.reason)) for claim in each.claims] for each in composed.context.disagreements
        ]
        named = {
            (trace.kind, trace.of, trace.value)
            for trace in composed.traces
            # Texts are words of the language: the English one may say "the 70th" where others write it out.
            if trace.kind.startswith(("fact", "observation")) and not trace.value.endswith(" text")
        }
        pages[language] = (set(composed.facts), set(composed.series), set(composed.sources), charts, rulings, named)

    first, *others = pages
    assert pages[first][0]
    assert pages[first][3]
    assert {language: pages[language] == pages[first] for language in others} == dict.fromkeys(others, True)


CONVENTIONS = {
    "zh": r"[\u4e00-\u9fff][,;:!?]|[,;!?] ?[\u4e00-\u9fff]|[\u4e00-\u9fff] ?\(|\) ?[\u4e00-\u9fff]|\"",
    "ru": r"\"| - |\d%|[\u2018\u201c]",
    "be": r"\"| - |\d%|[\u2018\u201c]|[\u0438\u044a\u0449]",
}
"""What a language's typography has not: Western marks in Chinese, straight quotes, hyphens for dashes, Russian letters."""


@pytest.mark.parametrize("language", CONVENTIONS)
def test_the_workspaces_words_keep_the_typography_of_their_language(language: str) -> None:
    own = (ROOT / f"templates/locales/{language}/LC_MESSAGES/workspace.po").read_bytes()
    said = [form for _, msgid, form in translations(own) if form != msgid]
    for topic in TOPICS:
        said += (ROOT / f"data/{topic}/text.{language}.md").read_text("utf-8").split("\n")

    # Calls are not printed as they stand, and a name in guillemets may be of another language.
    wrong = [text for text in said if re.search(CONVENTIONS[language], re.sub(r"\{\{.*?\}\}|\u00ab.*?\u00bb", "", text))]

    assert len(said) > 500
    assert wrong == []


def test_every_one_of_the_139_facts_has_its_row(known: Knowledge) -> None:
    refs = [fact.ref for topic in known.topics for fact in topic.facts if fact.ref]

    assert {word for ref in refs for word in re.findall(r"F\d{3}", ref)} >= REFS


def test_what_is_not_printed_says_why_in_its_row(known: Knowledge) -> None:
    silent = [
        fact.id
        for topic in known.topics
        for fact, use in zip(topic.facts, uses(topic.facts), strict=True)
        if use != "printed" and not fact.reason
    ]

    assert silent == []


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_at_least_three_charts(known: Knowledge, topic: str) -> None:
    assert len(known.topic(topic).charts) >= 3


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_three_to_five_key_figures(known: Knowledge, topic: str) -> None:
    assert 3 <= len(known.topic(topic).key_figures) <= 5


def test_every_checkable_fact_was_checked_now_or_stands_in_the_lock(known: Knowledge) -> None:
    with_document = {
        fact.id
        for topic in known.topics
        for fact in topic.facts
        if fact.source and known.sources[fact.source].document and fact.anchor
    }
    states = {entry.fact: entry.state for entry in known.checked}

    assert len(with_document) >= 139
    assert {id_: states[id_] for id_ in with_document if states[id_] not in ("now", "locked")} == {}


def test_with_the_documents_at_hand_every_anchor_is_found(checked: Knowledge) -> None:
    assert [str(finding) for finding in checked.findings.errors] == []
    assert sum(entry.state == "now" for entry in checked.checked) >= 139


def test_the_lock_is_up_to_date(checked: Knowledge, known: Knowledge) -> None:
    now = {entry.fact for entry in checked.checked if entry.state == "now"}
    locked = {entry.fact for entry in known.checked if entry.state in ("locked", "now")}

    assert now == locked


def test_series_keep_every_row_they_were_given(known: Knowledge, shared: Path) -> None:
    """Each value of the figures as received is an observation, a fact, or derived again by a formula."""
    kept = {
        abs(value).normalize()
        for topic in known.topics
        for value in (
            *(fact.amount for fact in topic.facts),
            *(row.value for item in topic.series for row in item.observations),
        )
        if value is not None
    }
    lost = []
    for path in sorted((shared / "data" / "series").glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                value = abs(Decimal(row["value"]))
                at_any_scale = {(value.scaleb(power)).normalize() for power in (0, 3, 6, 9)}
                if not kept & at_any_scale and "COMPUTED" not in row["note"]:
                    lost.append(f"{path.name}: {row['period']} {row['value']}")
    assert lost == []


def test_no_sentence_of_the_documents_is_in_the_repository(shared: Path) -> None:
    runs: dict[str, str] = {}
    for path in (shared / "sources").glob("*.txt"):
        words = [word.strip(PUNCTUATION) for word in path.read_text("utf-8").lower().split()]
        runs |= {" ".join(words[start : start + 16]): path.name for start in range(len(words) - 15)}
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    copied = []
    for name in names:
        path = ROOT / name
        if name and path.is_file() and path.suffix in {".csv", ".md", ".toml", ".py", ".html", ".lock", ".po", ".txt"}:
            words = [word.strip(PUNCTUATION) for word in path.read_text("utf-8").lower().split()]
            copied += [
                f"{name}: {run}"
                for start in range(len(words) - 15)
                if (run := " ".join(words[start : start + 16])) in runs
            ]
    assert copied == []


@pytest.mark.slow
@pytest.mark.skipif(bool(verapdf.available()), reason=verapdf.available())
def test_the_briefings_are_pdf_a_3a_and_pdf_ua_1_by_verapdf_and_every_numeral_is_traced(tmp_path: Path) -> None:
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("sources"))
    shutil.copy(ROOT / "briefing.toml", tmp_path)

    outcomes = pipeline.build(Workspace(tmp_path), pipeline.Request(strict=True))

    assert {outcome.topic: outcome.state for outcome in outcomes} == dict.fromkeys((*TOPICS, "combined"), "built")
    assert [str(found) for outcome in outcomes for found in outcome.findings if found.rule.startswith("preflight.")] == []
    for topic in (*TOPICS, "combined"):
        assert_accounted(show_edition(Workspace(tmp_path), topic), tmp_path / "reports")
    verdicts = verapdf.verify(list(tmp_path.glob("reports/*/*/*.pdf")))
    printed = [file for outcome in outcomes if outcome.edition for file in outcome.edition.files]
    assert len(verdicts) == 2 * len(printed) >= 2 * len(TOPICS)
    assert [verdict for verdict in verdicts.values() if not verdict.passed] == []
