"""The benchmarks: what may be chosen, and that every part can begin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench import Ratio, prepare

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("build", "topics", "check", "bulk", "mail", "serve", "preview", "agenda", "incremental", "overhead", "batch")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests" / "bench.py"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_names_every_part() -> None:
    result = bench("--help")

    assert (result.returncode, [part for part in PARTS if f"{part}:" not in result.stdout]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("chekc",), "no part 'chekc'; there are build, topics, check, bulk, mail, serve, preview, agenda, incremental, overhead, batch"), (("--rounds", "0"), "0 rounds; expected one or more")],
)
def test_wrong_use_is_told_before_anything_is_measured(arguments: tuple[str, ...], said: str) -> None:
    result = bench(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_ratio_is_printed_with_its_limit_and_says_when_it_is_over() -> None:

    assert str(Ratio("a / b", 3.0, 2.0, 1.0)) == "  1.50  (at most 1)     a / b  [3.00 s / 2 s]  OVER"
    assert str(Ratio("a / b", 1.0, 2.0)) == "  0.50                  a / b  [1.00 s / 2 s]"
    assert Ratio("a / b", 1.0, 2.0, 0.5).kept


@pytest.mark.slow
def test_the_scripts_beside_a_build_get_what_they_need(tmp_path: Path) -> None:

    page = prepare(tmp_path) / "page"

    assert {"context.json", "plots.json", "facts.csv", "style.css", "charts", "templates"} <= {path.name for path in page.iterdir()}
    for name in ("plain", "lean"):
        subprocess.run([sys.executable, str(ROOT / f"tests/bench/{name}.py"), str(page)], cwd=page, check=True, capture_output=True)
