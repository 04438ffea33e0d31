"""The queue of builds: bounded, in order, each once, cancelled, limited in time, and there again after a restart."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from patience import await_true
from workspaces import PaperShop, branches

from generator import archive
from generator.errors import BriefingError, LimitError, LostError, OutsideError, RenderError
from generator.page import Document
from generator.web import worker
from generator.web.builds import KEPT, Asked, Build, Builds
from generator.web.crew import CancelledError, Hand
from generator.web.journal import Journal, open_journal
from generator.web.problems import Problem
from generator.workspace import Workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Hands:
    """Stand-ins for workers: they hold each job until `go` is set, and say what they are given to say."""

    def __init__(self, **end: Any) -> None:
        self.go = threading.Event()
        self.jobs: list[dict[str, Any]] = []
        self.at_once: list[str] = []
        self.together = 0
        self.ended = 0
        self.last = {"outcomes": [], "error": "", "findings": []} | end

    def do(self, job: dict[str, Any], _seconds: float, stop: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        self.jobs.append(job)
        self.at_once.append(job["topic"])
        self.together = max(self.together, len(self.at_once))
        try:
            yield {"step": 1, "what": job["topic"]}
            while not self.go.wait(0.01):
                if stop():
                    raise CancelledError
            yield self.last
        finally:
            self.at_once.remove(job["topic"])

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return branches(tmp_path / "w", ["north", "south"])


def queue(workspace: Workspace, room: int = 4) -> Builds:
    counter = itertools.count(1)
    return Builds(Journal(workspace.state / "serve"), room, 60, lambda: NOW, lambda: f"id{next(counter)}")


def ask(builds: Builds, workspace: Workspace, topic: str = "north", key: str = "", **more: Any) -> Build:
    return builds.create(Workspace(workspace.root), Asked(topic, **more), "me", key)[0]


def state(builds: Builds, build: Build) -> str:
    found = builds.get(build.id)
    return found.state if found else "none"


def test_the_same_page_of_the_same_files_is_one_build_while_it_has_not_ended(workspace: Workspace) -> None:
    builds = queue(workspace)
    first, again = ask(builds, workspace), ask(builds, workspace)
    other = ask(builds, workspace, languages=("de",))
    facts = workspace.root / "data/north/facts.csv"
    facts.write_bytes(facts.read_bytes() + b"\n")
    changed = ask(builds, workspace)

    assert first.id == again.id
    assert len({first.id, other.id, changed.id}) == 3


def test_one_more_than_may_wait_is_told_to_try_again(workspace: Workspace) -> None:
    builds = queue(workspace, room=2)
    ask(builds, workspace)
    ask(builds, workspace, "south")

    with pytest.raises(Problem) as told:
        ask(builds, workspace, "south", languages=("de",))

    assert (told.value.status, told.value.headers["retry-after"]) == (429, "5")
    assert told.value.body["retry"] is True
    assert ask(builds, workspace).id == "id1"  # what waits already may be asked for again


def test_a_topic_is_built_by_one_worker_at_a_time(workspace: Workspace) -> None:
    builds, hands = queue(workspace), Hands()
    asked = [ask(builds, workspace, topic, languages=(tag,)) for topic in ("north", "south") for tag in ("en", "de")]
    builds.begin([lambda: hands] * 4)
    await_true(lambda: len(hands.jobs) == 2)

    assert sorted(job["topic"] for job in hands.jobs) == ["north", "south"]
    hands.go.set()
    await_true(lambda: all(state(builds, each) == "done" for each in asked))
    assert hands.together == 2
    builds.close()
    assert hands.ended == 4


def test_a_key_answers_the_same_whatever_became_of_it_and_after_a_restart(workspace: Workspace) -> None:
    builds, hands = queue(workspace), Hands(error="no paper")
    first = ask(builds, workspace, key="k")
    builds.begin([lambda: hands])
    hands.go.set()
    await_true(lambda: state(builds, first) == "failed")
    builds.close()

    later = queue(workspace)
    again = ask(later, workspace, key="k")
    assert (again.id, again.state, again.error) == (first.id, "failed", "no paper")
    with pytest.raises(Problem) as told:
        ask(later, workspace, key="k", strict=True)
    assert told.value.status == 422


def test_two_who_use_the_same_key_get_their_own_builds(workspace: Workspace) -> None:
    builds = queue(workspace)
    mine, _ = builds.create(workspace, Asked("north"), "me", "k")
    yours, _ = builds.create(workspace, Asked("south"), "you", "k")

    assert mine.id != yours.id


def test_one_key_asked_from_many_threads_is_one_build(workspace: Workspace) -> None:
    builds, found = queue(workspace, room=50), list[str]()
    threads = [threading.Thread(target=lambda: found.append(ask(builds, workspace, key="k").id)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 12
    assert len(set(found)) == 1


def test_what_was_accepted_is_made_after_the_server_was_killed_or_ended(workspace: Workspace) -> None:
    builds, hands = queue(workspace), Hands()
    running, waiting = ask(builds, workspace), ask(builds, workspace, "north", languages=("de",))
    builds.begin([lambda: hands])
    await_true(lambda: state(builds, running) == "running")
    builds.close()

    assert [job["languages"] for job in hands.jobs] == [()]
    later, fresh = queue(workspace), Hands()
    fresh.go.set()
    assert [state(later, each) for each in (running, waiting)] == ["waiting", "waiting"]
    later.begin([lambda: fresh])
    await_true(lambda: all(state(later, each) == "done" for each in (running, waiting)))
    later.close()


def test_a_build_is_cancelled_while_it_waits_and_while_it_runs(workspace: Workspace) -> None:
    builds, hands = queue(workspace), Hands()
    running, waiting = ask(builds, workspace), ask(builds, workspace, languages=("de",))
    builds.begin([lambda: hands])
    await_true(lambda: state(builds, running) == "running")

    assert builds.cancel(waiting.id).state == "cancelled"  # type: ignore[union-attr]
    assert builds.cancel(running.id).state == "cancelled"  # type: ignore[union-attr]
    assert builds.cancel("nothing") is None
    assert len(hands.jobs) == 1
    again = builds.cancel(running.id)
    assert again is not None
    assert again.ended != ""
    builds.close()


@pytest.mark.parametrize(
    ("raised", "retry"),
    [(LimitError("too slow"), False), (RenderError("it died"), True), (ZeroDivisionError("a fault"), True)],
)
def test_a_build_that_goes_wrong_takes_nothing_along(workspace: Workspace, raised: Exception, retry: bool) -> None:
    class Broken(Hands):
        def do(self, job: dict[str, Any], _seconds: float, _stop: Callable[[], bool]) -> Iterator[dict[str, Any]]:
            self.jobs.append(job)
            if len(self.jobs) == 1:
                raise raised
            yield self.last

    builds, hands = queue(workspace), Broken()
    first, second = ask(builds, workspace), ask(builds, workspace, "south")
    builds.begin([lambda: hands])
    await_true(lambda: state(builds, second) == "done")

    failed = builds.get(first.id)
    assert failed is not None
    assert (failed.state, failed.retry, str(raised) in failed.error) == ("failed", retry, True)
    builds.close()


def test_the_oldest_ended_builds_are_forgotten(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.web.builds.KEPT", 3)
    builds = queue(workspace, room=50)
    for number in range(6):
        builds.cancel(ask(builds, workspace, languages=("en", *["de", "nl", "sv", "da", "fi", "et"][: number + 1])).id)

    assert KEPT > 3
    assert len(builds.all()) == 3
    assert len(list((workspace.state / "serve").glob("*.json"))) == 3


def test_a_torn_or_foreign_file_of_the_journal_hides_no_other(workspace: Workspace) -> None:
    build = ask(queue(workspace), workspace)
    folder = workspace.state / "serve"
    (folder / "torn.json").write_bytes(b'{"id": "torn", ')
    (folder / "foreign.json").write_bytes(b'{"asked": {"topic": "x", "languages": []}, "steps": [], "zzz": 1}')

    assert [each.id for each in queue(workspace).all()] == [build.id]


def test_servers_of_one_workspace_each_have_their_own_journal(tmp_path: Path) -> None:
    with open_journal(tmp_path) as first, open_journal(tmp_path) as second:
        assert first._folder != second._folder
    with open_journal(tmp_path) as third:
        assert third._folder == first._folder


# --- the worker -----------------------------------------------------------------------------------


@pytest.fixture
def hand(project: Path) -> Iterator[Hand]:
    found = Hand(project, None, 1)
    yield found
    found.end()


JOB = {"topic": "library", "languages": [], "as_of": "", "strict": False}


@pytest.mark.parametrize(
    ("raised", "retry"),
    [(OutsideError("no time stamp"), True), (LostError("it was killed"), True), (RenderError("no page"), False), (LimitError("large"), False)],
)
def test_a_worker_says_whether_a_page_that_was_not_made_may_be_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: BriefingError, retry: bool
) -> None:
    class Broken(PaperShop):
        def make(self, *_: object) -> Document:
            raise raised

    monkeypatch.setattr(worker, "open_workshop", lambda *_, **__: Broken())
    said: list[dict[str, Any]] = []

    worker.Worker(branches(tmp_path, ["north"]).root, None, 1).do({**JOB, "topic": "north"}, said.append)

    (outcome,) = said[-1]["outcomes"]
    assert (outcome["state"], outcome["error"], said[-1]["retry"]) == ("failed", raised.message, retry)


@pytest.mark.slow
def test_a_worker_builds_one_job_after_the_other_in_the_same_process(project: Path, hand: Hand) -> None:
    first = list(hand.do(JOB, 300, lambda: False))
    pid = hand.pid
    second = list(hand.do(JOB, 300, lambda: False))

    assert [said.get("step") for said in first] == [1, 2, 3, 4, 5, 6, 7, None]
    assert [outcome["state"] for outcome in first[-1]["outcomes"] + second[-1]["outcomes"]] == ["built", "unchanged"]
    assert hand.pid == pid


@pytest.mark.slow
def test_a_worker_that_is_cancelled_ends_with_its_children_and_keeps_nothing(project: Path, hand: Hand) -> None:
    seen: list[int] = []
    with pytest.raises(CancelledError):
        seen.extend(said.get("step", 0) for said in hand.do(JOB, 300, lambda: bool(seen)))

    assert not list(project.glob("reports/library/2*"))
    assert list(hand.do(JOB, 300, lambda: False))[-1]["outcomes"][0]["state"] == "built"


def test_a_worker_that_is_too_slow_is_ended(hand: Hand) -> None:
    with pytest.raises(LimitError, match="took more than 0 s"):
        list(hand.do(JOB, 0, lambda: False))


@pytest.mark.slow
def test_a_worker_that_was_killed_is_replaced(hand: Hand) -> None:
    list(hand.do(JOB, 300, lambda: False))
    hand._process.kill()
    hand._process.wait()

    assert list(hand.do(JOB, 300, lambda: False))[-1]["outcomes"][0]["state"] == "unchanged"


@pytest.mark.slow
def test_a_worker_waits_while_another_process_builds_the_topic(project: Path, hand: Hand) -> None:
    told: list[dict[str, Any]] = []
    with archive.locked_topics(project / ".briefing", ["library"]):
        thread = threading.Thread(target=lambda: told.extend(hand.do(JOB, 300, lambda: False)))
        thread.start()
        await_true(lambda: any("building 'library'" in str(said) for said in list(told)))
    thread.join()

    assert told[-1]["outcomes"][0]["state"] == "built"


def test_wrong_settings_are_the_builds_findings(project: Path, hand: Hand) -> None:
    settings = project / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[limits]\nseconds = -1\n", "utf-8")

    end = list(hand.do(JOB, 300, lambda: False))[-1]

    assert end["outcomes"] == []
    assert "limits.seconds" in str(end["findings"])
