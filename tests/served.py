"""`briefing serve` measured: a changed fact to a new PDF, many clients at once, and memory over many renders."""

from __future__ import annotations

import csv
import json
import re
import shutil
import string
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving import Answer, Served, serving
from workspaces import branches

BUILDS = "/api/v1/builds"


def change(text: Path, number: int) -> None:
    """Change what a text says, each time otherwise, in about as many words."""
    said = text.read_text("utf-8").partition("\n\nIt was looked at")[0].rstrip()
    text.write_text(f"{said}\n\n{_remark(number)}\n", "utf-8")


def change_fact(topic: Path, number: int) -> None:
    """Change what the first fact of a topic notes, and the newest value of its first chart, each time otherwise."""
    facts = topic / "facts.csv"
    head, first, *others = _rows(facts)
    first[head.index("note")] = _remark(number)
    _write(facts, [head, first, *others])
    charts = tomllib.loads((topic / "topic.toml").read_text("utf-8")).get("charts", [])
    series = [topic / "series" / f"{line['series']}.csv" for chart in charts for line in chart["lines"]]
    for file in [each for each in series if each.is_file()][:1]:
        rows = _rows(file)
        value = rows[0].index("value")
        newest = next(row for row in reversed(rows) if row[value])
        newest[value] = f"{newest[value][:-1]}{number % 9 + 1}"
        _write(file, rows)


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))


def _write(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows(rows)


def _remark(number: int) -> str:
    words = " ".join("once" if number >> bit & 1 else "twice" for bit in range(12))
    return f"It was looked at {words} again."


def ended(served: Served, accepted: Answer) -> dict[str, object]:
    """Follow a build to its end and return it."""
    if accepted.status not in (200, 202):
        sys.exit(f"{accepted.status} {accepted.text}")
    if accepted.status == 200:
        return dict(accepted.json)
    told = served.get(accepted.json["events"]).text.strip().rpartition("data: ")[2]
    build = dict(json.loads(told))
    if build["state"] != "done":
        sys.exit(told)
    return build


def fetch(served: Served, topic: str) -> dict[str, object]:
    """Build a topic in English over HTTP, take its PDF, and return the build."""
    build: dict[str, Any] = ended(served, served.post(BUILDS, {"topic": topic, "languages": ["en"]}))
    made = [outcome for outcome in build["outcomes"] if outcome["state"] == "built"]
    if not made:
        sys.exit(f"nothing was built: {build}")
    pdf = served.get(made[0]["files"][0]["href"])
    if not pdf.body.startswith(b"%PDF-"):
        sys.exit(f"{made[0]} {pdf.status} {pdf.body[:200]!r}")
    return build


def latencies(
    workspace: Path, topic: str, rounds: int, beside: dict[str, Callable[[Path], None]], clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return the seconds of each round: a changed fact to a new PDF, and the jobs beside it, in turn.

    Each job gets a copy of the workspace of its own, so that none uses, or deletes, what another has cached.
    """
    folders = {name: workspace.with_name(f"{workspace.name}-{name}") for name in ("warm", *beside)}
    for folder in folders.values():
        shutil.copytree(workspace, folder)
    times: dict[str, list[float]] = {name: [] for name in folders}
    changes = iter(range(1 << 12))
    with serving(folders["warm"], "--no-schedules", "--workers", "1") as served:
        jobs: dict[str, Callable[[Path], object]] = {"warm": lambda _: fetch(served, topic), **beside}
        for number in range(rounds + 1):
            for name, job in jobs.items():
                change_fact(folders[name] / "data" / topic, next(changes))
                start = clock()
                job(folders[name])
                # The first round does not count.
                times[name] += [clock() - start] if number else []
    return times


def storm(folder: Path, requests: int, editions: int, clients: int) -> dict[str, int]:
    """Ask for so many editions from so many clients at once; return how many were built, and how many requests failed."""
    names = [f"branch_{letter}" for letter in string.ascii_lowercase[:editions]]
    branches(folder, names)
    with serving(folder, "--no-schedules") as served:

        def ask(number: int) -> str:
            return str(ended(served, served.post(BUILDS, {"topic": names[number % editions]}))["state"])

        with ThreadPoolExecutor(clients) as crowd:
            states = list(crowd.map(ask, range(requests)))
        kept = served.get(f"/api/v1/editions?limit={2 * editions}").json["total"]
        builds = [build for build in served.get(f"{BUILDS}?limit=1000").json["items"] if build["steps"]]
    return {"editions": kept, "builds": len(builds), "failed": sum(state != "done" for state in states)}


@dataclass(frozen=True, slots=True)
class Held:
    """What the server and all that stem from it hold: kilobytes, open descriptors, threads, and files of their own."""

    kilobytes: int
    descriptors: int
    threads: int
    files: int


def long_life(folder: Path, renders: int, at: int) -> tuple[Held, Held]:
    """Return what the server and its workers hold after `at` renders and after all of them."""
    topics = ["north", "south"]
    branches(folder, topics)
    seen = []
    with serving(folder, "--no-schedules", "--workers", "1") as served:
        for number in range(renders):
            topic = topics[number % 2]
            change(folder / "data" / topic / "text.en.md", number)
            fetch(served, topic)
            # Editions are kept for ever; the archive is not what is measured.
            for old in sorted((folder / "reports" / topic).glob("2*"), key=lambda path: path.stat().st_mtime)[:-2]:
                shutil.rmtree(old)
            if number + 1 in (at, renders):
                seen.append(held(served.process.pid, folder / ".briefing"))
    return seen[0], seen[-1]


def held(process: int, state: Path) -> Held:
    """Return what a process and those it started hold, and how many files lie in their folder.

    A build leaves a file of its own, of which the last thousand are kept; they are not counted.
    """
    all_of_them = list(family(process))
    descriptors, threads = (sum(entries(each, what) for each in all_of_them) for what in ("fd", "task"))
    files = sum(path.is_file() and path.parent.name != "builds" for path in state.rglob("*"))
    return Held(sum(map(kilobytes, all_of_them)), descriptors, threads, files)


def entries(process: int, folder: str) -> int:
    """Return how many entries a folder of a process in /proc has."""
    return len(list(Path(f"/proc/{process}/{folder}").iterdir()))


def family(process: int) -> Iterator[int]:
    """Yield a process and all that stem from it."""
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text("ascii").split():
            yield from family(int(child))


def kilobytes(process: int) -> int:
    """Return the kilobytes that one process holds."""
    match = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("ascii"), re.MULTILINE)
    return int(match[1]) if match else 0
