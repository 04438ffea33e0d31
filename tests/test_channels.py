"""The one suite of all channels: a channel passes it, or it is none.

To take a channel in, add a line to CASES: its name, and a context manager that yields a `Bench` with the channel open and somebody
at its other end.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from depots import DEPOTS, Depot
from postoffice import an_authority, sound_office
from receiver import SECRET, VARIABLE, receiving

from generator.delivery import NAMES, kind_of
from generator.delivery.addresses import Mailbox
from generator.delivery.base import (
    LATER,
    LONGEST_ANSWER,
    REFUSED,
    SENT,
    UNKNOWN,
    Channel,
    File,
    Message,
    World,
    one_line,
)
from generator.delivery.email import Settings as Post
from generator.delivery.feed import Settings as Feed
from generator.delivery.memory import BOXES, Settings
from generator.delivery.webhook import Settings as Hook
from generator.workspace import Network

MOMENT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PDF = b"%PDF-1.7 a briefing\n" + bytes(range(256)) * 20


def a_message(**changes: object) -> Message:
    """Return a message; a key that two messages share makes them one delivery."""
    message = Message(
        key="6f1c", topic="library", edition="2026-11-22.1", language="en", issuer="City Library", title="Library",
        subject="Library: 2026-11-22.1", text="Readers rose.\n", html="<p>Readers rose.</p>",
        file=File("library-2026-11-22.1.en.pdf", PDF, hashlib.sha256(PDF).hexdigest()), moment=MOMENT,
        link="https://briefings.example.org/library.pdf", unsubscribe="https://briefings.example.org/unsubscribe/abc",
    )  # fmt: skip
    return replace(message, **changes)


def a_world(folder: Path, **secrets: str) -> World:
    return World(folder, secrets, lambda: MOMENT)


@dataclass(frozen=True, slots=True)
class Bench:
    """A channel at work: an address that takes messages, what has arrived there (key and PDF), and how it is made to fail.

    `refusing` and `busy` are addresses that are refused for good and put off, None where the kind has none; `commit_fails_clean` is
    whether nothing has arrived where the promise could not be written down.
    """

    channel: Channel
    address: str
    arrived: Callable[[], list[tuple[str, bytes]]]
    refusing: str | None = None
    busy: str | None = None
    silent: str | None = None


@contextmanager
def memory(folder: Path) -> Iterator[Bench]:
    box = BOXES[str(folder)]
    box.clear()
    with kind_of("memory").open(Settings(str(folder)), a_world(folder)) as channel:
        yield Bench(
            channel, "shelf", lambda: [(message.key, message.file.data) for _, message in box],
            refusing="refused@shelf", busy="later@shelf", silent="unknown@shelf",
        )  # fmt: skip


@contextmanager
def email(folder: Path) -> Iterator[Bench]:
    authority = an_authority(folder / "keys", "localhost", "127.0.0.1")
    with sound_office(authority.context()) as office:
        office.refuses.add("nobody@example.org")
        office.defers.add("grey@example.org")
        sender = Mailbox("post@example.org")
        settings = Post("127.0.0.1", office.port, "starttls", sender, ca=str(authority.ca))

        def arrived() -> list[tuple[str, bytes]]:
            mails = [office.read(number) for number in range(len(office.mails))]
            return [(mail["Message-ID"][1:].partition("@")[0], next(mail.iter_attachments()).get_content()) for mail in mails]

        with kind_of("email").open(settings, a_world(folder)) as channel:
            yield Bench(channel, "reader@example.org", arrived, refusing="nobody@example.org", busy="grey@example.org")


def storing(depot: Callable[[Path], AbstractContextManager[Depot]]) -> Callable[[Path], AbstractContextManager[Bench]]:
    """Return the case of a channel that puts files into a place: what arrived is what a note beside a PDF vouches for."""

    @contextmanager
    def case(folder: Path) -> Iterator[Bench]:
        with depot(folder / "place") as found:

            def arrived() -> list[tuple[str, bytes]]:
                files = found.files()
                notes = [json.loads(data) for name, data in sorted(files.items()) if name.endswith(".pdf.json")]
                return [(note["key"], files[f"{note['topic']}/{note['file']}"]) for note in notes]

            with kind_of("storage").open(found.settings, a_world(folder, **found.secrets)) as channel:
                yield Bench(channel, "", arrived)

    return case


@contextmanager
def feed(folder: Path) -> Iterator[Bench]:
    with DEPOTS["folder"](folder / "place") as found:

        def arrived() -> list[tuple[str, bytes]]:
            files = found.files()
            feeds = [json.loads(data) for name, data in files.items() if name.endswith(".json")]
            items = [item for each in feeds for item in reversed(each["items"])]
            names = [f"library/{item['url'].rpartition('/')[2]}" for item in items]
            return [(item["_briefing"]["key"], files[name]) for item, name in zip(items, names, strict=True)]

        settings = Feed(found.settings, "https://example.org/briefings")
        with kind_of("feed").open(settings, a_world(folder)) as channel:
            yield Bench(channel, "", arrived)


@contextmanager
def webhook(folder: Path) -> Iterator[Bench]:
    with receiving() as receiver:

        def arrived() -> list[tuple[str, bytes]]:
            return [(post.headers["webhook-id"], base64.b64decode(post.data["file"]["base64"])) for post in receiver.posts]

        world = replace(a_world(folder, **{VARIABLE: SECRET}), network=Network(private=(f"127.0.0.1:{receiver.port}",)))
        with kind_of("webhook").open(Hook(receiver.url, VARIABLE), world) as channel:
            yield Bench(channel, "", arrived)


CASES: dict[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    "email": email, "feed": feed, "memory": memory, "webhook": webhook,
    **{f"storage {name}": storing(depot) for name, depot in DEPOTS.items()},
}


@pytest.fixture(params=CASES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with CASES[request.param](tmp_path) as found:
        yield found


class Promise:
    """Counts how often it is written down, and what had arrived by then; it fails where it is told to."""

    def __init__(self, bench: Bench, *, fails: bool = False) -> None:
        self.bench, self.fails, self.before = bench, fails, list[int]()

    def __call__(self) -> None:
        self.before.append(len(self.bench.arrived()))
        if self.fails:
            raise InterruptedError("another sender has it")


def test_every_channel_is_in_the_suite() -> None:
    assert {name.split()[0] for name in CASES} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_says_what_its_addresses_are(name: str) -> None:
    kind = kind_of(name)

    assert isinstance(kind.recipients, str)
    with pytest.raises(ValueError):
        kind.address("no address\r\nat all")


@pytest.mark.slow
def test_a_message_arrives_whole_and_once_and_the_promise_stands_before_it(bench: Bench) -> None:
    promise = Promise(bench)

    outcome = bench.channel.deliver(a_message(), bench.address, promise)

    assert outcome.state == SENT
    assert promise.before == [0]
    assert bench.arrived() == [("6f1c", PDF)]


@pytest.mark.slow
def test_the_same_channel_takes_one_message_after_the_other(bench: Bench) -> None:
    keys = [f"k{number}" for number in range(5)]

    def numbered(key: str) -> Message:
        edition = f"2026-11-22.{key[1:]}9"
        file = replace(a_message().file, name=f"library-{edition}.en.pdf")
        return a_message(key=key, edition=edition, file=file)

    outcomes = [bench.channel.deliver(numbered(key), bench.address, Promise(bench)) for key in keys]

    assert [outcome.state for outcome in outcomes] == [SENT] * 5
    assert sorted(key for key, _ in bench.arrived()) == keys


@pytest.mark.slow
def test_nothing_arrives_where_the_promise_cannot_be_written_down(bench: Bench) -> None:
    with pytest.raises(InterruptedError):
        bench.channel.deliver(a_message(), bench.address, Promise(bench, fails=True))

    assert bench.arrived() == []
    assert bench.channel.deliver(a_message(), bench.address, Promise(bench)).state == SENT


def test_what_is_refused_is_not_delivered_and_says_why(bench: Bench) -> None:
    if bench.refusing is None:
        pytest.skip("no address of this kind is refused")
    promise = Promise(bench)

    outcome = bench.channel.deliver(a_message(), bench.refusing, promise)

    assert (outcome.state, bench.arrived()) == (REFUSED, [])
    assert outcome.said
    assert bench.channel.deliver(a_message(), bench.address, Promise(bench)).state == SENT


def test_what_is_put_off_is_not_delivered(bench: Bench) -> None:
    if bench.busy is None:
        pytest.skip("no address of this kind puts off")

    outcome = bench.channel.deliver(a_message(), bench.busy, Promise(bench))

    assert (outcome.state, bench.arrived()) == (LATER, [])


def test_what_may_have_been_taken_is_unknown_and_was_promised(bench: Bench) -> None:
    if bench.silent is None:
        pytest.skip("no address of this kind loses its answer")
    promise = Promise(bench)

    assert bench.channel.deliver(a_message(), bench.silent, promise).state == UNKNOWN
    assert len(promise.before) == 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"550 5.1.1 no such user", "550 5.1.1 no such user"),
        ("two\r\nlines\x1b[31mred\x1b[0m", "two lines [31mred [0m"),
        (b"\xff\xfe", "��"),
        ("auth failed for hunter2", "auth failed for …"),
        ("x" * 10_000_000, "x" * LONGEST_ANSWER + "…"),
    ],
)
def test_f12_words_of_a_server_are_shown_as_one_short_line_without_secrets(said: str | bytes, shown: str) -> None:
    line = one_line(said, "hunter2")

    assert line == shown
    assert re.search(r"[\x00-\x1f\x7f-\x9f]", line) is None
