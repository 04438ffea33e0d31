"""The workshop: the limited children that draw and print, and the slots they work in.

Place in the pipeline: steps 3 Draw to 6 Inspect for one page. The children start at once and import
while the caller reads and checks; charts drawn before are taken from the cache by the hash of their data
and style. With one worker everything is done by one child, one thing after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .errors import RenderError
from .look import chart_style
from .sandbox import Child, Limits
from .workspace import Settings, digest

if TYPE_CHECKING:
    from .draft import Draft
    from .page import Document, Page, Plot

DRAWING = ("generator.charts",)
PRINTING = ("generator.press",)
REHEARSING = ("generator.rehearsal",)
Tell = Callable[[int], None]
"""Told of each step by its number."""


class Workshop:
    """Children that draw and print, at most `workers` at the same time."""

    def __init__(
        self, state: Path, settings: Settings, workers: int, *, code: str, fresh: bool, lasting: bool = False
    ) -> None:
        """Start the children. `code` is the digest of the program, `fresh` leaves the cache of charts alone.

        One that is `lasting` takes longer to begin, and less for each page.
        """
        limits = Limits(seconds=settings.seconds, megabytes=settings.megabytes)
        self.workers = workers
        self._slots = threading.BoundedSemaphore(workers)
        # One page more than can be printed is begun: it is written meanwhile.
        self._places = threading.BoundedSemaphore(workers + 1)
        self._cache = None if fresh else state / "cache" / "charts"
        self._code, self._largest = code, settings.file_megabytes * 1_000_000
        self._state, self._limits = state, limits
        self._starting, self._closed = threading.Lock(), False
        self._drawing: dict[str, Future[str]] = {}
        """By key, the charts that are being drawn: pages that show the same one wait for it."""
        modules = (*PRINTING, *(REHEARSING if lasting else ()), *(DRAWING if workers == 1 else ()))
        self._printer = Child(modules, state=state, limits=limits)
        self._drawer = self._printer if workers == 1 else None
        if fresh or not (self._cache and self._cache.is_dir()):
            self._start_drawer()
        self._threads = ThreadPoolExecutor(max_workers=2 * workers)
        self._hands = ThreadPoolExecutor(max_workers=2 * workers)

    def __enter__(self) -> Self:
        """Return the workshop."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the children."""
        self.close()

    def close(self) -> None:
        """End the children with whatever they are at; a second call does nothing."""
        # The children first: a thread that waits for a job's answer ends with the job, not before.
        for pool in (self._threads, self._hands):
            pool.shutdown(wait=False, cancel_futures=True)
        with self._starting:
            self._closed = True
        for child in filter(None, (self._printer, self._drawer)):
            child.close()
        for pool in (self._threads, self._hands):
            pool.shutdown()

    def _start_drawer(self) -> Child:
        with self._starting:
            if self._closed:
                raise RenderError("the workshop is closed")
            if self._drawer is None:
                self._drawer = Child(DRAWING, state=self._state, limits=self._limits)
            return self._drawer

    def make(self, draft: Draft, templates: dict[str, bytes], program: str, tell: Tell) -> Document:
        """Return the draft's page drawn, written, printed and inspected: findings are in it.

        The page is begun while its charts are drawn; with one worker one thing is done after the other.
        """
        style = chart_style(templates)
        with ExitStack() as stack:
            stack.enter_context(self._places)
            if self._closed:
                raise RenderError("the workshop is closed")
            tell(3)
            drawn = self._threads.submit(self._draw, draft.plots, style)
            if self.workers == 1:
                drawn.result()
            tell(4)

            def charts() -> dict[str, bytes]:
                """Wait for the drawings, then for a slot: until here the page took little."""
                found = drawn.result()
                stack.enter_context(self._slots)
                tell(5)
                return found

            page = _page(draft, templates, program, self._largest)
            context, words = draft.composed.context, draft.words
            document: Document = self._printer.run(
                "generator.press:press", context, templates, words, page, later=charts
            )
        return document

    def _draw(self, plots: Sequence[Plot], style: bytes) -> dict[str, bytes]:
        """Return the SVG of each plot by its file name, each drawn once, whatever pages show it at the same time."""
        keys = {plot.id: self._key(plot, style) for plot in plots}
        with self._starting:
            mine = {keys[plot.id]: plot for plot in plots if keys[plot.id] not in self._drawing}
            begun = {key: Future[str]() for key in mine}
            self._drawing |= begun
            drawing = {id_: self._drawing[key] for id_, key in keys.items()}
        try:
            for key, svg in self._draw_all(mine, style).items():
                begun[key].set_result(svg)
        except BaseException as error:
            for each in begun.values():
                each.set_exception(error)
            raise
        finally:
            with self._starting:
                for key in mine:
                    del self._drawing[key]
        return {f"charts/{id_}.svg": each.result().encode() for id_, each in drawing.items()}

    def _draw_all(self, plots: Mapping[str, Plot], style: bytes) -> dict[str, str]:
        """Return the SVG of each plot by its key, drawn in as many children as there are workers."""
        found = {key: svg for key in plots if (svg := self._cached(key)) is not None}
        missing = [(key, plot) for key, plot in plots.items() if key not in found]
        chunks = [missing[start :: self.workers] for start in range(self.workers) if missing[start :: self.workers]]
        drawn: dict[str, str] = {}
        for each in self._hands.map(lambda chunk: self._draw_chunk([plot for _, plot in chunk], style), chunks):
            drawn.update(each)
        for key, plot in missing:
            self._store(key, drawn[plot.id])
            found[key] = drawn[plot.id]
        return found

    def _draw_chunk(self, plots: Sequence[Plot], style: bytes) -> dict[str, str]:
        with self._slots:
            drawn: dict[str, str] = self._start_drawer().run("generator.charts:draw_all", tuple(plots), style)
        return drawn

    def _key(self, plot: Plot, style: bytes) -> str:
        return digest({"plot": repr(replace(plot, id="")), "style": style, "code": self._code})

    def _cached(self, key: str) -> str | None:
        if self._cache is None:
            return None
        try:
            return (self._cache / f"{key}.svg").read_text("utf-8")
        except OSError:
            return None

    def _store(self, key: str, svg: str) -> None:
        if self._cache is None:
            return
        part = self._cache / f"{key}.{threading.get_ident()}.part"
        # The cache only saves time: a disk without room for it does not stop a page.
        with suppress(OSError):
            self._cache.mkdir(parents=True, exist_ok=True)
            part.write_text(svg, "utf-8")
            part.replace(self._cache / f"{key}.svg")
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _page(draft: Draft, templates: dict[str, bytes], program: str, largest: int) -> Page:
    """Return the page as far as it is there before its charts."""
    from .page import Page
    from .traces import plain  # while the children start: a fiftieth of a second

    assets = {name: data for name, data in templates.items() if not name.endswith((".html", ".mplstyle"))}
    assets |= {name: svg.encode() for name, svg in draft.sparks}
    context = draft.composed.context
    return Page(
        html="",
        assets=tuple(sorted(assets.items())),
        attached=draft.attached,
        title=plain(f"{context.title} - {context.date}"),
        author=context.issuer,
        subject=plain(context.subtitle or context.title),
        language=draft.language,
        date=context.iso_date,
        program=program,
        identifier=f"{draft.topic.id}/{context.edition} {context.digest}",
        traces=draft.composed.traces,
        drawn=draft.composed.drawn,
        names=draft.names,
        largest=largest,
    )
