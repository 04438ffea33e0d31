"""Warm rendering under load: each edition once, none fails, and the memory stays flat. `make bench` does more of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from served import change, memory, storm


@pytest.mark.slow
def test_many_clients_who_ask_for_few_editions_get_each_built_once(tmp_path: Path) -> None:
    assert storm(tmp_path / "w", requests=40, editions=5, clients=8) == {"editions": 5, "builds": 5, "failed": 0}


@pytest.mark.slow
def test_memory_stays_flat_over_many_renders(tmp_path: Path) -> None:
    early, late = memory(tmp_path / "w", renders=60, at=20)

    assert late <= early * 1.1, f"{early} kB after 20 renders, {late} kB after 60"


def test_each_change_of_the_bench_is_another(tmp_path: Path) -> None:
    text = tmp_path / "text.en.md"
    text.write_text("Words.\n", "utf-8")
    said = set()
    for number in range(300):
        change(text, number)
        said.add(text.read_text("utf-8"))

    assert len(said) == 300
