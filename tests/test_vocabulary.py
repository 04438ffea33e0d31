"""The vocabulary: relations between metrics, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.model import Metric
from generator.reading import Findings, read_toml
from generator.vocabulary import read_vocabulary

TRADE = '[metrics.trade]\nlabel = "Trade"\n'


def read(text: str) -> tuple[tuple[Metric, ...], list[str]]:
    findings = Findings()
    table = read_toml(text, "data/vocabulary.toml", findings)
    assert table is not None
    return read_vocabulary(table).metrics, [str(finding) for finding in findings]


def test_relations_between_metrics_are_kept() -> None:
    metrics, findings = read(
        TRADE + '[metrics.growth]\nlabel = "G"\ngrowth_of = "trade"\n[metrics.times]\nlabel = "M"\nmultiple_of = "trade"\n'
        '[metrics.exports]\nlabel = "E"\npart_of = "trade"\n[metrics.end]\nlabel = "End"\nafter = "exports"\n'
        '[metrics.share]\nlabel = "S"\nformula = "{exports} / {trade} * 100"\n'
    )

    assert findings == []
    assert [(each.growth_of, each.multiple_of, each.part_of, each.after, each.formula) for each in metrics[1:]] == [
        ("trade", "", "", "", ""), ("", "trade", "", "", ""), ("", "", "trade", "", ""), ("", "", "", "exports", ""),
        ("", "", "", "", "{exports} / {trade} * 100"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('growth_of = "trad"', "growth_of: 'trad'; expected the id of another metric. Did you mean 'trade'? [toml.value]"),
        ('part_of = "x"', "part_of: 'x'; expected the id of another metric. One of: 'trade'. [toml.value]"),
        ("after = 3", "after: 3; expected a text in quotes. Correct the value. [toml.type]"),
        ('formula = "{trad} * 2"', "formula: 'trad'; expected ids of other metrics. Did you mean 'trade'? [toml.value]"),
        ('formula = "{x} * 2"', "formula: 'x'; expected ids of other metrics."),
        ('formula = "{trade} ** 2; import os"', "formula: "),
        ("shelf_life = 0", "shelf_life: 0; expected months, 1 or more. Correct it, or leave it out. [toml.value]"),
    ],
)
def test_a_relation_to_nothing_and_a_formula_that_is_none_are_refused(line: str, message: str) -> None:
    _, findings = read(TRADE + f'[metrics.x]\nlabel = "X"\n{line}\n')

    assert [finding for finding in findings if f"data/vocabulary.toml:5: error: metrics.x.{message}" in finding] != [], findings


@pytest.mark.slow
def test_the_example_of_the_docs_is_a_vocabulary() -> None:
    docs = (Path(__file__).resolve().parent.parent / "docs/workspace.md").read_text("utf-8")
    example = docs.partition("## data/vocabulary.toml")[2].partition("```toml")[2].partition("```")[0]

    metrics, findings = read(example)

    assert findings == []
    assert {each.id: each.growth_of or each.multiple_of or each.part_of or each.formula or each.after for each in metrics} == {
        "trade": "", "trade-growth": "trade", "trade-multiple": "trade", "exports": "trade",
        "exports-share": "{exports} / {trade} * 100", "plant-opened": "plant-begun", "plant-begun": "",
    }  # fmt: skip
