"""A workspace whose series are connected: sidecars, answers as publishers write them, and one call to refresh it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from publisher import Publisher

from generator.connectors.base import Reading
from generator.connectors.memory import Memory
from generator.errors import BriefingError
from generator.fetching import open_fetcher
from generator.inquiry import World
from generator.model import Observation
from generator.periods import parse_period
from generator.reading import Findings
from generator.refresh import Renewal, Wishes, refresh
from generator.workspace import Workspace, read_settings

TODAY = date(2026, 11, 22)
LOANS = "data/library/series/loans"
INDICATOR = "/v2/country/XYZ/indicator/LIB.LOANS"
CONNECTOR = """
[connector]
name = "worldbank"
source = "STATS"
country = "XYZ"
indicator = "LIB.LOANS"
"""


def wire(project: Path, publisher: Publisher | None = None, connector: str = CONNECTOR, stem: str = LOANS) -> Path:
    """Connect a series, and let its publisher be the one on the loopback."""
    sidecar = project / f"{stem}.toml"
    sidecar.write_text(sidecar.read_text("utf-8") + connector, "utf-8")
    if publisher:
        settings = project / "briefing.toml"
        settings.write_text(settings.read_text("utf-8") + mirror(publisher, connector), "utf-8")
    return project


def mirror(publisher: Publisher, connector: str = CONNECTOR) -> str:
    """Return the lines of briefing.toml that put the loopback in a publisher's place."""
    name = connector.partition('name = "')[2].partition('"')[0]
    network = f'\n[network]\nseconds = 20\nprivate = ["{publisher.host}"]\n'
    # A connector for any publisher has its address in the sidecar.
    return network if "\nurl = " in connector else f'{network}\n[connectors.{name}]\nurl = "{publisher.url}/v2"\n'


def worldbank(
    values: Mapping[str, object], *, page: int = 1, pages: int = 1, total: int | None = None, updated: str = "2026-07-13",
    title: str = "Loans of libraries",
) -> bytes:  # fmt: skip
    """Return a page as the World Bank writes it."""
    head = {"page": page, "pages": pages, "per_page": 1000, "total": len(values) if total is None else total,
            "sourceid": "2", "lastupdated": updated}  # fmt: skip
    rows = [
        {"indicator": {"id": "LIB.LOANS", "value": title}, "country": {"id": "XY", "value": "Xyzland"},
         "countryiso3code": "XYZ", "date": day, "value": value, "unit": "", "obs_status": "", "decimal": 0}
        for day, value in values.items()
    ]  # fmt: skip
    return json.dumps([head, rows]).encode()


STORED = {"2024": 43000, "2023": 41250, "2022": None, "2021": 25500, "2020": 18000, "2019": 40000}


def run(project: Path, *series: str, world: World | None = None, **wishes: bool) -> tuple[Renewal, ...]:
    """Refresh series of a workspace, as the command does."""
    workspace = Workspace(project)
    return refresh(workspace, Wishes(series, **wishes), world or outside(project))


def outside(project: Path, today: date = TODAY, **keys: str) -> World:
    """Return the world with the limits of the workspace, and no waiting."""
    workspace = Workspace(project)
    fetcher = open_fetcher(workspace.state, read_settings(workspace, Findings()).network)
    fetcher.sleep = lambda _: None
    return World(fetcher, today, keys)


def reading(values: Mapping[str, str | None], **said: str) -> Reading:
    """Return a reading of the loans with these values."""
    rows = tuple(
        Observation(parse_period(period), None if value is None else Decimal(value), "loan", source="STATS")
        for period, value in values.items()
    )
    return Reading(rows, **said)


def recalled(project: Path, found: Reading | BriefingError, today: date = TODAY) -> World:
    """Return a world in which every series is in memory."""
    world = outside(project, today)
    names: Iterable[str] = ("loans", "readers")
    return World(world.fetcher, today, {}, lambda _: Memory(dict.fromkeys(names, found)))


def files(project: Path) -> dict[str, bytes]:
    """Return every file below data/ with its bytes."""
    return {str(path.relative_to(project)): path.read_bytes() for path in (project / "data").rglob("*") if path.is_file()}
