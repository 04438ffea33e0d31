"""Pages side by side: those of one topic keep all workers busy, in whatever order they end, and share what is drawn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from patience import PATIENCE, await_true
from workspaces import PaperShop, branches

from generator import pipeline
from generator.errors import RenderError
from generator.model import Finding, Place
from generator.page import Document, Plot
from generator.pipeline import Outcome, Request
from generator.workshop import Workshop
from generator.workspace import Settings, Workspace

NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)
PAGES = ["en", "en-brief", "de", "de-brief"]


def build(folder: Path, shop: PaperShop) -> Outcome:
    """Build a topic in two languages, each in two layouts."""
    branches(folder, ("north",), ("en", "de"))
    topic = folder / "data/north/topic.toml"
    topic.write_text('layouts = ["full", "brief"]\n' + topic.read_text("utf-8"), "utf-8")
    (outcome,) = pipeline.build(Workspace(folder), Request(), now=NOW, shop=shop)  # type: ignore[arg-type]
    return outcome


class Watched(PaperShop):
    """A workshop that knows which pages are printed in it, in the order they were begun, and how many at a time."""

    def __init__(self, workers: int = 2) -> None:
        super().__init__()
        self.workers = workers
        self.begun: list[str] = []
        self.at_work, self.most = 0, 0
        self.lock = threading.Lock()

    def make(self, draft: Any, *rest: object) -> Document:
        """Print a page."""
        with self.printing(draft.name):
            found = Finding(Place(draft.name), "rule", "found", "expected", "cure", "note")
            return Document(super().make(draft, *rest).pdf, 1, (found,))

    @contextmanager
    def printing(self, name: str) -> Iterator[None]:
        with self.lock:
            self.begun.append(name)
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        try:
            self.wait(name)
            yield
        finally:
            with self.lock:
                self.at_work -= 1

    def wait(self, name: str) -> None:
        """Wait for whatever the page needs."""


class Pairs(Watched):
    """A workshop in which no page ends unless another one is printed at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.both = threading.Barrier(2)

    def wait(self, name: str) -> None:
        self.both.wait(PATIENCE)


class Backwards(Watched):
    """A workshop in which the first page ends when the last one has begun, after all others."""

    def __init__(self) -> None:
        super().__init__()
        self.last = threading.Event()

    def wait(self, name: str) -> None:
        if name == PAGES[0]:
            assert self.last.wait(PATIENCE), f"only {self.begun} were begun"
            await_true(lambda: self.at_work == 1)
        elif name == PAGES[-1]:
            self.last.set()


class Torn(Watched):
    """A workshop in which the first page cannot be printed, while the second one is."""

    def __init__(self) -> None:
        super().__init__()
        self.second, self.torn = threading.Event(), threading.Event()

    def wait(self, name: str) -> None:
        if name == PAGES[0]:
            assert self.second.wait(PATIENCE), "the second page was not begun"
            self.torn.set()
            raise RenderError("the paper is torn")
        self.second.set()
        assert self.torn.wait(PATIENCE), "the first page did not fail"


def test_pages_of_one_topic_are_printed_side_by_side(tmp_path: Path) -> None:
    shop = Pairs()

    outcome = build(tmp_path, shop)

    assert (outcome.state, sorted(shop.begun)) == ("built", sorted(PAGES))
    assert shop.most <= shop.workers + 1, "more pages were begun than the workers and the next one"


def test_what_is_found_is_told_in_the_order_of_the_pages_whichever_ends_first(tmp_path: Path) -> None:
    outcome = build(tmp_path, Backwards())

    assert outcome.state == "built", outcome.error
    assert [finding.place.file for finding in outcome.findings if finding.rule == "rule"] == PAGES


def test_one_worker_prints_one_page_after_the_other_in_their_order(tmp_path: Path) -> None:
    shop = Watched(workers=1)

    assert build(tmp_path, shop).state == "built"

    assert (shop.begun, shop.most) == (PAGES, 1)


def test_side_by_side_and_one_after_the_other_make_the_same_files(tmp_path: Path) -> None:
    made = []
    for folder, shop in (("one", Watched(workers=1)), ("two", Backwards())):
        build(tmp_path / folder, shop)
        (edition,) = (tmp_path / folder / "reports/north").iterdir()
        made.append({path.name: path.read_bytes() for path in edition.iterdir()})

    assert made[0] == made[1]
    assert len(made[0]) == len(PAGES) + 2


