"""Benchmarks: ratios of medians, each pair side by side in the same run. `make bench`, `make bench ARGS="check"`.

Absolute times mean nothing on shared machines; every round runs each command once, in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path

from generator.knowledge import learn
from generator.manuscript import write_up
from generator.orders import wanted
from generator.traces import plain
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ("economy", "industrial-park", "education")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
BRIEFING = str(Path(sys.executable).with_name("briefing"))
Job = Callable[[], None]
RENDERS = 1000
"""How many times the server's memory is tried."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of medians, in seconds, with its limit; None where it only informs."""

    what: str
    ours: float
    theirs: float
    limit: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.limit is None or self.ours / self.theirs <= self.limit

    def __str__(self) -> str:
        """Return the line that is printed."""
        bound = f"(at most {self.limit:g})" if self.limit is not None else ""
        over = "" if self.kept else "  OVER"
        return f"{self.ours / self.theirs:6.2f}  {bound:<16}{self.what}  [{self.ours:.2f} s / {self.theirs:.3g} s]{over}"


def prepare(folder: Path) -> Path:
    """Copy the workspace, and write what the scripts need: context, charts' data, tables, templates."""
    workspace = folder / "workspace"
    shutil.copytree(ROOT / "data", workspace / "data", ignore=shutil.ignore_patterns("sources"))
    shutil.copytree(ROOT / "templates", workspace / "templates")
    settings = (ROOT / "briefing.toml").read_text("utf-8")
    # The scripts make one page; so does the workspace.
    (workspace / "briefing.toml").write_text(re.sub(r"(?m)^languages = .*$", 'languages = ["en"]', settings), "utf-8")
    known = Workspace(workspace)
    (want,) = wanted(known, ("economy",), ("en",), None, latest=date.max)
    draft = write_up(known, learn(known, ["economy"]), want).numbered("2026-11-22.1", 1)
    page = folder / "page"
    shutil.copytree(ROOT / "templates" / "briefing", page / "templates")
    for sheet in (ROOT / "templates" / "briefing").glob("*.css"):
        shutil.copy(sheet, page)
    (page / "context.json").write_text(plain(json.dumps(asdict(draft.composed.context), ensure_ascii=False)), "utf-8")
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


