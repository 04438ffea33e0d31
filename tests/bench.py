"""Benchmarks: ratios of medians, each pair side by side in the same run. `make bench`.

Absolute times mean nothing on shared machines; every round runs each command once, in turn.
usage: bench.py [ROUNDS]
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from generator.knowledge import learn
from generator.manuscript import write_up
from generator.orders import survey
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ("economy", "industrial-park", "education")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
BRIEFING = str(Path(sys.executable).with_name("briefing"))


def prepare(folder: Path) -> Path:
    """Copy the workspace, and write what the scripts need: context, charts' data, tables, templates."""
    workspace = folder / "workspace"
    shutil.copytree(ROOT / "data", workspace / "data", ignore=shutil.ignore_patterns("sources"))
    shutil.copytree(ROOT / "templates", workspace / "templates")
    shutil.copy(ROOT / "briefing.toml", workspace)
    known = Workspace(workspace)
    (want,) = survey(known, ("economy",), ("en",), None, latest=date.max)
    draft = write_up(known, learn(known, ["economy"]), want).numbered("2026-11-22.1", 1)
    page = folder / "page"
    shutil.copytree(ROOT / "templates" / "briefing", page / "templates")
    shutil.copy(ROOT / "templates" / "briefing" / "style.css", page)
    (page / "context.json").write_text(json.dumps(asdict(draft.composed.context)), "utf-8")
    (page / "plots.json").write_text(json.dumps([asdict(plot) for plot in draft.plots]), "utf-8")
    for attached in draft.attached:
        (page / attached.name).write_bytes(attached.data)
    (page / "charts").mkdir()
    for name, svg in draft.sparks:
        (page / name).write_text(svg, "utf-8")
    return folder


def run(*command: str, cwd: Path) -> None:
    """Run a command to its end; a failure stops the benchmark."""
    result = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")


def measure(rounds: int, **jobs: Callable[[], None]) -> dict[str, float]:
    """Return the median seconds of each job; every round runs each once, in turn."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(rounds):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def main() -> None:
    """Print every ratio with its limit; the exit code says whether all were kept."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as name:
        folder = prepare(Path(name))
        workspace, page = folder / "workspace", folder / "page"

        def script(name: str) -> Callable[[], None]:
            return lambda: run(sys.executable, str(ROOT / "tests" / "bench" / f"{name}.py"), str(page), cwd=page)

        def ours(*arguments: str) -> Callable[[], None]:
            return lambda: run(BRIEFING, "build", *arguments, cwd=workspace)

        def separately() -> None:
            for topic in TOPICS:
                run(BRIEFING, "build", topic, "--force", cwd=workspace)

        one = measure(
            rounds, cold=ours("economy", "--force"), plain=script("plain"), lean=script("lean"), unchanged=ours("economy")
        )
        three = measure(
            max(3, rounds // 2),
            together=ours(*TOPICS, "--force", "--workers", "2"),
            in_turn=ours(*TOPICS, "--force", "--workers", "1"),
            separately=separately,
        )
    kept = [
        show("cold build / plain script with pyplot and defaults", one["cold"], one["plain"], 0.70),
        show("cold build / leanest script for the same page", one["cold"], one["lean"], 1.15),
        show("unchanged build / cold build", one["unchanged"], one["cold"], 0.12),
        show("three topics in two workers / three commands, one after the other", three["together"], three["separately"], 0.62),
        show("three topics in two workers / one command with one worker", three["together"], three["in_turn"], None),
    ]
    sys.exit(0 if all(kept) else 1)


def show(what: str, ours: float, theirs: float, limit: float | None) -> bool:
    """Print a ratio of medians with its limit, None where it only informs; return whether it is kept."""
    ratio = ours / theirs
    good = limit is None or ratio <= limit
    bound = "               " if limit is None else f"(at most {limit:.2f})"
    print(f"{ratio:5.2f}  {bound}  {what}  [{ours:.2f} s / {theirs:.2f} s]{'' if good else '  OVER'}")
    return good


if __name__ == "__main__":
    main()
