"""A workspace with schedules, the clock on its wall, and processes of the program that work in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workspaces import PaperShop, branches

from generator.service import Report, Service
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
HOURLY = '[schedules.hourly]\ncron = "0 * * * *"\nzone = "Europe/Minsk"\n'


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


class Office:
    """A workspace, its clock and the pages that were printed; every turn is a process of its own."""

    def __init__(
        self,
        folder: Path,
        schedules: str,
        topics: tuple[str, ...] = ("north", "south"),
        languages: tuple[str, ...] = ("en",),
    ) -> None:
        branches(folder, topics, languages)
        with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
            file.write(schedules)
        self.folder, self.clock, self.shop = folder, Clock("2026-11-22T10:20"), PaperShop()

    def turn(self, act: Callable[[Service], None] = lambda _service: None) -> Report:
        with Service(Workspace(self.folder), self.clock) as service:
            service.works._shop = self.shop  # type: ignore[assignment]
            act(service)
            return service.turn()

    def states(self, report: Report) -> dict[str, str]:
        return {making.topic: making.state for making in report.makings}


def briefing(folder: Path, *arguments: str, script: str = "") -> subprocess.Popen[str]:
    """Begin a command in a workspace; `script` is Python that stands in for it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *(["-c", script] if script else ["-m", "generator", "-C", str(folder), *arguments])],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def due_now(office: Office) -> None:
    """Let the hourly schedule be known since yesterday, so that a slot of it is due by the real clock."""
    office.clock.now = datetime.now(UTC) - timedelta(days=1)
    office.turn()
