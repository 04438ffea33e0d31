"""The lists of schedules: each is given what is due to it, measured against the last edition that it received."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from office import HOURLY, ROOT, Office
from workspaces import edit

from generator.allotments import Allotment
from generator.database import Address
from generator.deliveries import Deliveries, Delivery
from generator.delivery import memory
from generator.delivery.base import SENT
from generator.ledger import BUILT, FAILED, HELD, UNCHANGED, Ledger
from generator.postman import Postman
from generator.roster import Choice
from generator.service import Report, Service, preview
from generator.timetable import lines, upcoming_lines, upcoming_values, values
from generator.workspace import Workspace

MATERIAL = HOURLY + 'topics = ["north"]\nwhen = "material"\nmaterial = { north_readers = "5%" }\n'


def lists(folder: Path, **addresses: str) -> str:
    """Return a shelf and a list a keyword; addresses stand with blanks between."""
    box = f'\n[channels.shelf]\nkind = "memory"\nbox = "{folder}"\n'
    memory.BOXES[str(folder)].clear()
    return box + "".join(
        f'[[lists]]\nname = "{name}"\nchannel = "shelf"\nrecipients = {each.split()!r}\n'.replace("'", '"')
        for name, each in addresses.items()
    )


def office(folder: Path, schedule: str, **addresses: str) -> Office:
    """Return an office whose schedule has been seen, and whose first slot is due."""
    made = Office(folder / "w", schedule + lists(folder, **addresses), topics=("north",))
    made.turn()
    made.clock.pass_(minutes=40)
    return made


def next_hour(at: Office, readers: int | None = None) -> Report:
    if readers:
        path = at.folder / "data/north/facts.csv"
        path.write_text(re.sub(r"2024,\d+,,reader", f"2024,{readers},,reader", path.read_text("utf-8")), "utf-8")
    at.clock.pass_(hours=1)
    return at.turn()


def arrived(folder: Path) -> list[str]:
    """Return who got which edition, editions in their order."""
    got = [(message.edition, address) for address, message in memory.BOXES[str(folder)]]
    return [f"{address} {edition}" for edition, address in sorted(got)]


def send(at: Office, to: str) -> None:
    """Send the newest edition by hand."""

    def act(service: Service) -> None:
        service.postman.owe(service.postman.plan(Choice("north", "", to)))

    at.turn(act)


def verdicts(report: Report) -> dict[str, tuple[bool, str]]:
    return {each.list: (each.given, each.reason) for each in report.allotments}


@pytest.mark.slow
def test_what_a_schedule_makes_goes_to_its_lists_once_and_to_no_other(tmp_path: Path, engine: str) -> None:
    at = office(tmp_path, HOURLY + 'lists = ["city"]\n' + engine, city="a@x b@x", press="c@x")

    report = at.turn()
    again = next_hour(at)

    assert at.states(report) == {"north": BUILT}
    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "b@x 2025-02-03.1"]
    assert {(each.address, each.state) for each in report.deliveries} == {("a@x", SENT), ("b@x", SENT)}
    assert verdicts(report) == {"city": (True, "it has received no edition yet")}
    assert at.states(again) == {"north": UNCHANGED}
    assert again.deliveries == ()
    assert "  given to city (en): it has received no edition yet" in list(lines(report))
    assert values(report)["allotments"][0]["edition"] == "2025-02-03.1"


@pytest.mark.slow
def test_two_lists_with_two_histories_get_two_verdicts_and_what_was_withheld_counts_on(tmp_path: Path, engine: str) -> None:
    at = office(tmp_path, MATERIAL + 'lists = ["city", "press"]\n' + engine, city="a@x", press="b@x")
    at.turn()
    held = next_hour(at, 1031)  # three per cent
    assert (at.states(held), set(verdicts(held).values())) == (
        {"north": HELD}, {(False, "no material change since edition 2025-02-03.1")},
    )  # fmt: skip

    # The press gets the edition in between by hand: from now on it is measured against that.
    edit(at.folder / "briefing.toml", "5%", "1%")
    edit(at.folder / "briefing.toml", 'lists = ["city", "press"]\n', "")
    next_hour(at)
    send(at, "press")
    edit(at.folder / "briefing.toml", "1%", "5%")
    edit(at.folder / "briefing.toml", 'topics = ["north"]\n', 'topics = ["north"]\nlists = ["city", "press"]\n')
    report = next_hour(at, 1061)  # six per cent since the first, three since the second

    said = verdicts(report)
    assert said["city"][0]
    assert "north.readers was 1001 reader and is 1061 reader (6.0%); it has edition 2025-02-03.1" in said["city"][1]
    assert said["press"] == (False, "no material change since edition 2025-02-03.2")
    assert arrived(tmp_path)[2:] == ["b@x 2025-02-03.2", "a@x 2025-02-03.3"]
    assert next_hour(at, 1100).deliveries[0].address == "b@x", "3.7 % on, and 6.7 % since what the press has"


@pytest.mark.slow
def test_a_list_that_has_an_edition_by_another_list_has_received_it(tmp_path: Path, engine: str) -> None:
    at = office(tmp_path, MATERIAL + 'lists = ["city", "press"]\n' + engine, city="a@x b@x", press="b@x")
    at.turn()

    report = next_hour(at, 1002)

    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "b@x 2025-02-03.1"]
    assert verdicts(report) == dict.fromkeys(("city", "press"), (False, "no material change since edition 2025-02-03.1"))


@pytest.mark.slow
def test_an_edition_that_was_refused_was_not_received(tmp_path: Path) -> None:
    at = office(tmp_path, MATERIAL + 'lists = ["city", "press"]\n', city="refused@x", press="b@x")
    at.turn()

    assert verdicts(next_hour(at, 1002)) == {
        "city": (True, "it has received no edition yet"), "press": (False, "no material change since edition 2025-02-03.1"),
    }  # fmt: skip


@pytest.mark.slow
def test_a_recalled_edition_counts_as_the_one_in_its_place(tmp_path: Path) -> None:
    at = office(tmp_path, MATERIAL + 'lists = ["city", "press"]\n', city="a@x b@x", press="b@x")
    at.turn()
    edit(at.folder / "briefing.toml", 'lists = ["city", "press"]\n', "")
    next_hour(at, 1200)
    edit(at.folder / "briefing.toml", "[schedules.hourly]\n", '[schedules.hourly]\nlists = ["city", "press"]\n')
    at.turn(lambda service: service.postman.recall("north", "2025-02-03.1", "Wrong.") and None)

    report = next_hour(at, 1201)

    assert set(verdicts(report).values()) == {(False, "no material change since edition 2025-02-03.2")}


@pytest.mark.slow
def test_at_the_latest_after_some_days_a_list_gets_what_changed_however_little(tmp_path: Path, engine: str) -> None:
    at = office(tmp_path, MATERIAL + 'at_latest = 2\nlists = ["city"]\n' + engine, city="a@x")
    at.turn()
    assert at.states(next_hour(at, 1002)) == {"north": HELD}

    at.clock.pass_(days=2, hours=-2)
    assert at.states(at.turn()) == {"north": HELD}
    report = next_hour(at)

    assert verdicts(report) == {"city": (True, "2 days since the last one; at the latest after 2")}
    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "a@x 2025-02-03.2"]


@pytest.mark.slow
def test_when_inputs_changed_only_a_new_edition_goes_out_and_a_new_list_gets_the_one_that_stands(tmp_path: Path) -> None:
    at = office(tmp_path, HOURLY + 'when = "changed"\nlists = ["city"]\n', city="a@x", press="b@x")
    at.turn()
    same = next_hour(at)
    edit(at.folder / "briefing.toml", '["city"]', '["city", "press"]')
    newcomer = next_hour(at)

    assert (at.states(same), verdicts(same)) == ({"north": HELD}, {"city": (False, "nothing has changed since edition 2025-02-03.1")})
    assert verdicts(newcomer)["press"] == (True, "it has received no edition yet")
    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "b@x 2025-02-03.1"]


@pytest.mark.slow
def test_a_list_without_anybody_is_told_and_holds_up_no_other(tmp_path: Path) -> None:
    at = office(tmp_path, HOURLY + 'lists = ["city", "nobody"]\n', city="a@x", nobody="")

    report = at.turn()

    assert verdicts(report) == {"city": (True, "it has received no edition yet"), "nobody": (False, "nobody is on it")}
    assert arrived(tmp_path) == ["a@x 2025-02-03.1"]


@pytest.mark.slow
def test_readers_in_a_language_that_the_schedule_does_not_make_are_told(tmp_path: Path) -> None:
    at = Office(tmp_path / "w", HOURLY + 'languages = ["en"]\nlists = ["city"]\n' + lists(tmp_path, city="a@x"), topics=("north",), languages=("en", "de"))
    edit(at.folder / "briefing.toml", 'name = "city"', 'name = "city"\nlanguage = "de"')
    at.turn()
    at.clock.pass_(minutes=40)

    report = at.turn()

    assert verdicts(report) == {"city": (False, "the schedule makes no edition in 'de'")}
    assert (at.states(report), arrived(tmp_path)) == ({"north": BUILT}, [])


@pytest.mark.slow
def test_the_outlook_says_for_each_slot_what_for_whom_and_why_or_why_not(tmp_path: Path) -> None:
    at = office(tmp_path, MATERIAL + 'lists = ["city", "press"]\n', city="a@x", press="b@x")
    before = [each.said for each in preview(Workspace(at.folder), at.clock())]
    at.turn()
    next_hour(at, 1031)
    edit(at.folder / "data/north/facts.csv", "2024,1031,", "2024,1061,")
    edit(at.folder / "briefing.toml", 'recipients = ["b@x"]', 'recipients = ["b@x"]\ntopics = ["north"]')
    kept = {path: path.read_bytes() for path in at.folder.rglob("*") if path.is_file() and ".lock" not in path.name}

    slots = preview(Workspace(at.folder), at.clock())
    said = list(upcoming_lines(slots))

    assert [each.slot.id for each in slots] == [f"2026-11-22T{hour}:00Z" for hour in range(13, 18)]
    assert set(before) == {tuple(f"would be given to {name} (en): it has received no edition yet" for name in ("city", "press"))}
    assert said[:3] == [
        "hourly@2026-11-22T13:00Z  2026-11-22 16:00 Europe/Minsk",
        "  north in every language; to city, press; when a figure changed: north_readers by 5%",
        "  would be given to city (en): north.readers was 1001 reader and is 1061 reader (6.0%); it has edition 2025-02-03.1",
    ]
    assert json.loads(json.dumps(upcoming_values(slots)))[0]["lists"] == ["city", "press"]
    changed = [path for path, data in kept.items() if path.read_bytes() != data and path.suffix not in (".sum", ".sqlite")]
    assert changed == [], "who looks changes nothing"


@pytest.mark.slow
def test_the_outlook_without_lists_and_of_broken_data_says_so(tmp_path: Path) -> None:
    at = Office(tmp_path / "w", HOURLY + 'when = "changed"\n')
    at.turn()
    first = preview(Workspace(at.folder), at.clock())[0]
    at.clock.pass_(minutes=40)
    at.turn()
    edit(at.folder / "data/south/facts.csv", "2024,1002,", "2024,1003,")
    edited = preview(Workspace(at.folder), at.clock())[0]
    edit(at.folder / "briefing.toml", 'when = "changed"', 'when = "material"\nmaterial = { "*" = "5%" }')
    edit(at.folder / "data/south/facts.csv", "2024,1003,", "2024,many,")
    broken = preview(Workspace(at.folder), at.clock())[0]

    assert first.said == ("would be made",)
    assert edited.said == ("north: would stay as it is: nothing has changed since edition 2025-02-03.1", "south: would be made")
    assert broken.said[0] == "north: would be held: no material change since edition 2025-02-03.1"
    assert broken.said[1].startswith("south: would fail: data/south/facts.csv:2: error: ")


def test_a_dry_run_of_a_fresh_workspace_makes_no_database(tmp_path: Path) -> None:
    at = Office(tmp_path / "w", HOURLY)

    assert len(preview(Workspace(at.folder), at.clock())) == 5
    assert not (at.folder / ".briefing/engine.sqlite").exists()


@pytest.mark.slow
def test_a_reader_with_a_cadence_of_his_own_goes_by_that(tmp_path: Path) -> None:
    at = office(tmp_path, HOURLY + 'lists = ["city"]\n', city="a@x")
    edit(at.folder / "briefing.toml", 'recipients = ["a@x"]', 'recipients = ["a@x"]\nfile = "data/readers.csv"')
    (at.folder / "data/readers.csv").write_text("address,cadence\nb@x,monthly\n", "utf-8")
    at.turn()

    next_hour(at, 1200)

    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "b@x 2025-02-03.1", "a@x 2025-02-03.2"]


@pytest.mark.slow
def test_a_broken_table_of_readers_fails_the_making_with_its_line_and_is_gone_on_with_once_it_is_cured(tmp_path: Path) -> None:
    at = office(tmp_path, HOURLY.replace("0 * * * *", "0 14 22 11 *") + 'lists = ["city"]\n', city="a@x")
    edit(at.folder / "briefing.toml", 'recipients = ["a@x"]', 'recipients = ["a@x"]\nfile = "data/readers.csv"')
    table = at.folder / "data/readers.csv"
    table.write_text("address,cadence\nb@x,somtimes\n", "utf-8")

    (failed,) = at.turn().makings
    table.write_text("address,language\nb@x,en\n", "utf-8")
    at.clock.pass_(minutes=1)
    report = at.turn()

    assert (failed.state, "data/readers.csv:2: error: cadence 'somtimes'" in failed.error) == (FAILED, True)
    assert at.states(report) == {"north": BUILT}
    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "b@x 2025-02-03.1"]


@pytest.mark.slow
@pytest.mark.parametrize("where", ["owe_given", "note"])
def test_a_failure_between_the_edition_and_its_record_loses_no_reader_and_doubles_none(
    tmp_path: Path, where: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = office(tmp_path, HOURLY + 'lists = ["city"]\n' + engine, city="a@x b@x")
    owner = Postman if where == "owe_given" else Ledger
    kept: Callable[..., object] = getattr(owner, where)
    died = []

    def dying(self: object, *arguments: object) -> object:
        if not died:
            died.append(where)
            raise RuntimeError(where)
        return kept(self, *arguments)

    monkeypatch.setattr(owner, where, dying)
    for _ in range(2):
        at.turn()
        at.clock.pass_(minutes=10)

    assert died == [where], "the fault did not fire"
    assert arrived(tmp_path) == ["a@x 2025-02-03.1", "b@x 2025-02-03.1"]


def test_of_two_editions_of_one_second_the_one_with_the_higher_number_was_received_last(tmp_path: Path) -> None:
    at = office(tmp_path, HOURLY, city="a@x")
    ledger = Ledger(Address(tmp_path / "l.sqlite"))
    deliveries = Deliveries(ledger.address, ledger.engine)

    deliveries.owe([Delivery("t", f"2025-02-03.{n}", "en", "shelf", "a@x", "city") for n in (10, 9)], at.clock())

    assert deliveries.received("t")["city", "en"].edition == "2025-02-03.10"
    assert deliveries.received("other") == {}
    ledger.close()


def test_an_allotment_is_told_in_words() -> None:
    assert str(Allotment("city", "en", given=False, reason="nobody is on it")) == "withheld from city (en): nobody is on it"


def test_the_docs_show_lists_in_a_schedule() -> None:
    docs = (ROOT / "docs/schedules.md").read_text("utf-8")
    assert re.search(r"^lists = \[", docs, re.MULTILINE)
    assert "| `lists` |" in docs
