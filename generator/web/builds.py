"""Builds: what was asked for over HTTP, waiting, running and ended.

Place in the pipeline: a part of the door `web`. In: orders; out: builds, each once for all who ask for the same page of
the same files. No more wait than may; a topic is built by one worker at a time, because the archive keeps its editions
in order. Builds are kept in `.briefing/serve`: their addresses answer after a restart, and what was accepted is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Protocol

from ..accounts import outcome_json
from ..errors import BriefingError, LimitError
from ..orders import Want, standing, wanted
from ..pipeline import STEPS, Outcome
from ..topics import layouts_of
from ..workspace import Workspace, digest
from .bells import Bells
from .crew import CancelledError
from .journal import Journal
from .problems import Problem

State = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")
KEPT = 1000
"""Ended builds that are remembered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: a topic, its languages (none: the workspace's), a day to look back to, and how strictly.

    `layout` is the one whose PDF is wanted, "" for every one: an edition holds all that its topic declares.
    """

    topic: str
    languages: tuple[str, ...] = ()
    as_of: str = ""
    strict: bool = False
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a build has reached: its number in the pipeline (0: it waits for another process), name, object."""

    number: int
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Build:
    """One build. Times are ISO 8601 in UTC, "" for what has not come yet; `version` counts its changes."""

    id: str
    asked: Asked
    state: State
    by: str
    created: str
    same: str = ""
    """A digest of what is asked and of the files that it is made from: the same ones make one build."""
    started: str = ""
    ended: str = ""
    steps: tuple[Step, ...] = ()
    outcomes: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    error: str = ""
    retry: bool = False
    """Whether the same build may succeed at another time although nothing is changed."""
    key: str = ""
    """The digest of the caller's Idempotency-Key, and `body` that of what was asked with it."""
    body: str = ""
    version: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


class Doer(Protocol):
    """Who builds: a worker process, or a stand-in for one."""

    def do(self, job: dict[str, Any], seconds: float, stop: Callable[[], bool], /) -> Any:  # noqa: ANN401
        """Yield what is said about a job."""

    def end(self) -> None:
        """End."""


class Builds:
    """The builds of one server."""

    def __init__(
        self, journal: Journal, queue: int, seconds: float, clock: Callable[[], datetime], chance: Callable[[], str]
    ) -> None:
        """Take up what was accepted before; `chance` gives ids that nobody guesses."""
        self._journal, self._queue, self._seconds, self._clock, self._chance = journal, queue, seconds, clock, chance
        self._changed = threading.Condition()
        self.bells = Bells()
        """Rung at every change of a build, and when the server is about to end."""
        self._builds: dict[str, Build] = {build.id: build for build in journal.read()}
        for build in [each for each in self._builds.values() if not each.over]:
            self._builds[build.id] = replace(build, state="waiting", started="", steps=(), version=build.version + 1)
        self._cancelled: set[str] = set()
        self._closing = False
        self._threads: list[threading.Thread] = []

    # --- what is asked ------------------------------------------------------------------------------

    def create(self, workspace: Workspace, asked: Asked, by: str, key: str = "") -> tuple[Build, bool]:
        """Return the build that answers, and whether it is a new one; Problem where it cannot be.

        The same key with the same body gives the same build, whatever became of it.
        """
        _refuse_layout(workspace, asked)
        named, body = (digest({"by": by, "key": key}), digest({"asked": repr(asked)})) if key else ("", "")
        if named and (earlier := self._named(named, body)):
            return earlier, False
        wants = _wanted(workspace, asked, self._clock())
        same = digest({"asked": repr(asked), **{want.language: want.digest for want in wants}})
        kept = {want: standing(workspace, want) for want in wants}
        with self._changed:
            # Again, for others may have come in between.
            if named and (earlier := self._named(named, body)):
                return earlier, False
            if not named and (under_way := self._under_way(same)):
                return under_way, False
            build = Build(self._chance(), asked, "waiting", by, self._now(), same, key=named, body=body)
            if all(kept.values()):
                build = replace(build, state="done", ended=build.created, outcomes=_unchanged(asked.topic, kept))
            elif sum(each.state == "waiting" for each in self._builds.values()) >= self._queue:
                many = "1 build is" if self._queue == 1 else f"{self._queue} builds are"
                raise Problem("full", f"{many} waiting", "Try again later.")
            self._keep(build)
            return build, True

    def _named(self, key: str, body: str) -> Build | None:
        found = next((build for build in self._builds.copy().values() if build.key == key), None)
        if found is not None and found.body != body:
            raise Problem("invalid", "the Idempotency-Key was used for another build", "Use a new key.")
        return found

    def _under_way(self, same: str) -> Build | None:
        return next((build for build in self._builds.values() if build.same == same and not build.over), None)

    def get(self, id_: str) -> Build | None:
        """Return a build by its id, None where there is none."""
        return self._builds.get(id_)

    def all(self) -> tuple[Build, ...]:
        """Return the builds, the newest first."""
        return tuple(reversed(self._builds.copy().values()))

    def cancel(self, id_: str) -> Build | None:
        """End a build that has not ended; return it as it is then, None where there is none."""
        with self._changed:
            build = self._builds.get(id_)
            if build is not None and build.state == "waiting":
                self._keep(replace(build, state="cancelled", ended=self._now()))
            elif build is not None and build.state == "running":
                self._cancelled.add(id_)
                self._changed.wait_for(lambda: self._builds[id_].over, timeout=self._seconds)
            return self._builds.get(id_)

    @property
    def waiting(self) -> int:
        """How many builds wait."""
        return sum(build.state == "waiting" for build in self._builds.copy().values())

    @property
    def closing(self) -> bool:
        """Whether the server is about to end."""
        return self._closing

    # --- what is done -------------------------------------------------------------------------------

    def begin(self, doers: list[Callable[[], Doer]]) -> None:
        """Work off what waits, each doer in a thread of its own."""
        self._threads = [threading.Thread(target=self._work, args=(make,), daemon=True) for make in doers]
        for thread in self._threads:
            thread.start()

    def stop_soon(self) -> None:
        """Begin nothing more and let those who follow a build go; what runs is made after the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self.bells.ring()

    def close(self) -> None:
        """End what runs, and wait until it has ended."""
        self.stop_soon()
        for thread in self._threads:
            thread.join()

    def _work(self, make: Callable[[], Doer]) -> None:
        doer = make()
        try:
            while build := self._take():
                self._do(doer, build)
        finally:
            doer.end()

    def _take(self) -> Build | None:
        """Return the next build whose topic nobody builds, begun; None once the server is about to end."""
        with self._changed:
            while not self._closing:
                if (build := self._next()) is not None:
                    return self._keep(replace(build, state="running", started=self._now()))
                self._changed.wait()
        return None

    def _next(self) -> Build | None:
        busy = {build.asked.topic for build in self._builds.values() if build.state == "running"}
        waiting = (build for build in self._builds.values() if build.state == "waiting")
        return next((build for build in waiting if build.asked.topic not in busy), None)

    def _do(self, doer: Doer, build: Build) -> None:
        asked = build.asked
        id_ = build.id
        job = {"topic": asked.topic, "languages": asked.languages, "as_of": asked.as_of, "strict": asked.strict}
        try:
            for said in doer.do(job, self._seconds, lambda: self._closing or id_ in self._cancelled):
                build = self._heard(build, said)
        except CancelledError:
            if build.id in self._cancelled:
                build = replace(build, state="cancelled")
        except BriefingError as error:
            build = replace(build, state="failed", error=str(error), retry=not isinstance(error, LimitError))
        except Exception as error:  # noqa: BLE001 - a door: one build never takes its thread along
            build = replace(build, state="failed", error=f"{type(error).__name__}: {error}", retry=True)
        with self._changed:
            self._cancelled.discard(build.id)
            # A build that the server's own end cut short is not over: it is made after the next start.
            self._keep(replace(build, ended=self._now()) if build.over else build)

    def _heard(self, build: Build, said: Mapping[str, Any]) -> Build:
        """Take over what a worker said."""
        if "outcomes" not in said:
            number = int(said["step"])
            step = Step(number, STEPS[number - 1] if number else "Wait", str(said["what"]))
            with self._changed:
                return self._keep(replace(build, steps=(*build.steps, step)), journal=False)
        outcomes = tuple(said["outcomes"])
        failed = [outcome for outcome in outcomes if outcome["state"] == "failed"]
        error = str(said.get("error", "")) or next((str(outcome["error"]) for outcome in failed), "")
        findings = tuple(said.get("findings", ())) + tuple(each for outcome in failed for each in outcome["findings"])
        state: State = "failed" if error or failed else "done"
        retry = bool(said.get("retry"))
        return replace(build, state=state, outcomes=outcomes, findings=findings, error=error, retry=retry)

    def _keep(self, build: Build, *, journal: bool = True) -> Build:
        """Remember a build as it is now, tell those who wait, and forget the oldest ended ones."""
        build = replace(build, version=build.version + 1)
        self._builds[build.id] = build
        if journal:
            self._journal.write(build)
        ended = [each.id for each in self._builds.values() if each.over]
        for id_ in ended[: max(0, len(ended) - KEPT)]:
            del self._builds[id_]
            self._journal.remove(id_)
        self._changed.notify_all()
        self.bells.ring()
        return build

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _wanted(workspace: Workspace, asked: Asked, now: datetime) -> list[Want]:
    as_of = date.fromisoformat(asked.as_of) if asked.as_of else None
    return wanted(workspace, (asked.topic,), asked.languages, as_of, latest=now.date() + timedelta(days=1))


def _refuse_layout(workspace: Workspace, asked: Asked) -> None:
    """Raise a Problem where a topic is not made in the layout that is wanted."""
    if asked.layout and asked.layout not in (declared := layouts_of(workspace, asked.topic)):
        bound = asked.topic not in workspace.topics()
        or_declare = "" if bound else ', or declare it: layouts = ["full", "brief"] in topic.toml'
        cure = f"Ask for {' or '.join(declared)}{or_declare}."
        raise Problem("conflict", f"'{asked.topic}' is not made in the layout '{asked.layout}'", cure)


def _unchanged(topic: str, kept: Mapping[Want, Any]) -> tuple[dict[str, Any], ...]:
    """Return the outcomes of editions that stand."""
    editions: dict[Any, list[str]] = {}
    for want, edition in kept.items():
        editions.setdefault(edition, []).append(want.language)
    return tuple(
        outcome_json(Outcome(topic, "unchanged", edition, languages=tuple(languages)))
        for edition, languages in editions.items()
    )
