"""A misbehaving server and a sender that is killed again and again: each message once, or held as unknown."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import ROOT
from patience import await_true
from postoffice import GOOD, Answer, Raw, raw_office
from workspaces import PaperShop, branches

from generator.deliveries import OWED
from generator.delivery.base import REFUSED, SENT, UNKNOWN
from generator.pipeline import Request, build
from generator.roster import Choice
from generator.service import Service
from generator.workspace import Workspace

SENDER = Path(__file__).resolve().parent / "sender.py"
FAULTS: dict[str, tuple[str, float, Answer]] = {
    "no greeting": ("CONNECT", 0.05, None), "421": ("MAIL", 0.03, "421 closing"), "451": ("RCPT", 0.04, "451 greylisted"),
    "452": ("DATA", 0.03, "452 full"), "lost answer": (".", 0.04, None), "451 behind the dot": (".", 0.03, "451 try again"),
}  # fmt: skip
"""Where each fault happens, how often, and what is answered."""


class Trouble:
    """A script of a server with every fault, each as often as its share; it counts what it took and what it answered."""

    def __init__(self, seed: int) -> None:
        self.chance, self.pen = random.Random(seed), threading.Lock()
        self.faults: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()

    def __call__(self, raw: Raw, verb: str) -> Answer:
        with self.pen:
            if verb == "RCPT" and "bad" in raw.heard[-1]:
                return self.fault("550 no such user", "550 no such user")
            for name, (where, share, answer) in FAULTS.items():
                if where == verb and self.strikes(name, share):
                    if name == "451 behind the dot":
                        raw.stored.pop()  # it says no, so it does not keep it
                    return self.fault(name, answer)
            if verb == ".":
                self.answered[key_of(raw.stored[-1])] += 1
            return GOOD.get(verb, "500 what?")

    def strikes(self, name: str, share: float) -> bool:
        """Whether a fault comes now: at its first opportunity, and then by chance."""
        return not self.faults[name] or self.chance.random() < share

    def cuts(self, raw: Raw, line: int) -> bool:
        """Whether the connection is cut at this line of DATA."""
        with self.pen:
            cut = line == 3 and self.strikes("cut", 0.03)
            if cut:
                self.faults["cut"] += 1
            return cut

    def fault(self, name: str, answer: Answer) -> Answer:
        self.faults[name] += 1
        return answer


def key_of(mail: bytes) -> str:
    match = re.search(rb"^Message-ID: <([0-9a-f]{32})@", mail, re.MULTILINE)
    assert match
    return match[1].decode()


@pytest.mark.slow
def test_soak_each_message_is_taken_once_or_held_as_unknown(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    count, kills, chance, trouble = request.config.getoption("--recipients"), 0, random.Random(5), Trouble(3)
    with raw_office(trouble, during=trouble.cuts) as raw:
        workspace = prepare(tmp_path / "town", raw.port, count)
        ahead = 0
        for _ in range(400):
            process = start(workspace, ahead)
            # What was put off is due again, and nothing is given up: that takes three days.
            ahead += 600 if kills < count // 25 else 7200
            if kills < count // 25:
                kills += killed(process, raw, chance.randint(1, 30))
            else:
                process.wait(600)
            with Service(workspace, lambda: datetime.now(UTC)) as service:
                rows = service.deliveries.of()
            if not any(row.state == OWED for row in rows):
                break

    taken = Counter(map(key_of, raw.stored))
    assert kills >= min(5, count // 25)
    assert set(trouble.faults) == {*FAULTS, "550 no such user", "cut"}
    states = Counter(row.state for row in rows)
    assert sum(states.values()) == count
    assert set(states) == {SENT, REFUSED, UNKNOWN}
    assert max(taken.values()) == 1, "nobody gets two"
    for row in rows:
        if row.state == SENT:
            assert (taken[row.id], trouble.answered[row.id]) == (1, 1)
        elif row.state == REFUSED:
            assert ("bad" in row.address, taken[row.id]) == (True, 0)
    held = [row.id for row in rows if row.state == UNKNOWN]
    assert len(taken) == states[SENT] + sum(taken[id_] for id_ in held), "the server's counts are the ledger's"
    assert len(held) <= trouble.faults["lost answer"] + trouble.faults["cut"] + kills, "a kill leaves one unknown at most"


def prepare(folder: Path, port: int, count: int) -> Workspace:
    """Write a workspace with an edition, and owe it to so many recipients; every fiftieth has a bad address."""
    workspace = branches(folder, ["north"])
    people = ", ".join(f'"{"bad" if number % 50 == 7 else "r"}{number}@example.org"' for number in range(count))
    with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[channels.post]\nkind = "email"\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nsender = "post@example.org"\n'
            f'[[lists]]\nname = "all"\nchannel = "post"\nrecipients = [{people}]\n'
        )
    build(Workspace(folder), Request(), shop=PaperShop())  # type: ignore[arg-type]
    with Service(workspace, lambda: datetime.now(UTC)) as service:
        assert len(service.postman.owe(service.postman.plan(Choice("north")))) == count
    return workspace


def start(workspace: Workspace, ahead: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, str(SENDER), str(workspace.root), str(ahead)], env=environment)


def killed(process: subprocess.Popen[bytes], raw: Raw, more: int) -> bool:
    """Kill a sender when it has delivered so many more; False where it ended before."""
    goal = len(raw.stored) + more
    await_true(lambda: len(raw.stored) >= goal or process.poll() is not None)
    alive = process.poll() is None
    process.kill()
    process.wait()
    return alive
