"""What the tests share: small workspaces, and the folder of third-party documents where it is there."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from postgres import database, server
from publisher import Publisher, publishing
from serving import Served, serving

settings.register_profile("any machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PROJECT = Path(__file__).resolve().parent / "project"
NAMES = itertools.count()
ENDED = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take how many recipients the soak of the deliveries has."""
    parser.addoption("--recipients", type=int, default=300, help="recipients of the soak of the deliveries")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Have what a test left open told at that test, not at the one during which Python happens to collect it."""
    gc.collect()
    if next(ENDED) % 50 == 0:
        gc.freeze()  # what lives on is not looked at each time


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own settings out of the tests."""
    for name in ("BRIEFING_DOCUMENTS", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a fresh copy of the smallest whole workspace."""
    target = tmp_path / "project"
    shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns("reports", ".briefing"))
    return target


@pytest.fixture
def shared() -> Path:
    """Return the folder with the documents and figures as received, or skip."""
    folder = Path(os.environ.get("BRIEFING_SHARED", SHARED))
    if not (folder / "sources").is_dir():
        pytest.skip("the documents as received are not on this machine")
    return folder


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """Return a publisher on the loopback, without a reply yet."""
    with publishing() as found:
        yield found


@pytest.fixture
def served(project: Path) -> Iterator[Served]:
    """Return the smallest whole workspace, served on the loopback without schedules."""
    with serving(project, "--no-schedules") as found:
        yield found


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return the table [engine] of one of the two databases."""
    if request.param == "sqlite":
        return ""
    url = database(request.getfixturevalue("postgres"), f"briefing{os.getpid()}_{next(NAMES)}")
    return f'[engine]\ndatabase = "{url}"\n'
