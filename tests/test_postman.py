"""Deliveries from the lists to the last answer: nobody gets two, nobody gets none, nobody gets another's."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import database, server
from workspaces import PaperShop, branches, edit

from generator.database import Address
from generator.deliveries import OWED, RECALLED, SUPPRESSED, Deliveries, Delivery
from generator.delivery import memory
from generator.delivery.base import REFUSED, SENT, UNKNOWN, Message, Outcome
from generator.errors import UsageError, WorkspaceError
from generator.ledger import Ledger
from generator.pipeline import Request, build
from generator.postman import Postman, seat
from generator.roster import Choice
from generator.seats import Seats
from generator.workspace import Workspace

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
SHELF = '\n[channels.shelf]\nkind = "memory"\nbox = "{box}"\n'


@dataclass
class Town:
    """A workspace with editions, a clock that is set by hand, and a shelf on which messages arrive."""

    folder: Path
    box: str
    now: datetime = NOW
    postmen: list[Postman] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder)

    @property
    def postman(self) -> Postman:
        return self.postmen[0]

    @property
    def arrived(self) -> list[tuple[str, Message]]:
        return memory.BOXES[self.box]

    def settle(self, lists: str) -> None:
        """Write the lists of briefing.toml, in place of those before."""
        path = self.folder / "briefing.toml"
        kept = path.read_text("utf-8").partition("\n[channels.")[0]
        path.write_text(f"{kept}{SHELF.format(box=self.box)}{lists}", "utf-8")

    def build(self) -> None:
        outcomes = build(self.workspace, Request(), shop=PaperShop(), now=self.now)  # type: ignore[arg-type]
        assert {outcome.state for outcome in outcomes} <= {"built", "unchanged"}, [str(each) for each in outcomes]

    def correct(self, name: str = "north") -> None:
        """Correct a figure, and build another edition."""
        rows = (self.folder / f"data/{name}/facts.csv").read_text("utf-8")
        value = rows.partition("2024,")[2].partition(",")[0]
        edit(self.folder / f"data/{name}/facts.csv", f"2024,{value},", f"2024,{int(value) + 7},")
        self.build()

    def send(self, topic: str = "north", edition: str = "", to: str = "") -> dict[str, str]:
        """Send, and return state by address."""
        self.postman.owe(self.postman.plan(Choice(topic, edition, to)))
        self.postman.deliver()
        return self.states(topic)

    def states(self, topic: str = "north") -> dict[str, str]:
        return {each.address: each.state for each in self.postman.ledger.of(topic)}

    def row(self, address: str) -> Delivery:
        return next(each for each in self.postman.ledger.of() if each.address == address)


def a_list(*addresses: str, name: str = "city", more: str = "") -> str:
    listed = ", ".join(f'"{address}"' for address in addresses)
    return f'[[lists]]\nname = "{name}"\nchannel = "shelf"\nrecipients = [{listed}]\n{more}\n'


@contextmanager
def a_town(folder: Path, languages: tuple[str, ...] = ("en",), address: Address | None = None) -> Iterator[Town]:
    branches(folder, ["north", "south"], languages)
    town = Town(folder, str(folder))
    memory.BOXES[town.box].clear()
    ledger = Ledger(address or Address(folder / "engine.sqlite"))
    deliveries = Deliveries(ledger.address, ledger.engine)
    seats = Seats(folder / "seats", ledger.engine if address else None)
    secrets = {"BRIEFING_DELIVERY_SECRET": "k1"}
    town.postmen.append(Postman(folder, None, deliveries, seats, lambda: town.now, secrets))
    try:
        yield town
    finally:
        ledger.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path / "town") as found:
        found.settle(a_list("a@x", "b@x"))
        found.build()
        yield found


def test_each_recipient_gets_the_edition_once_however_often_it_is_sent(town: Town) -> None:
    for _ in range(3):
        assert town.send() == {"a@x": SENT, "b@x": SENT}

    assert [address for address, _ in town.arrived] in (["a@x", "b@x"], ["b@x", "a@x"])
    message = town.arrived[0][1]
    (kept,) = (town.folder / "reports/north").glob("*/*.pdf")
    assert message.file.data == kept.read_bytes()


def test_what_fails_for_one_holds_up_nobody(town: Town) -> None:
    town.settle(a_list("refused@x", "a@x", "later@x", "unknown@x", "b@x"))

    assert town.send() == {"a@x": SENT, "b@x": SENT, "refused@x": REFUSED, "later@x": OWED, "unknown@x": UNKNOWN}


def test_f01_what_is_put_off_is_tried_with_growing_waits_and_given_up_after_days(town: Town) -> None:
    town.settle(a_list("later@x"))
    town.send()
    waits = []
    while (row := town.row("later@x")).state == OWED:
        due = datetime.strptime(row.next_try, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        waits.append((due - town.now) / timedelta(minutes=1))
        town.now = due - timedelta(seconds=1)
        assert town.postman.deliver().deliveries == ()
        town.now = due
        town.postman.deliver()

    assert all(wanted <= wait <= wanted * 1.2 + 0.1 for wait, wanted in zip(waits, (1, 4, 16, 64, 256, 360, 360), strict=False)), waits
    assert (row.state, town.arrived) == (REFUSED, [])
    assert row.said == "given up after 3 days: busy"
    assert timedelta(days=3) < town.now - NOW < timedelta(days=3, hours=9)
    assert len(town.postman.ledger.attempts(row.id)) == row.attempt == len(waits) + 1


def test_an_unknown_is_held_and_a_person_decides(town: Town) -> None:
    town.settle(a_list("unknown@x"))
    town.send()
    for _ in range(3):
        town.now += timedelta(days=1)
        town.postman.deliver()
    assert len(town.arrived) == 1

    row = town.row("unknown@x")
    assert town.postman.decide(row.id, sent=False).state == OWED
    town.postman.deliver()
    assert (len(town.arrived), town.row("unknown@x").attempt) == (2, 2)
    assert town.arrived[0][1] == town.arrived[1][1], "the same message, with the same key"

    assert town.postman.decide(row.id, sent=True).state == SENT
    with pytest.raises(UsageError, match="it is sent"):
        town.postman.decide(row.id, sent=False)
    with pytest.raises(UsageError, match="there is none"):
        town.postman.decide("nothing", sent=True)


def test_what_a_living_sender_is_at_cannot_be_decided(town: Town) -> None:
    town.postman.owe(town.postman.plan(Choice("north")))
    row = town.row("a@x")
    town.postman.ledger.promise(row, town.now)

    with town.postman.seats.hold(seat("shelf")), pytest.raises(UsageError, match="a sender may be at it"):
        town.postman.decide(row.id, sent=False)
    assert town.postman.decide(row.id, sent=False).state == OWED


@pytest.mark.parametrize("dies", ["before", "after"])
def test_who_dies_leaves_one_unknown_and_the_rest_owed(town: Town, dies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    town.settle(a_list(*(f"r{number}@x" for number in range(6))))
    deliver = memory._Memory.deliver
    count = 0

    def dying(self: memory._Memory, message: Message, address: str, commit: Callable[[], None]) -> Outcome:
        nonlocal count
        count += 1
        if count == 4:
            commit()
            if dies == "after":
                self.box.append((address, message))
            raise SystemExit
        return deliver(self, message, address, commit)

    monkeypatch.setattr(memory._Memory, "deliver", dying)
    town.postman.owe(town.postman.plan(Choice("north")))
    with pytest.raises(SystemExit):
        town.postman.deliver()
    monkeypatch.undo()

    assert sorted(town.states().values()) == [OWED, OWED, SENT, SENT, SENT, UNKNOWN]
    town.postman.deliver()
    assert sorted(town.states().values()) == [SENT] * 5 + [UNKNOWN]
    assert len({address for address, _ in town.arrived}) == len(town.arrived) == (6 if dies == "after" else 5)


def test_what_was_answered_is_written_down_with_the_next_promise_at_the_latest(town: Town) -> None:
    town.settle(a_list("a@x", "b@x", "c@x"))
    town.postman.owe(town.postman.plan(Choice("north")))
    first, second, _ = town.postman.ledger.due("shelf", town.now)
    town.postman.ledger.promise(first, town.now)

    town.postman.ledger.promise(second, town.now, (first, Outcome(SENT, "250 ok")))

    assert [each.state for each in town.postman.ledger.some([first.id, second.id])] == [SENT, UNKNOWN]
    assert [(each.state, each.said) for each in town.postman.ledger.attempts(first.id)] == [(SENT, "250 ok")]


def test_two_senders_at_the_same_time_send_each_message_once(tmp_path: Path) -> None:
    with a_town(tmp_path / "town") as town:
        town.settle(a_list(*(f"r{number}@x" for number in range(40))))
        town.build()
        town.postman.owe(town.postman.plan(Choice("north")))
        # Each believes that it is alone: their seats are in different folders.
        rivals = [replace(town.postman, seats=Seats(tmp_path / f"seats{number}", None)) for number in range(3)]
        threads = [threading.Thread(target=rival.deliver) for rival in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(address for address, _ in town.arrived) == sorted(f"r{number}@x" for number in range(40))
        assert set(town.states().values()) == {SENT}


def test_a_second_process_leaves_a_channel_to_the_first(town: Town) -> None:
    town.postman.owe(town.postman.plan(Choice("north")))

    with town.postman.seats.hold(seat("shelf")):
        assert town.postman.deliver().deliveries == ()
    assert len(town.postman.deliver().deliveries) == 2


def test_a_channel_that_reaches_nobody_is_left_alone_until_the_next_turn(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.settle(a_list(*(f"r{number}@x" for number in range(9))))
    tried: list[str] = []

    def down(self: memory._Memory, message: Message, address: str, commit: Callable[[], None]) -> Outcome:
        tried.append(address)
        return Outcome("later", "nobody there", everybody=True)

    monkeypatch.setattr(memory._Memory, "deliver", down)
    town.postman.owe(town.postman.plan(Choice("north")))
    done = town.postman.deliver()

    assert len(tried) == 3
    assert done.problems == ("channel 'shelf': nobody there",)
    assert set(town.states().values()) == {OWED}
    monkeypatch.undo()
    town.now += timedelta(minutes=2)
    town.postman.deliver()
    assert set(town.states().values()) == {SENT}


def test_a_file_that_is_not_as_it_was_owed_is_never_sent(town: Town) -> None:
    town.postman.owe(town.postman.plan(Choice("north")))
    (pdf,) = (town.folder / "reports/north").glob("*/*.pdf")
    kept = pdf.read_bytes()
    pdf.write_bytes(b"%PDF another")

    town.postman.deliver()
    assert (town.arrived, set(town.states().values())) == ([], {OWED})
    assert "is not as it was kept" in town.row("a@x").said

    pdf.write_bytes(kept)
    town.now += timedelta(minutes=2)
    town.postman.deliver()
    assert set(town.states().values()) == {SENT}


def test_a_channel_that_is_gone_is_told_and_what_is_owed_waits(town: Town) -> None:
    town.postman.owe(town.postman.plan(Choice("north")))
    path = town.folder / "briefing.toml"
    kept = path.read_text("utf-8")
    path.write_text(kept.partition("\n[channels.")[0] + "\n", "utf-8")

    assert "briefing.toml has no such sound channel" in town.postman.deliver().problems[0]
    path.write_text(kept, "utf-8")
    town.postman.deliver()
    assert set(town.states().values()) == {SENT}


# --- who gets what --------------------------------------------------------------------------------


def why(town: Town, topic: str = "north", edition: str = "", to: str = "") -> dict[str, str]:
    return {f"{each.recipient.list}:{each.recipient.address}": each.why for each in town.postman.plan(Choice(topic, edition, to))}


def test_a_plan_says_of_everybody_whether_he_gets_it_and_why_not(tmp_path: Path) -> None:
    with a_town(tmp_path / "town", ("en", "de")) as town:
        lists = a_list("a@x", "off@x") + a_list("d@x", name="german", more='language = "de"') + a_list("s@x", name="south", more='topics = ["south"]')
        town.settle(lists + a_list("a@x", name="friends"))
        town.build()
        town.postman.ledger.suppress("off@x", "", "asked on the phone", town.now)
        said = why(town)

        assert said == {
            "city:a@x": "", "city:off@x": "suppressed: asked on the phone (2026-11-23)", "german:d@x": "",
            "south:s@x": "the topic is not for it", "friends:a@x": "gets it by the list 'city'",
        }  # fmt: skip
        assert town.arrived == []

        assert town.send() == {"a@x": SENT, "off@x": SUPPRESSED, "d@x": SENT}
        assert {address: message.language for address, message in town.arrived} == {"a@x": "en", "d@x": "de"}
        assert why(town)["city:a@x"].startswith("has it, since 2026-11-23")


def test_an_edition_that_is_named_goes_to_those_whose_language_it_holds(tmp_path: Path) -> None:
    with a_town(tmp_path / "town", ("en", "de")) as town:
        town.settle(a_list("a@x") + a_list("d@x", name="german", more='language = "de"'))
        town.build()
        edit(town.folder / "data/north/text.de.md", "Points in de", "Points, corrected, in de")
        town.build()
        (second,) = [path.name for path in (town.folder / "reports/north").iterdir() if path.name.endswith(".2")]

        assert why(town, edition=second) == {"city:a@x": "the edition has no page in 'en'", "german:d@x": ""}
        town.send()
        assert {each.address: each.edition[-2:] for each in town.postman.ledger.of("north")} == {"a@x": ".1", "d@x": ".2"}


def test_a_list_that_is_not_there_is_told(town: Town) -> None:
    with pytest.raises(UsageError, match="no list 'cities'") as told:
        why(town, to="cities")
    assert "city" in told.value.hint


def test_wrong_lists_stop_a_plan_and_not_what_is_owed(town: Town) -> None:
    town.postman.owe(town.postman.plan(Choice("north")))
    town.settle(a_list("a@x", "b@x") + a_list("c@x", name="bad", more='language = "xx"'))

    with pytest.raises(WorkspaceError, match="language: 'xx'"):
        why(town)
    town.postman.deliver()
    assert set(town.states().values()) == {SENT}


def test_who_is_taken_off_after_it_was_owed_gets_nothing_and_everything_when_he_is_back(town: Town) -> None:
    town.postman.owe(town.postman.plan(Choice("north")))
    town.postman.ledger.suppress("a@x", "city", "one click", town.now)
    town.postman.deliver()
    assert town.states() == {"a@x": SUPPRESSED, "b@x": SENT}

    town.postman.ledger.allow("a@x")
    assert town.send() == {"a@x": SENT, "b@x": SENT}


def test_who_leaves_one_list_stays_on_the_other(town: Town) -> None:
    town.settle(a_list("a@x") + a_list("a@x", name="friends"))
    town.postman.ledger.suppress("a@x", "city", "one click", town.now)

    assert why(town)["friends:a@x"] == ""
    assert town.send() == {"a@x": SENT}


def test_f13_over_random_lists_nobody_gets_what_is_not_his(tmp_path: Path) -> None:
    chance = random.Random(7)
    with a_town(tmp_path / "town", ("en", "de")) as town:
        allowed: set[tuple[str, str, str]] = set()
        lists = []
        for number in range(25):
            language, topics = chance.choice(["en", "de"]), chance.sample(["north", "south"], chance.randint(1, 2))
            people = [f"p{person}@x" for person in chance.sample(range(12), chance.randint(1, 5))]
            quoted = ", ".join(f'"{each}"' for each in topics)
            lists.append(a_list(*people, name=f"l{number}", more=f'language = "{language}"\ntopics = [{quoted}]'))
            allowed |= {(person, topic, language) for person in people for topic in topics}
        town.settle("".join(lists))
        town.build()
        for topic in ("north", "south"):
            town.send(topic)

        got = [(address, message.topic, message.language) for address, message in town.arrived]
        assert len(got) == len(set(got))
        assert set(got) == allowed
        for _, message in town.arrived:
            (kept,) = (town.folder / "reports" / message.topic).glob(f"*/*.{message.language}.pdf")
            assert message.file.data == kept.read_bytes()


# --- by itself ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cadence", "days"),
    [("each", [0, 1, 2, 6, 7, 8, 9]), ("daily", [0, 1, 2, 6, 7, 8]), ("weekly", [0, 7]), ("monthly", [0, 8]), ("manual", [])],
)
def test_a_cadence_says_how_often_an_edition_comes_by_itself(tmp_path: Path, cadence: str, days: list[int]) -> None:
    with a_town(tmp_path / "town") as town:
        town.settle(a_list("a@x", more=f'topics = ["north"]\ncadence = "{cadence}"'))
        got = []
        for hours in (0, 24, 48, 144, 168, 192, 206):  # Monday 23 November; 192 hours later it is December, 206 the same day
            town.now = NOW + timedelta(hours=hours)
            town.correct() if hours else town.build()
            for _ in range(2):
                town.postman.owe_new()
                got += [round(hours / 24) for _ in town.postman.deliver().deliveries]

        assert got == days


# --- recall ---------------------------------------------------------------------------------------


def editions(town: Town) -> list[str]:
    return sorted(path.name for path in (town.folder / "reports/north").iterdir() if path.is_dir())


def test_a_recall_tells_exactly_those_who_hold_the_wrong_edition(town: Town) -> None:
    town.settle(a_list("a@x", "refused@x", "later@x", "unknown@x"))
    town.send()
    town.settle(a_list("a@x", "refused@x", "later@x", "unknown@x", "new@x"))
    town.correct()
    wrong, right = editions(town)

    recalled = town.postman.recall("north", wrong, "readers were counted twice")
    town.now += timedelta(hours=1)
    town.postman.deliver()

    assert [each.address for each in recalled.errata] == ["a@x"]
    assert [each.address for each in recalled.unknown] == ["unknown@x"]
    (erratum,) = [message for address, message in town.arrived if message.wrong]
    assert (erratum.edition, erratum.wrong, erratum.reason) == (right, f"north/{wrong}", "readers were counted twice")
    assert "called back" in erratum.text
    assert "readers were counted twice" in erratum.html
    states = {(each.address, each.edition): each.state for each in town.postman.ledger.of("north") if not each.wrong}
    assert states == {
        ("a@x", wrong): RECALLED, ("refused@x", wrong): REFUSED, ("later@x", wrong): RECALLED, ("unknown@x", wrong): UNKNOWN,
    }  # fmt: skip
    assert [address for address, _ in town.arrived].count("later@x") == 0


def test_a_recall_may_be_made_again_and_tells_nobody_twice(town: Town) -> None:
    town.send()
    town.correct()
    wrong, _ = editions(town)
    for _ in range(3):
        town.postman.recall("north", wrong, "wrong")
        town.postman.deliver()
        town.postman.owe_new()

    assert sorted(address for address, message in town.arrived if message.wrong) == ["a@x", "b@x"]


def test_a_recall_that_died_behind_its_mark_is_gone_on_with_by_the_next_turn(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.send()
    town.correct()
    wrong, _ = editions(town)

    def dying(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(Deliveries, "call_back", dying)
        with pytest.raises(SystemExit):
            town.postman.recall("north", wrong, "wrong")
    town.postman.owe_new()
    town.postman.deliver()

    assert sorted(address for address, message in town.arrived if message.wrong) == ["a@x", "b@x"]


def test_an_unknown_that_turns_out_to_have_arrived_gets_the_erratum_too(town: Town) -> None:
    town.settle(a_list("unknown@x"))
    town.send()
    town.correct()
    wrong, _ = editions(town)
    town.postman.recall("north", wrong, "wrong")
    town.postman.decide(town.row("unknown@x").id, sent=True)
    town.postman.owe_new()

    assert [each.address for each in town.postman.ledger.of(states=(OWED,)) if each.wrong] == ["unknown@x"]


def test_an_unknown_of_a_recalled_edition_is_not_sent_again(town: Town) -> None:
    town.settle(a_list("unknown@x"))
    town.send()
    town.correct()
    town.postman.recall("north", editions(town)[0], "wrong")
    town.postman.decide(town.row("unknown@x").id, sent=False)
    town.postman.owe_new()
    town.postman.deliver()

    assert len(town.arrived) == 1


def test_a_recall_needs_a_newer_edition(town: Town) -> None:
    town.send()

    with pytest.raises(UsageError, match="no newer edition in 'en' takes its place") as told:
        town.postman.recall("north", editions(town)[0], "wrong")
    assert "briefing build north" in told.value.hint
    assert why(town)["city:a@x"].startswith("has it")


def test_a_correction_that_is_wrong_itself_is_called_back_from_those_who_got_the_erratum(town: Town) -> None:
    town.send()
    town.correct()
    town.postman.recall("north", editions(town)[0], "first")
    town.postman.deliver()
    town.correct()
    town.postman.recall("north", editions(town)[1], "second")
    town.postman.deliver()

    errata = sorted((address, message.wrong[-2:], message.edition[-2:]) for address, message in town.arrived if message.wrong)
    assert errata == [("a@x", ".1", ".2"), ("a@x", ".2", ".3"), ("b@x", ".1", ".2"), ("b@x", ".2", ".3")]


def test_a_recalled_edition_goes_to_nobody_any_more(town: Town) -> None:
    town.correct()
    wrong, right = editions(town)
    town.postman.recall("north", wrong, "wrong")

    assert all(f"the edition is RECALLED on 2026-11-23: wrong; instead of it: north/{right}" in each for each in why(town, edition=wrong).values())


def test_who_got_an_edition_as_an_erratum_does_not_get_it_again(town: Town) -> None:
    town.send()
    town.settle(a_list("a@x", "b@x", "new@x"))
    town.correct()
    wrong, right = editions(town)
    town.postman.recall("north", wrong, "wrong")

    assert why(town) == {
        "city:a@x": f"gets it as the erratum for north/{wrong}: owed", "city:b@x": f"gets it as the erratum for north/{wrong}: owed", "city:new@x": "",
    }  # fmt: skip
    town.send()
    assert sorted((address, message.edition) for address, message in town.arrived if message.edition == right) == [
        ("a@x", right), ("b@x", right), ("new@x", right),
    ]  # fmt: skip
    assert why(town)["city:a@x"] == f"gets it as the erratum for north/{wrong}: sent"


def a_shelf(town: Town, kind: str, more: str = "") -> None:
    """Settle a channel that is its own recipient."""
    path = town.folder / "briefing.toml"
    kept = path.read_text("utf-8").partition("\n[channels.")[0]
    door = '\n[delivery]\naddress = "https://b.example.org"\nsecret = "BRIEFING_DELIVERY_SECRET"\n'
    channel = f'\n[channels.out]\nkind = "{kind}"\naddress = "{town.folder}/out"\n{more}[[lists]]\nname = "out"\nchannel = "out"\n'
    path.write_text(kept + "\n[channels.x]" + f'\nkind = "memory"\n{channel}{door}', "utf-8")


@pytest.mark.parametrize(("kind", "more"), [("storage", ""), ("feed", 'public = "https://b.example.org/out"\n')])
def test_a_channel_that_is_its_own_recipient_gets_edition_and_erratum_once(town: Town, kind: str, more: str) -> None:
    a_shelf(town, kind, more)
    (town.folder / "out").mkdir()
    for _ in range(2):
        assert town.send() == {"": SENT}
    town.correct()
    wrong, right = editions(town)
    for _ in range(2):
        town.postman.recall("north", wrong, "counted twice")
        town.postman.deliver()

    assert [(each.edition, each.state, each.attempt) for each in town.postman.ledger.of("north")] == [(wrong, RECALLED, 1), (right, SENT, 1)]
    names = {path.name for path in (town.folder / "out").rglob("*") if path.is_file()}
    assert {f"north-{wrong}.en.pdf", f"north-{right}.en.pdf"} <= names
    written = "".join(path.read_text("utf-8") for path in (town.folder / "out").rglob("*") if path.suffix in (".json", ".atom"))
    assert "counted twice" in written
    assert "unsubscribe" not in written, "whoever reads it could take everybody off"


def test_f41_what_a_feeds_list_does_not_name_leaves_no_trace_in_it(town: Town) -> None:
    a_shelf(town, "feed", 'public = "https://b.example.org/out"\n')
    settings = town.folder / "briefing.toml"
    settings.write_text(settings.read_text("utf-8").replace('channel = "out"\n', 'channel = "out"\ntopics = ["north"]\n'), "utf-8")
    (town.folder / "out").mkdir()

    town.send("north")
    town.send("south")

    assert "south" not in "".join(path.as_posix() for path in (town.folder / "out").rglob("*")).replace(str(town.folder), "")
    public = [path.read_bytes().lower() for path in (town.folder / "out").rglob("*") if path.suffix in (".atom", ".json")]
    assert len(public) == 2
    assert not any(b"south" in each for each in public)


# --- many machines --------------------------------------------------------------------------------


@pytest.mark.slow
def test_on_postgresql_machines_share_the_ledger_and_send_each_message_once(tmp_path: Path) -> None:
    with server() as url:
        address = Address(None, database(url, "deliveries"), "briefing")
        with a_town(tmp_path / "town", address=address) as town:
            town.settle(a_list(*(f"r{number}@x" for number in range(30)), "unknown@x", "refused@x", "later@x"))
            town.build()
            # Three machines: each with its own connections.
            ledgers = [Ledger(address) for _ in range(3)]
            rivals = [
                replace(town.postman, ledger=Deliveries(address, each.engine), seats=Seats(tmp_path, each.engine)) for each in ledgers
            ]
            plans = [rival.plan(Choice("north")) for rival in rivals]
            threads = [threading.Thread(target=lambda rival=rival, plan=plan: (rival.owe(plan), rival.deliver(), rival.deliver()))
                       for rival, plan in zip(rivals, plans, strict=True)]  # fmt: skip
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for each in ledgers:
                each.close()

            assert len(town.arrived) == len({who for who, _ in town.arrived}) == 31
            assert (town.row("unknown@x").state, town.row("refused@x").state, town.row("later@x").state) == (UNKNOWN, REFUSED, OWED)
            town.correct()
            town.postman.recall("north", editions(town)[0], "wrong")
            town.postman.deliver()
            assert sum(bool(message.wrong) for _, message in town.arrived) == 30


# --- letters --------------------------------------------------------------------------------------


def test_a_letter_says_bottom_line_key_figures_and_what_changed(town: Town) -> None:
    town.send()
    town.correct()
    town.send()

    first, second = (message for address, message in town.arrived if address == "a@x")
    assert "It had 1,001 readers." in first.text
    assert "What changed" not in first.text
    assert "It had 1,008 readers." in second.text
    assert "What changed\n\n- 1 figure revised\n" in second.text
    assert "<li>1 figure revised</li>" in second.html
    assert second.subject == f"Branch north, edition {second.edition}"


def test_no_letter_goes_out_without_its_links_where_the_key_is_not_at_hand(town: Town) -> None:
    path = town.folder / "briefing.toml"
    door = '[delivery]\naddress = "https://b.example.org"\nsecret = "BRIEFING_ELSEWHERE"\n'
    path.write_text(path.read_text("utf-8").replace("\n[channels.", f"\n{door}\n[channels.", 1), "utf-8")

    with pytest.raises(UsageError, match="BRIEFING_ELSEWHERE is not set"):
        town.send()
    assert (town.arrived, set(town.states().values())) == ([], {OWED})


def test_links_stand_in_a_letter_where_there_is_a_door_for_them(town: Town) -> None:
    path = town.folder / "briefing.toml"
    door = '[delivery]\naddress = "https://b.example.org"\nsecret = "BRIEFING_DELIVERY_SECRET"\n'
    path.write_text(path.read_text("utf-8").replace("\n[channels.", f"\n{door}\n[channels.", 1), "utf-8")
    town.send()

    messages = dict(town.arrived)
    assert messages["a@x"].unsubscribe.startswith("https://b.example.org/unsubscribe/")
    assert messages["a@x"].unsubscribe != messages["b@x"].unsubscribe
    assert messages["a@x"].link.startswith("https://b.example.org/file/")
    assert messages["a@x"].unsubscribe in messages["a@x"].text
    assert "a@x" not in messages["a@x"].text
