"""Warm rendering under load: each edition once, none fails, and the memory stays flat. `make bench` does more of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from served import change, change_fact, long_life, storm


@pytest.mark.slow
def test_many_clients_who_ask_for_few_editions_get_each_built_once(tmp_path: Path) -> None:
    assert storm(tmp_path / "w", requests=40, editions=5, clients=8) == {"editions": 5, "builds": 5, "failed": 0}


@pytest.mark.slow
def test_g12_memory_descriptors_threads_and_files_stay_flat_over_many_renders(tmp_path: Path) -> None:
    early, late = long_life(tmp_path / "w", renders=60, at=20)

    assert late.kilobytes <= early.kilobytes * 1.1, f"{early} after 20 renders, {late} after 60"
    assert (late.descriptors, late.threads, late.files) == (early.descriptors, early.threads, early.files)


@pytest.mark.parametrize(("changed", "before"), [(change, "Words.\n"), (change_fact, 'id,note,ref\na,"x, y",1\nb,,2\n')])
def test_each_change_of_the_bench_is_another(changed: Callable[[Path, int], None], before: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(before, "utf-8")
    said = set()
    for number in range(300):
        changed(path, number)
        said.add(path.read_text("utf-8"))

    assert len(said) == 300
    assert all(len(text.splitlines()) == 3 for text in said)
