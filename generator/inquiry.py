"""Inquiry: publishers are asked for series, page by page, and their answers are read in a limited child.

Place in the pipeline: called by `refresh`. In: series with their connections; out: for each a `Heard`, or the error
that says why there is none. Publishers are asked at the same time, the series of one publisher one after the other;
one that failed twice in a row is not asked again in this run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from threading import Thread
from typing import Protocol, Self
from urllib.parse import urlsplit

from .answers import Answer, Request
from .connectors import connector
from .connectors.base import PAGES, Connection, Connector, Query, Reading, key_variable
from .errors import BriefingError, OutsideError, RenderError
from .local import open_local, refuse_torn, summed, unpacked
from .model import Series
from .network import Deadline
from .reading import Findings
from .sandbox import Child, Limits
from .workspace import Settings, Workspace, read_settings

_READ = "generator.connectors.base:read_answers"
_FAILURES = 2
"""Series in a row whose fetch failed, after which a publisher is left alone."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A connected series as it is stored; `name` is `topic/series`, `stem` its files' without their endings."""

    name: str
    stem: str
    series: Series
    connection: Connection


@dataclass(frozen=True, slots=True)
class Heard:
    """What a publisher said of a series, and the answers in which it did."""

    reading: Reading
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """A publisher that gave no answer for a series: its host, why, and whether it was asked for this one at all."""

    publisher: str
    error: BriefingError
    asked: bool = True