def test_a_page_that_fails_fails_its_edition_and_leaves_no_other_at_work(tmp_path: Path) -> None:
    shop = Torn()

    outcome = build(tmp_path, shop)

    assert (outcome.state, outcome.error) == ("failed", "the paper is torn")
    assert shop.at_work == 0, "a page is printed of which nothing will be kept"
    assert not list(tmp_path.glob("reports/*/*/record.json"))


# --- the workshop itself --------------------------------------------------------------------------


class Drawing(Workshop):
    """A workshop that draws when it is let, and knows what it was asked for and what it drew."""

    def __init__(self, state: Path) -> None:
        super().__init__(state, Settings("x"), 2, code="", fresh=False)
        self.asked: list[str] = []
        self.drawn: list[str] = []
        self.go = threading.Event()
        self.error: RenderError | None = None

    def _key(self, plot: Plot, style: bytes) -> str:
        self.asked.append(plot.id)
        return super()._key(plot, style)

    def _draw_chunk(self, plots: Any, _style: bytes) -> dict[str, str]:
        self.drawn += [plot.id for plot in plots]
        assert self.go.wait(PATIENCE)
        if self.error:
            raise self.error
        return {plot.id: f"<svg>{plot.alt}</svg>" for plot in plots}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Drawing]:
    with Drawing(tmp_path) as opened:
        yield opened


def plot(id_: str, alt: str = "") -> Plot:
    return Plot(id_, "columns", (), alt or id_, 100, 50, "#000000", (), ())


def draw_side_by_side(shop: Drawing, *pages: tuple[Plot, ...]) -> list[dict[str, bytes] | str]:
    """Return what each page gets: all of them are asked for before anything is drawn."""
    with ThreadPoolExecutor(len(pages)) as threads:
        asked = [threads.submit(shop._draw, plots, b"") for plots in pages]
        await_true(lambda: len(shop.asked) == sum(map(len, pages)))
        shop.go.set()
        return [str(each.exception(PATIENCE)) if each.exception(PATIENCE) else each.result() for each in asked]


def test_a_chart_of_two_pages_is_drawn_once(shop: Drawing) -> None:
    full, brief = draw_side_by_side(shop, (plot("lead"), plot("other")), (plot("lead"),))

    assert full == {"charts/lead.svg": b"<svg>lead</svg>", "charts/other.svg": b"<svg>other</svg>"}
    assert brief == {"charts/lead.svg": b"<svg>lead</svg>"}
    assert sorted(shop.drawn) == ["lead", "other"]
    assert shop._drawing == {}


def test_two_charts_of_one_page_that_are_the_same_are_drawn_once(shop: Drawing) -> None:
    (page,) = draw_side_by_side(shop, (plot("one", "same"), plot("two", "same")))

    assert page == {"charts/one.svg": b"<svg>same</svg>", "charts/two.svg": b"<svg>same</svg>"}
    assert len(shop.drawn) == 1


def test_a_chart_that_cannot_be_drawn_fails_every_page_that_waits_for_it_and_is_tried_again(shop: Drawing) -> None:
    shop.error = RenderError("no ink")

    assert draw_side_by_side(shop, (plot("lead"),), (plot("lead"),)) == ["no ink", "no ink"]

    shop.error = None
    assert shop._draw((plot("lead"),), b"") == {"charts/lead.svg": b"<svg>lead</svg>"}


def test_one_page_more_than_can_be_printed_is_begun_whoever_asks(
    shop: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()
    go = threading.Event()

    def run(*_: object, **_later: object) -> Document:
        with watched.printing("page"):
            assert go.wait(PATIENCE)
            return Document(b"", 1)

    monkeypatch.setattr(shop._printer, "run", run)
    monkeypatch.setattr("generator.workshop._page", lambda *_: None)
    monkeypatch.setattr("generator.workshop.chart_style", lambda _: b"")
    draft: Any = SimpleNamespace(plots=(), words=None, composed=SimpleNamespace(context=None))
    with ThreadPoolExecutor(8) as threads:
        pages = [threads.submit(shop.make, draft, {}, "", lambda _step: None) for _ in range(8)]
        await_true(lambda: watched.at_work == shop.workers + 1)
        go.set()
        assert [page.result(PATIENCE).pages for page in pages] == [1] * 8

    assert watched.most == shop.workers + 1


def test_a_page_that_is_begun_when_the_workshop_is_closed_says_so(shop: Drawing) -> None:
    shop.close()
    draft: Any = SimpleNamespace(plots=(), words=None, composed=SimpleNamespace(context=None))

    with pytest.raises(RenderError, match="the workshop is closed"):
        shop.make(draft, {"charts.mplstyle": b"", "look.css": b""}, "", lambda _step: None)
