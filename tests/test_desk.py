"""The desk: proofs are pulled again on a save, only where somebody looks, and a mistake leaves the last good one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from patience import await_true

from generator.proof import Proof
from generator.web.desk import Desk, Key, Sheet

ONE, OTHER = ("one", "en"), ("other", "en")


class Printer:
    """Pulls what it is told to, and counts."""

    def __init__(self) -> None:
        self.pulled: list[Key] = []
        self.next = Proof(b"%PDF first")
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, key: Key, tell: Callable[[int], None]) -> Proof:
        tell(5)
        assert self.gate.wait(60)
        self.pulled.append(key)
        return self.next


@contextmanager
def at_work() -> Iterator[tuple[Desk, Printer]]:
    printer = Printer()
    desk = Desk(printer)
    try:
        yield desk, printer
    finally:
        printer.gate.set()
        desk.close()


def pulled(desk: Desk, key: Key, version: int) -> Sheet:
    await_true(lambda: desk.sheet(key).version >= version)
    return desk.sheet(key)


def test_a_page_is_pulled_when_it_is_first_looked_at() -> None:
    with at_work() as (desk, printer):
        assert desk.sheet(ONE).version == 0
        sheet = pulled(desk, ONE, 1)

    assert (sheet.good.pdf, sheet.old, sheet.step) == (b"%PDF first", False, 0)
    assert printer.pulled == [ONE]


def test_the_step_is_told_while_the_old_page_stays() -> None:
    with at_work() as (desk, printer):
        pulled(desk, ONE, 1)
        printer.gate.clear()
        desk.saved()
        desk.sheet(ONE)
        await_true(lambda: desk.sheet(ONE).step == 5)

        assert desk.sheet(ONE).good.pdf == b"%PDF first"


def test_a_mistake_leaves_the_last_good_page_until_it_is_cured() -> None:
    with at_work() as (desk, printer):
        before = pulled(desk, ONE, 1)
        printer.next = Proof(error="a mistake")
        desk.saved()
        wrong = pulled(desk, ONE, 2)
        printer.next = Proof(b"%PDF second")
        desk.saved()
        cured = pulled(desk, ONE, 3)

    assert (wrong.old, wrong.sha256, wrong.proof.error) == (True, before.sha256, "a mistake")
    assert (cured.old, cured.good.pdf) == (False, b"%PDF second")


def test_a_save_pulls_what_is_looked_at_and_the_rest_when_it_is() -> None:
    async def look() -> None:
        with desk.reading(ONE) as bell:
            desk.saved()
            await asyncio.wait_for(bell.wait(), 60)

    with at_work() as (desk, printer):
        pulled(desk, ONE, 1)
        pulled(desk, OTHER, 1)
        asyncio.run(look())
        pulled(desk, ONE, 2)
        assert printer.pulled == [ONE, OTHER, ONE]

        pulled(desk, OTHER, 2)
        assert printer.pulled == [ONE, OTHER, ONE, OTHER]


def test_many_saves_while_a_page_is_pulled_pull_it_once_more() -> None:
    with at_work() as (desk, printer):
        printer.gate.clear()
        desk.sheet(ONE)
        await_true(lambda: desk.sheet(ONE).step == 5)
        for _ in range(20):
            desk.saved()
            desk.sheet(ONE)
        printer.gate.set()
        pulled(desk, ONE, 2)

    assert printer.pulled == [ONE, ONE]


def test_whoever_waits_is_rung_when_it_ends() -> None:
    async def wait() -> bool:
        with desk.reading(ONE) as bell:
            closing = asyncio.get_running_loop().run_in_executor(None, desk.close)
            while not desk.closed:
                await asyncio.wait_for(bell.wait(), 60)
            await closing
        return True

    desk = Desk(Printer())
    assert asyncio.run(wait())
