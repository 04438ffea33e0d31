"""The shelf of the web door, asked by many at once while an answer is made."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import anyio.to_thread
import pytest
from conftest import PROJECT
from patience import PATIENCE, await_true

from generator.errors import BusyError
from generator.web import shelf as shelves
from generator.web.access import LOCAL, Caller
from generator.web.app import create_app
from generator.web.guard import Guard
from generator.web.settings import Serving
from generator.web.shelf import SEATS, Look, Shelf
from generator.web.shell import Shell
from generator.workspace import Workspace


def test_no_more_wait_for_a_long_answer_than_have_a_seat_and_they_all_get_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "_MOMENT", 0.01)
    shelf, begun, go = Shelf(project, None), threading.Event(), threading.Event()
    made: list[Workspace] = []

    def make(workspace: Workspace) -> str:
        made.append(workspace)
        begun.set()
        assert go.wait(PATIENCE)
        return "answer"

    def ask() -> str:
        return shelf._once("long", make)

    with ThreadPoolExecutor(SEATS + 1) as crowd:
        waiting = [crowd.submit(ask)]
        assert begun.wait(PATIENCE)
        waiting += [crowd.submit(ask) for _ in range(SEATS)]
        await_true(lambda: shelf._seats._value == 0)
        with pytest.raises(BusyError, match="many wait"):
            ask()
        go.set()
        assert {each.result(PATIENCE) for each in waiting} == {"answer"}

    assert len(made) == 1
    assert ask() == "answer"


def test_what_is_at_hand_is_given_while_somebody_has_the_turn(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "_MOMENT", 0.01)
    shelf = replace(Shelf(project, None), _seats=threading.Semaphore(0))
    known = shelf.knowledge()

    with shelf._lock_of("knowledge"):
        assert shelf.knowledge() is known
        (project / "data/library/text.en.md").write_text("- Other words.\n", "utf-8")
        with pytest.raises(BusyError, match="many wait"):
            shelf.knowledge()


def test_a_look_that_begins_after_they_asked_answers_all_who_ask_meanwhile(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, began, go, asked = Look(), threading.Event(), threading.Event(), threading.Semaphore(0)
    looks: list[Path] = []

    def walk(root: Path, _: Path | None) -> Iterator[tuple[str, int, int]]:
        looks.append(root)
        yield "file", len(looks), 0
        began.set()
        assert go.wait(PATIENCE)

    class Queue:
        """A lock that tells of each who comes for it."""

        lock = threading.Lock()

        def __enter__(self) -> None:
            asked.release()
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    monkeypatch.setattr(shelves, "_stamp", walk)
    monkeypatch.setattr(look, "_turn", Queue())
    with ThreadPoolExecutor(9) as crowd:
        first = crowd.submit(look.stamp, project, None)
        assert began.wait(PATIENCE)
        others = [crowd.submit(look.stamp, project, None) for _ in range(8)]
        for _ in (first, *others):
            assert asked.acquire(timeout=PATIENCE)
        go.set()

    assert first.result() == (("file", 1, 0),)
    assert {each.result() for each in others} == {(("file", 2, 0),)}
    assert len(looks) == 2


def test_whether_it_lives_is_answered_while_every_thread_is_busy() -> None:
    app = create_app(Workspace(PROJECT, None), Serving(schedules=False), log=[].append)
    said: list[dict[str, object]] = []

    async def ask(path: str) -> None:
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(), "scheme": "http",
                 "query_string": b"", "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1)}  # fmt: skip

        async def send(message: dict[str, object]) -> None:
            said.append(message)

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        await app(scope, receive, send)

    async def while_busy() -> None:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        limiter.acquire_on_behalf_of_nowait("somebody")
        with anyio.fail_after(10):  # at once, or never
            await ask("/health")

    asyncio.run(while_busy())

    assert said[0]["status"] == 200


def test_a_request_that_is_given_up_at_the_end_of_the_server_is_one_line_and_no_trace() -> None:
    lines: list[str] = []

    async def dawdling(*_: object) -> None:
        raise asyncio.CancelledError

    async def anybody(_: object) -> tuple[Caller, bool]:
        return LOCAL, False

    async def nothing(*_: object) -> None:
        """Neither receive nor send."""

    guard = Guard(dawdling, Serving(), Shell(Workspace(PROJECT, None)), anybody, lines.append)
    scope = {"type": "http", "method": "GET", "path": "/slow", "raw_path": b"/slow", "headers": [(b"host", b"localhost")],
             "query_string": b"", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "scheme": "http"}  # fmt: skip

    asyncio.run(guard(scope, nothing, nothing))

    assert lines[0] == "given up at the end: GET /slow"
    assert len(lines) == 2
