"""Measures of scheduled rebuilds for the benchmark: what is due, what changed, a batch, and what the engine adds to an edition."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from office import Clock, briefing
from workspaces import THIRTY, PaperShop, branches, edit

from generator import pipeline
from generator.database import Address
from generator.ledger import BUILT, Ledger
from generator.pipeline import Request
from generator.service import Service
from generator.slots import Schedule
from generator.workspace import Workspace

NOW = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)
TEN = ("north", "south", "east", "west", "river", "hill", "lake", "mill", "park", "port")
Measure = Callable[..., dict[str, float]]
Rows = Iterator[tuple[str, float, float, float | None]]
"""What, our seconds, theirs, the limit of the ratio."""


def _names(count: int) -> tuple[str, ...]:
    """Return names without digits: a label that holds one would be a typed number."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return tuple(f"branch{letters[n // 676]}{letters[n // 26 % 26]}{letters[n % 26]}" for n in range(count))


def agenda(folder: Path, rounds: int, measure: Measure) -> Rows:
    """Ask what is due among 10,000 schedules, of which ten are, beside asking among 100."""

    def asked(count: int) -> Callable[[], None]:
        ledger = Ledger(Address(folder / f"{count}.sqlite"))
        nightly = Schedule("s", "Europe/Minsk", "30 2 * * *", topics=("north",))
        hourly = replace(nightly, cron="0 * * * *")
        ledger.sync([replace(hourly if n < 10 else nightly, name=f"s{n}") for n in range(count)], NOW)

        def job() -> None:
            for _ in range(20):
                assert len(ledger.due(NOW + timedelta(hours=1))) == 10

        return job

    seconds = measure(rounds, few=asked(100), many=asked(10_000))
    yield "what is due among 10,000 schedules / among 100", seconds["many"], seconds["few"], 3


def incremental(folder: Path, rounds: int, measure: Measure) -> Rows:
    """Make again after one changed fact among 300 pages, beside making all; pages are drawn up and not printed."""
    branches(folder / "w", TEN, THIRTY)
    figures = iter(range(2000, 9000))
    now = ["2024,1004,"]

    def build(*, fresh: bool, pages: int) -> Callable[[], None]:
        def job() -> None:
            if fresh:
                for name in ("reports", ".briefing"):
                    shutil.rmtree(folder / "w" / name, ignore_errors=True)
            else:
                new = f"2024,{next(figures)},"
                edit(folder / "w/data/west/facts.csv", now[0], new)
                now[0] = new
            shop = PaperShop()
            pipeline.build(Workspace(folder / "w"), Request(strict=True), now=NOW, shop=shop)  # type: ignore[arg-type]
            assert len(shop.made) == pages

        return job

    seconds = measure(max(1, rounds // 3), all=build(fresh=True, pages=300), one=build(fresh=False, pages=30))
    yield "one changed fact, 30 of 300 pages / all 300", seconds["one"], seconds["all"], 0.25


def overhead(folder: Path, rounds: int, measure: Measure) -> Rows:
    """Make fifty topics by a turn of the engine, beside making them by one build; pages are drawn up and not printed.

    In seconds of a processor: who looks for work every fifth of a second waits longer than such editions take.
    """
    topics = _names(50)
    original = branches(folder / "original", topics).root
    with (original / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write('[schedules.hourly]\ncron = "0 * * * *"\nzone = "UTC"\n')
    fresh = iter(range(1_000_000))

    def copied() -> Path:
        copy = folder / f"copy{next(fresh)}"
        shutil.copytree(original, copy)
        return copy

    def build() -> None:
        shop = PaperShop()
        pipeline.build(Workspace(copied()), Request(strict=True), now=NOW, shop=shop)  # type: ignore[arg-type]
        assert len(shop.made) == len(topics)

    def turn() -> None:
        copy, clock = copied(), Clock("2026-11-22T10:20")
        for count in (0, len(topics)):
            with Service(Workspace(copy), clock) as service:
                service.works._shop = PaperShop()  # type: ignore[assignment]
                assert [making.state for making in service.turn().makings] == [BUILT] * count
            clock.pass_(minutes=40)

    seconds = measure(max(1, rounds // 3), turn=turn, build=build)
    added = (seconds["turn"] - seconds["build"]) / len(topics)
    yield f"fifty topics by the engine / by one build; {added * 1000:.0f} ms more an edition", seconds["turn"], seconds["build"], None


def batch(folder: Path, editions: int, clock: Callable[[], float], processor: Callable[[], float]) -> Rows:
    """Make a batch by two processes of the engine, beside half of what one build of the same takes with one worker.

    `processor` tells what ended children have used: that ratio is right on a machine that others load, too.
    """
    topics = _names(editions)
    alone = branches(folder / "alone", topics).root
    with (alone / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write('workers = 1\n[schedules.hourly]\ncron = "0 * * * *"\nzone = "UTC"\n')
    together = folder / "together"
    shutil.copytree(alone, together)
    with Service(Workspace(together), lambda: datetime.now(UTC) - timedelta(days=1)) as service:
        service.turn()

    def finished(workspace: Path, *commands: str) -> tuple[float, float]:
        start, used = clock(), processor()
        _finish(workspace, *[briefing(workspace, command) for command in commands])
        assert len(list((workspace / "reports").glob("*/*/record.json"))) == editions
        return clock() - start, (processor() - used) / editions

    both, both_used = finished(together, "run", "run")
    one, one_used = finished(alone, "build")
    yield f"{editions} editions on two processes / half of one process's time", both, one / 2, 1 / 0.85
    yield "processor time of an edition on two processes / in one build", both_used, one_used, 1 / 0.85


def _finish(folder: Path, *processes: object) -> None:
    for process in processes:
        out, err = process.communicate()  # type: ignore[attr-defined]
        assert process.returncode == 0, (folder, out, err)  # type: ignore[attr-defined]