class Fetches(Protocol):
    """What fetches: a `fetching.Fetcher`, or a test's."""

    def deadline(self) -> Deadline:
        """Return the deadline of a fetch that begins now."""
        ...

    def fetch(self, request: Request, deadline: Deadline | None = None) -> Answer:
        """Return the answer to a request."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """What lies outside: who fetches, the day, the environment that keys are taken from, the connectors."""

    fetcher: Fetches
    today: date
    keys: Mapping[str, str]
    connectors: Callable[[str], Connector] = connector


def open_world(workspace: Workspace, today: date, keys: Mapping[str, str]) -> World:
    """Return the world as it is: publishers on the network, within the limits that `briefing.toml` sets."""
    from .fetching import open_fetcher

    settings = read_settings(workspace, Findings())
    return World(open_fetcher(workspace.state, settings.network), today, keys)


class Inquiry:
    """Asks publishers; use it in a `with` statement, which ends the child."""

    def __init__(self, workspace: Workspace, settings: Settings, world: World, tell: Callable[[str], None]) -> None:
        """Keep what asking needs; the child starts with the first answer."""
        self._workspace, self._settings, self._world, self._tell = workspace, settings, world, tell
        self._child: Child | None = None

    def __enter__(self) -> Self:
        """Return the inquiry."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child with whatever it reads."""
        if self._child:
            self._child.close()

    def ask(self, holdings: Sequence[Holding]) -> dict[str, Heard | Silent | BriefingError]:
        """Return what each series' publisher said, or why there is nothing, by the series' name."""
        self._start(holdings)
        queues: dict[str, list[Holding]] = {}
        for holding in holdings:
            queues.setdefault(self._publisher(holding.connection), []).append(holding)
        found: dict[str, Heard | Silent | BriefingError] = {}
        faults: list[Exception] = []

        def ask(queue: Sequence[Holding]) -> None:
            try:
                found.update(self._ask_one_publisher(queue))
            except Exception as error:  # noqa: BLE001 - raised again below, where somebody waits for it
                faults.append(error)

        # Daemons: an interrupt ends the program at once, whatever a publisher is at; nothing has been written yet.
        threads = [Thread(target=ask, args=(queue,), daemon=True) for queue in queues.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for fault in faults:
            raise fault
        return found

    def _start(self, holdings: Iterable[Holding]) -> None:
        names = {holding.connection.name for holding in holdings}
        modules = {module for name in names for module in self._world.connectors(name).modules}
        limits = Limits(seconds=self._settings.seconds, megabytes=self._settings.megabytes)
        # What a job would import it finds there; the fork that runs it pays for nothing.
        own = sorted(f"generator.connectors.{name}" for name in names)
        preload = ("generator.connectors.base", "tempfile", *own, *sorted(modules))
        self._child = Child(preload, state=self._workspace.state, limits=limits)

    def _base(self, connection: Connection) -> str:
        named = dict(self._settings.publishers).get(connection.name) or self._world.connectors(connection.name).address
        # A connector for any publisher has no address of its own; the sidecar says it.
        return named or str(getattr(connection.parameters, "url", ""))

    def _publisher(self, connection: Connection) -> str:
        return f"{connection.name} {urlsplit(self._base(connection)).netloc}"

    def _host(self, connection: Connection) -> str:
        return urlsplit(self._base(connection)).netloc.rpartition("@")[2]

    def _ask_one_publisher(self, holdings: Sequence[Holding]) -> list[tuple[str, Heard | Silent | BriefingError]]:
        found: list[tuple[str, Heard | Silent | BriefingError]] = []
        failures = 0
        for holding in holdings:
            if failures >= _FAILURES:
                message = f"not asked: its publisher failed {failures} times before in this run"
                error = OutsideError(message, hint="Try again later.")
                found.append((holding.name, Silent(self._host(holding.connection), error, asked=False)))
                continue
            try:
                found.append((holding.name, self._ask_one(holding)))
                failures = 0
            except _UnreachedError as unreached:
                failures += 1
                found.append((holding.name, Silent(self._host(holding.connection), unreached.reason)))
            except BriefingError as error:
                found.append((holding.name, error))
        return found

    def _ask_one(self, holding: Holding) -> Heard:
        connection = holding.connection
        which = self._world.connectors(connection.name)
        name = which.key or getattr(getattr(connection.parameters, "secret", None), "name", "")
        key = self._world.keys.get(key_variable(name), "") if name else ""
        query = Query(
            holding.series.id, holding.series.unit, connection, self._base(connection), self._world.today, key
        )
        requests = tuple(which.requests(query))
        if not requests:
            return Heard(which.read(query, ()), ())
        deadline = self._world.fetcher.deadline()
        answers: list[Answer] = []
        with ExitStack() as stack:
            while requests:
                if len(answers) + len(requests) > PAGES:
                    raise OutsideError(f"it asks for more than {PAGES} pages", hint="Narrow the parameters.")
                answers += [self._fetch(holding, request, deadline) for request in requests]
                summing = stack.enter_context(ThreadPoolExecutor(1)).map(summed, answers)
                readable = [self._unpacked(answer, stack) for answer in answers]
                reading = self._read(replace(query, key=""), tuple(readable))
                requests = reading.more
                answers = list(summing)
        for answer in answers:
            refuse_torn(answer)
        return Heard(reading, tuple(answers))

    def _unpacked(self, answer: Answer, stack: ExitStack) -> Answer:
        found = unpacked(answer, self._workspace.state / "cache" / "unpacked", self._settings.network.megabytes << 20)
        if found is not answer:
            stack.callback(found.path.unlink, missing_ok=True)
        return found

    def _fetch(self, holding: Holding, request: Request, deadline: Deadline) -> Answer:
        self._tell(f"{holding.name}: {request.address}")
        if "://" not in request.address:
            return open_local(self._workspace.root, request.address)
        try:
            return self._world.fetcher.fetch(request, deadline)
        except BriefingError as error:
            raise _UnreachedError(error) from error

    def _read(self, query: Query, answers: tuple[Answer, ...]) -> Reading:
        """Read in the child; whatever the answer does to it is the publisher's failure."""
        if self._child is None:
            raise RuntimeError("the inquiry has not begun")
        try:
            read: Reading = self._child.run(_READ, query.connection.name, query, answers)
        except RenderError as error:
            message = error.message.replace(_READ, "reading the answer")
            raise OutsideError(message, where=answers[-1].address, hint=error.hint) from error
        except BriefingError as error:
            error.where = error.where or answers[-1].address
            raise
        return read


class _UnreachedError(Exception):
    """An answer that did not come; `reason` is the error to show."""

    def __init__(self, reason: BriefingError) -> None:
        super().__init__(str(reason))
        self.reason = reason


__all__ = ["Heard", "Holding", "Inquiry", "Silent", "World", "open_world"]