def processor() -> float:
    """Return the seconds of processor that ended children and theirs have used; other programs hardly change them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(rounds: int, *, clock: Callable[[], float] = time.perf_counter, **jobs: Job) -> dict[str, float]:
    """Return the median seconds of each job; every round runs each once, in turn, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(rounds):
        for name, job in jobs.items():
            start = clock()
            job()
            times[name].append(clock() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


# --- parts ------------------------------------------------------------------------------------------


def build(folder: Path, rounds: int) -> Iterator[Ratio]:
    """One topic: a build from nothing and one that is unchanged, beside scripts that make the same page."""
    prepare(folder)
    workspace, page = folder / "workspace", folder / "page"

    def script(name: str) -> Job:
        return lambda: run(sys.executable, str(ROOT / "tests" / "bench" / f"{name}.py"), str(page), cwd=page)

    def ours(*arguments: str) -> Job:
        return lambda: run(BRIEFING, "build", *arguments, cwd=workspace)

    one = measure(
        rounds, cold=ours("economy", "--force"), plain=script("plain"), lean=script("lean"), unchanged=ours("economy")
    )
    yield Ratio("cold build / plain script with pyplot and defaults", one["cold"], one["plain"], 0.70)
    yield Ratio("cold build / leanest script for the same page", one["cold"], one["lean"], 1.15)
    yield Ratio("unchanged build / cold build", one["unchanged"], one["cold"], 0.12)


def topics(folder: Path, rounds: int) -> Iterator[Ratio]:
    """Three topics: in two workers, in one, and by three commands."""
    workspace = prepare(folder) / "workspace"

    def ours(*arguments: str) -> Job:
        return lambda: run(BRIEFING, "build", *arguments, cwd=workspace)

    def separately() -> None:
        for topic in TOPICS:
            run(BRIEFING, "build", topic, "--force", cwd=workspace)

    three = measure(
        max(1, rounds // 2),
        together=ours(*TOPICS, "--force", "--workers", "2"),
        in_turn=ours(*TOPICS, "--force", "--workers", "1"),
        separately=separately,
    )
    together = three["together"]
    yield Ratio("three topics in two workers / three commands, one after the other", together, three["separately"], 0.62)
    yield Ratio("three topics in two workers / one command with one worker", together, three["in_turn"])


def check(folder: Path, rounds: int) -> Iterator[Ratio]:
    """A large workspace: `check` without caches, beside a script that looks facts up, a bare reading, and smaller ones."""
    from served import change

    sizes = {
        "whole": ("10000", "500"),
        "tenth": ("1000", "50"),
        "few_facts": ("1000", "500"),
        "some": ("1000", "50", "2"),
        "longer": ("1000", "50", "20"),
    }
    for name, size in sizes.items():
        run(sys.executable, str(ROOT / "tests" / "bench" / "large_workspace.py"), str(folder / name), *size, cwd=folder)

    def checked(name: str, *, cold: bool = True) -> Job:
        def job() -> None:
            if cold:
                shutil.rmtree(folder / name / ".briefing", ignore_errors=True)
            run(BRIEFING, "check", cwd=folder / name)

        return job

    changes = iter(range(1000))

    def edited() -> None:
        """Change a text of one topic of twenty, and check."""
        change(folder / "whole" / "data" / "area0" / "text.en.md", next(changes))
        run(BRIEFING, "check", cwd=folder / "whole")

    def script(name: str) -> Job:
        return lambda: run(sys.executable, str(ROOT / "tests" / "bench" / name), cwd=folder / "whole")

    jobs: dict[str, Job] = {name: checked(name) for name in sizes}
    # One process after the other: what they use of the processor is what they take on a machine at rest.
    seconds = measure(max(1, rounds // 2), clock=processor, **jobs, again=checked("whole", cold=False), edited=edited,
                      lookup=script("lookup.py"), read=script("read.py"))  # fmt: skip
    whole = seconds["whole"]
    again, lookup = seconds["again"], seconds["lookup"]
    yield Ratio("check of 10,000 facts in 500 documents / a script that looks them up", whole, lookup)
    yield Ratio("the same check again, nothing changed / a script that looks them up", again, lookup)
    yield Ratio("check of 10,000 facts in 500 documents / reading the same files", whole, seconds["read"], 200)
    yield Ratio("the same check again, nothing changed / reading the same files", again, seconds["read"], 100)
    yield Ratio("the same with one text of one topic changed / nothing changed", seconds["edited"], again)
    yield Ratio("ten times the facts, documents and topics / once", whole, seconds["tenth"], 11)
    yield Ratio("ten times the facts in the same documents / once", whole, seconds["few_facts"], 11)
    yield Ratio("ten times the text around the same facts / once", seconds["longer"], seconds["some"], 11)


def bulk(folder: Path, rounds: int) -> Iterator[Ratio]:
    """Five million rows reduced through a connector, beside a bare DuckDB query of the same."""
    from bulk import reduced

    for what, ours, theirs, limit in reduced(folder, rounds, measure):
        yield Ratio(what, ours, theirs, limit)


def mail(folder: Path, rounds: int) -> Iterator[Ratio]:
    """Two thousand mails of a 300 kB PDF over the loopback, beside a bare smtplib loop with the same bytes."""
    from mails import mailed

    for what, ours, theirs, limit in mailed(folder, rounds, measure):
        yield Ratio(what, ours, theirs, limit)


def serve(folder: Path, rounds: int) -> Iterator[Ratio]:
    """A changed fact to a new PDF over HTTP, beside Chromium and the command; 200 requests at once; memory over 1,000 renders."""
    from served import latencies, long_life, storm

    prepare(folder)
    workspace, page = folder / "workspace", folder / "page"
    sample = folder / "sample"
    run(BRIEFING, "init", str(sample), cwd=folder)

    def cold(topic: str) -> Callable[[Path], None]:
        def job(workspace: Path) -> None:
            shutil.rmtree(workspace / ".briefing" / "cache", ignore_errors=True)
            run(BRIEFING, "build", topic, "--lang", "en", "--force", cwd=workspace)

        return job

    beside: dict[str, Callable[[Path], None]] = {
        "cold": cold("economy"),
        "command": lambda workspace: run(BRIEFING, "build", "economy", "--lang", "en", cwd=workspace),
        "browser": lambda _: run(sys.executable, str(ROOT / "tests" / "bench" / "browser.py"), str(page), cwd=page),
    }
    times = latencies(workspace, "economy", rounds, beside, time.perf_counter)
    middle = {name: statistics.median(seconds) for name, seconds in times.items()}
    last = statistics.quantiles(times["warm"], n=20)[-1] if rounds > 1 else times["warm"][0]
    yield Ratio("changed fact to new PDF over HTTP, p50 / cold command", middle["warm"], middle["cold"], 0.35)
    yield Ratio("changed fact to new PDF over HTTP, p95 / cold command", last, middle["cold"])
    yield Ratio("changed fact to new PDF over HTTP, p50 / command with its caches", middle["warm"], middle["command"])
    yield Ratio("changed fact to new PDF over HTTP, p50 / headless Chromium printing the page", middle["warm"], middle["browser"])
    small = latencies(sample, "harbour", rounds, {"cold": cold("harbour")}, time.perf_counter)
    warm, alone = statistics.median(small["warm"]), statistics.median(small["cold"])
    yield Ratio("the same in the workspace of `briefing init`, three sheets: p50 / cold command", warm, alone, 0.35)
    stormed = storm(folder / "storm", 200, 20, 16)
    yield Ratio("200 requests for 20 editions from 16 clients: builds / editions", stormed["builds"], stormed["editions"], 1)
    yield Ratio("the same: failed requests / requests", stormed["failed"], 200, 0)
    early, late = long_life(folder / "memory", RENDERS, RENDERS // 10)
    what = f"memory after {RENDERS} renders / after {RENDERS // 10}, in GB"
    yield Ratio(what, late.kilobytes / 1e6, early.kilobytes / 1e6, 1.1)


def preview(folder: Path, rounds: int) -> Iterator[Ratio]:
    """A saved change redrawn in the preview, beside the same change printed by the command line from cold."""
    from redrawn import LANGUAGE, TOPIC, redrawn

    workspaces = [folder / name for name in ("shown", "printed")]
    for workspace in workspaces:
        for name in ("data", "templates"):
            shutil.copytree(ROOT / name, workspace / name)
        shutil.copy(ROOT / "briefing.toml", workspace)

    def cold(workspace: Path) -> None:
        run(BRIEFING, "build", TOPIC, "--lang", LANGUAGE, cwd=workspace)

    seconds = redrawn(*workspaces, rounds, measure, cold)
    yield Ratio("a save redrawn in the preview / printed by the command line", seconds["redrawn"], seconds["printed"], 0.9)


def agenda(folder: Path, rounds: int) -> Iterator[Ratio]:
    """What is due among 10,000 schedules, beside 100."""
    import rebuilds

    yield from _rows(rebuilds.agenda(folder, rounds, measure))


def incremental(folder: Path, rounds: int) -> Iterator[Ratio]:
    """One changed fact among 300 pages, beside all of them."""
    import rebuilds

    yield from _rows(rebuilds.incremental(folder, rounds, measure))


def overhead(folder: Path, rounds: int) -> Iterator[Ratio]:
    """What the engine adds to an edition."""
    import rebuilds

    yield from _rows(rebuilds.overhead(folder, rounds, partial(measure, clock=time.process_time)))


def batch(folder: Path, _rounds: int) -> Iterator[Ratio]:
    """A batch on two processes of the engine, beside one; BATCH in the environment says how many editions (500)."""
    import rebuilds

    yield from _rows(rebuilds.batch(folder, int(os.environ.get("BATCH", "500")), time.perf_counter, processor))


def _rows(rows: Iterable[tuple[str, float, float, float | None]]) -> Iterator[Ratio]:
    return (Ratio(*row) for row in rows)


PARTS = {part.__name__: part for part in (build, topics, check, bulk, mail, serve, preview, agenda, incremental, overhead, batch)}


def arguments() -> argparse.Namespace:
    """Return what the command line asks for; a part that is not there ends the program with the names of those that are."""
    parser = argparse.ArgumentParser(
        prog="bench.py", description="Prints ratios of medians with their limits; 1 where one is over.",
        epilog="parts: " + "; ".join(f"{name}: {part.__doc__}" for name, part in PARTS.items()),
    )  # fmt: skip
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; none named: all of them")
    parser.add_argument("--rounds", type=int, default=7, help="how often each command is measured (7)")
    asked = parser.parse_args()
    if unknown := [name for name in asked.parts if name not in PARTS]:
        parser.error(f"no part {', '.join(map(repr, unknown))}; there are {', '.join(PARTS)}")
    if asked.rounds < 1:
        parser.error(f"{asked.rounds} rounds; expected one or more")
    return asked


def main() -> None:
    """Print every ratio of the chosen parts; the exit code says whether all limits were kept."""
    asked, kept = arguments(), True
    for name in asked.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for ratio in PARTS[name](Path(folder), asked.rounds):
                print(ratio, flush=True)
                kept &= ratio.kept
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
